/**
 * `ferrule validate`: what a run would refuse, without starting anything. Says nothing when there is nothing to say.
 */
import { resolveFiles } from "../confmap/resolve.ts";
import { validateService } from "../service/validate.ts";
import type { Distribution } from "./distribution.ts";
import { reportError } from "./report.ts";

export interface ValidateOptions {
  readonly config?: readonly string[];
  readonly library?: string;
}

/** Validates. Resolves with the exit code. */
export async function validate(distribution: Distribution, options: ValidateOptions): Promise<number> {
  const conf = await resolveFiles(options.config ?? []);
  const library = options.library ?? distribution.library;
  try {
    const { buildInfo, factories = [] } = distribution;
    await validateService({ config: conf, buildInfo, factories, ...(library === undefined ? {} : { library }) });
    return 0;
  } catch (error) {
    reportError(error, conf);
    return 1;
  }
}
