/** What the Collector orders the nodes of a graph by, where nothing else orders them. */
import { keyOf, type Node } from "./node.ts";

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** FNV-1a of the node's attributes in 64 bits, as a signed number. */
export function rankOf(node: Node): bigint {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(keyOf(node.attributes))) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return BigInt.asIntN(64, hash);
}
