/**
 * `ferrule validate`: what a run would refuse, without creating or starting anything. Says nothing when there is nothing
 * to say.
 */
import { checkDependencies } from "../service/check-dependencies.ts";
import type { Distribution } from "./distribution.ts";
import { decode, type LoadOptions, load } from "./load.ts";
import { reportError } from "./report.ts";
import { withExtensions } from "./with-extensions.ts";

/** Validates. Resolves with the exit code. */
export async function validate(distribution: Distribution, options: LoadOptions): Promise<number> {
  const conf = await load(distribution, options);
  try {
    await withExtensions(distribution, options, (extensions) => {
      const { extensions: configured = new Map(), service } = decode(distribution, conf, extensions);
      checkDependencies(service.extensions ?? [], configured);
    });
    return 0;
  } catch (error) {
    reportError(error, conf);
    return 1;
  }
}
