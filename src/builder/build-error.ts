/** What a build that cannot go on says. */
import { FerruleError } from "../core/errors.ts";

/** An error `BUILD_FAILED`: doing the same again fails again. */
export function buildError(message: string, cause?: unknown): FerruleError {
  return new FerruleError("BUILD_FAILED", message, { permanent: true, cause });
}
