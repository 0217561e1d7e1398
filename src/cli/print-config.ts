/** `ferrule print-config`: the configuration as the components see it, with every default. */
import { printCollector } from "../config/print-collector.ts";
import type { Conf } from "../confmap/conf.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import type { Resolver } from "../confmap/resolver.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { type Distribution, hasPipelines } from "./distribution.ts";
import { formatJson } from "./go-json.ts";
import { formatYaml } from "./go-yaml.ts";
import { decode, type LoadOptions, resolveOnce, resolverFor, sourcesOf } from "./load.ts";
import { stdout } from "./output.ts";
import { reportError } from "./report.ts";
import { withExtensions } from "./with-extensions.ts";

export interface PrintOptions extends LoadOptions {
  readonly mode: string;
  readonly format: string;
  readonly validate: boolean;
}

/** Prints. Resolves with the exit code. */
export async function printConfig(distribution: Distribution, options: PrintOptions): Promise<number> {
  sourcesOf(options);
  const mode = options.mode.toLowerCase();
  if (mode !== "redacted" && mode !== "unredacted") {
    throw refused(`invalid mode ${quote(options.mode)}: modes are: redacted, unredacted`);
  }
  const conf: Conf = await resolveOnce(makeResolver(distribution, options));
  try {
    const config = await withExtensions(distribution, options, (extensions) =>
      decode(distribution, conf, extensions, options.validate),
    );
    const printed = printCollector(config, mode === "redacted", hasPipelines(distribution));
    stdout.write(formatted(printed, options.format));
    return 0;
  } catch (error) {
    const invalid = error instanceof InvalidConfigError && error.stage === "validate";
    reportError(invalid ? error.withFrame("invalid configuration: ") : error, conf);
    return 1;
  }
}

function makeResolver(distribution: Distribution, options: PrintOptions): Resolver {
  try {
    return resolverFor(distribution, options);
  } catch (error) {
    throw refused(`failed to create config provider: ${messageOf(error)}`);
  }
}

/** YAML ends with an empty line, as upstream's does. */
function formatted(printed: Record<string, unknown>, format: string): string {
  switch (format.toLowerCase()) {
    case "":
    case "yaml":
      return `${formatYaml(printed)}\n`;
    case "json":
      return formatJson(printed);
    default:
      throw refused(`unrecognized print format: ${format}`);
  }
}

function refused(message: string): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", message, { permanent: true });
}
