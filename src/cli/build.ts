/** `ferrule build`: makes a library, and what belongs to it, of the crate in this folder or of a manifest. */
import { report, build as run } from "../builder/build.ts";
import { stderr, stdout } from "./output.ts";
import { reportError } from "./report.ts";

export interface BuildOptions {
  readonly manifest?: string;
  readonly dev?: boolean;
  readonly out?: string;
  readonly client?: string;
}

/** Builds. Resolves with the exit code. */
export async function build(options: BuildOptions): Promise<number> {
  try {
    const result = await run({ ...options, onStep: (text) => stderr.write(`${text}\n`) });
    stdout.write(report(result));
    return 0;
  } catch (error) {
    reportError(error);
    return 1;
  }
}
