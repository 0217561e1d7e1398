import { ProtocolError } from "../core/errors.ts";

/** What the other side wrote cannot be. The lane that says so is over. */
export function violation(what: string): ProtocolError {
  return new ProtocolError(`the shared memory's protocol is broken: ${what}`);
}
