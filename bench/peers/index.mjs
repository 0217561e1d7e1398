// All peers, in the order of the tables.
import { existsSync } from "node:fs";
import { openBare } from "./bare.mjs";
import { openFerrule } from "./ferrule.mjs";
import { openKoffi } from "./koffi.mjs";
import { openPostMessage } from "./post-message.mjs";

/** Whether `bench/build.mjs` has run. */
export const arePeersBuilt = () =>
  existsSync(new URL("dist/peer-server", import.meta.url)) && existsSync(new URL("../node_modules", import.meta.url));

/**
 * Opens ferrule and what it is measured against.
 *
 * @param isWhole also what has to be built
 */
export async function openPeers(isWhole) {
  const koffi = openKoffi();
  const ferrule = await openFerrule();
  const peers = [ferrule, ...openBare(), ...koffi, ...(await openPostMessage())];
  if (!isWhole) return peers;
  const { openNapi, openNeon } = await import("./addons.mjs");
  const { openSocket } = await import("./socket.mjs");
  const { openGrpc } = await import("./grpc.mjs");
  return [...peers, ...openNapi(), ...openNeon(), ...(await openSocket()), ...(await openGrpc())];
}
