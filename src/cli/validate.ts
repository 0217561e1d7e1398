/**
 * `ferrule validate`: what a run would refuse, without starting anything. Components of pipelines are created for it, as
 * the Collector does. Says nothing when there is nothing to say.
 */
import { validatePipelines } from "../pipeline/validate.ts";
import { checkDependencies } from "../service/check-dependencies.ts";
import type { Distribution } from "./distribution.ts";
import { decode, type LoadOptions, load } from "./load.ts";
import { reportError } from "./report.ts";
import { withExtensions } from "./with-extensions.ts";

/** Validates. Resolves with the exit code. */
export async function validate(distribution: Distribution, options: LoadOptions): Promise<number> {
  const conf = await load(distribution, options);
  try {
    await withExtensions(distribution, options, async (extensions) => {
      const config = decode(distribution, conf, extensions);
      await validatePipelines(config, distribution.buildInfo);
      checkDependencies(config.service.extensions ?? [], config.extensions ?? new Map());
    });
    return 0;
  } catch (error) {
    reportError(error, conf);
    return 1;
  }
}
