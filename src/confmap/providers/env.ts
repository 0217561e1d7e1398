/** `env:NAME` and `env:NAME:-default`. */
import { FerruleError } from "../../core/errors.ts";
import { type Logger, silentLogger } from "../../core/logger.ts";
import { quote } from "../../core/quote.ts";
import type { Provider } from "../provider.ts";
import { Retrieved } from "../retrieved.ts";

const NAME = "^[a-zA-Z_][a-zA-Z0-9_]*$";
const VALID = new RegExp(NAME);
const DEFAULT = ":-";

/** Reads environment variables as YAML. One that is not set is null, or the default behind `:-`. */
export class EnvProvider implements Provider {
  readonly scheme = "env";
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #logger: Logger;

  /** @param variables the process's own unless given */
  constructor(variables: Readonly<Record<string, string | undefined>> = process.env, logger: Logger = silentLogger) {
    this.#variables = variables;
    this.#logger = logger;
  }

  retrieve(uri: string): Retrieved {
    const rest = uri.slice("env:".length);
    const end = rest.indexOf(DEFAULT);
    const name = end < 0 ? rest : rest.slice(0, end);
    if (!VALID.test(name)) {
      const text = `environment variable ${quote(name)} has invalid name: must match regex ${NAME}`;
      throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
    }
    const value = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
    if (value !== undefined) {
      if (value === "") this.#logger.info({ name }, "configuration references an empty environment variable");
      return Retrieved.fromYaml(value);
    }
    if (end < 0) {
      this.#logger.warn({ name }, "configuration references an unset environment variable");
      return Retrieved.fromYaml("");
    }
    const fallback = rest.slice(end + DEFAULT.length);
    // Nothing would be null: who writes an empty default wants empty text.
    return fallback === "" ? Retrieved.fromValue("") : Retrieved.fromYaml(fallback);
  }
}
