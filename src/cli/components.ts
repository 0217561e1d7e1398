/** `ferrule components`: what this distribution is made of, as YAML in the Collector's form. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { BuildInfo } from "../component/settings.ts";
import { silentLogger } from "../core/logger.ts";
import { allFactories, openRuntime } from "../service/assemble.ts";
import type { Distribution } from "./distribution.ts";

/** Sources that `--config` reads from, in order of their names. */
const SCHEMES = ["env", "file", "http", "https", "yaml"];

/** The command's output. */
export async function components(distribution: Distribution, options: { readonly library?: string }): Promise<string> {
  const library = options.library ?? distribution.library;
  const { runtime, close } = await openRuntime(library === undefined ? {} : { library }, silentLogger);
  try {
    return format(distribution.buildInfo, allFactories(runtime, distribution.factories));
  } finally {
    await close();
  }
}

/** Indented by four, list items included, as Go's YAML writer does it. */
function format({ command, description, version }: BuildInfo, factories: readonly ExtensionFactory[]): string {
  const sorted = factories.toSorted((one, other) => (one.type < other.type ? -1 : 1));
  return [
    "buildinfo:",
    `    command: ${scalar(command)}`,
    `    description: ${scalar(description)}`,
    `    version: ${scalar(version)}`,
    sorted.length === 0 ? "extensions: []" : "extensions:",
    ...sorted.flatMap(({ type, stability }) => [
      `    - name: ${type}`,
      "      stability:",
      `        extension: ${stability}`,
    ]),
    "providers:",
    ...SCHEMES.map((scheme) => `    - scheme: ${scheme}`),
    "",
  ].join("\n");
}

/** Plain where plain text is safe to read back, quoted (JSON is YAML) everywhere else. */
function scalar(text: string): string {
  return /^[A-Za-z][\w .,()/-]*$/.test(text) || /^\d+\.\d+\.\d+[\w.-]*$/.test(text) ? text : JSON.stringify(text);
}
