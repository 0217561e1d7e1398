/** The command line of a distribution: the way in for ferrule's own `bin.ts`, and for everyone else's. */
import type { Distribution } from "./distribution.ts";

/** Runs one command.
 * @param argv the arguments, without Node and the script
 * @returns the exit code: 0, or 1 after an error that stands on stderr. A service that has run ends the process with it
 *   instead: what an extension left open must not keep it */
export async function main(distribution: Distribution, argv: readonly string[]): Promise<number> {
  // Loaded here: who imports ferrule as a library has no use for a parser of arguments.
  const { runProgram } = await import("./program.ts");
  return runProgram(distribution, argv);
}
