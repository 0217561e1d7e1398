/** The wait between the word that the end has come and the end. */
import type { Logger } from "../core/logger.ts";

/** @param milliseconds nothing is waited for, or said, where it is 0 */
export async function pause(milliseconds: number, logger: Logger): Promise<void> {
  if (milliseconds === 0) return;
  logger.info({ delay_ms: milliseconds }, "waiting before extensions are shut down");
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
