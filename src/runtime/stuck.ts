/** Says who keeps the thread that drains the ring. */
import type { Logger } from "../core/logger.ts";
import type { StuckCall } from "./engine.ts";
import type { RuntimeExtension } from "./extension.ts";

/** In the watchdog's words: no method, but a lifecycle step. Twin of `WATCHED_STEP` in `requests.rs`. */
const WATCHED_STEP = 0xffff_fffe;

/** Methods that block are found by nothing else: they stall every call of the runtime.
 * @param last whose handle had this index last */
export function reportStuck(logger: Logger, call: StuckCall, last: RuntimeExtension | undefined): void {
  const { handleIndex, handleGeneration, method, milliseconds } = call;
  if (method === WATCHED_STEP) {
    const text = "a lifecycle step keeps the thread that drains the ring: its factory must not say that it is quick";
    logger.warn({ milliseconds }, text);
    return;
  }
  const extension = last?.handle.generation === handleGeneration ? last : undefined;
  const component = extension?.id ?? `handle ${handleIndex}`;
  const name = extension?.methods[method]?.name ?? `number ${method}`;
  const text = "a method keeps the thread that drains the ring: declare it as blocking, or let it await";
  logger.warn({ component, method: name, milliseconds }, text);
}
