/** A call from Rust, as its pieces come. */
import { violation } from "../ring/violation.ts";

export class IncomingCall {
  readonly index: number;
  readonly generation: number;
  readonly headLength: number;
  readonly body: Uint8Array;
  filled: number;
  readonly abort = new AbortController();
  timer: NodeJS.Timeout | undefined;

  constructor(index: number, generation: number, headLength: number, body: Uint8Array, filled: number) {
    this.index = index;
    this.generation = generation;
    this.headLength = headLength;
    this.body = body;
    this.filled = filled;
  }

  get isWhole(): boolean {
    return this.filled === this.body.length;
  }
}

/** @throws {ProtocolError} when an event is shorter than that */
export function viewOf(event: Uint8Array, least: number): DataView {
  if (event.length < least) throw violation(`event ring: an event of a call has ${event.length} bytes`);
  return new DataView(event.buffer, event.byteOffset, event.length);
}
