/** `ferrule components`: what this distribution is made of, in the Collector's form; or the schema of its files. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { Stability } from "../core/stability.ts";
import { type Distribution, hasPipelines } from "./distribution.ts";
import { formatYaml } from "./go-yaml.ts";
import { withExtensions } from "./with-extensions.ts";

/** What upstream lists, whether a factory supports it or not. */
const SIGNALS = ["logs", "metrics", "traces"];
const CONVERSIONS = SIGNALS.flatMap((from) => SIGNALS.map((to) => `${from}-to-${to}`));
/** Of ferrule's own providers. */
const SCHEMES = ["env", "file", "http", "https", "yaml"];

interface Listed {
  readonly type: string;
  readonly module?: string;
}

export interface ComponentsOptions {
  readonly library?: string;
  /** Prints the same as JSON. */
  readonly json?: boolean;
  /** Prints a JSON Schema of the whole file instead. */
  readonly schema?: boolean;
}

/** The command's output. */
export async function components(distribution: Distribution, options: ComponentsOptions): Promise<string> {
  if (options.schema === true) return schemaOf(distribution, options);
  const list = await withExtensions(distribution, options, (extensions) => {
    const { command, description, version } = distribution.buildInfo;
    const signals = (factories: readonly (Listed & Stabilities)[] | undefined) =>
      byType(factories).map((factory) => entry(factory, levels(factory.stability, SIGNALS)));
    return {
      buildinfo: { command, description, version },
      receivers: signals(distribution.receivers),
      processors: signals(distribution.processors),
      exporters: signals(distribution.exporters),
      connectors: byType(distribution.connectors).map((factory) =>
        entry(factory, levels(factory.stability, CONVERSIONS)),
      ),
      extensions: byType(extensions).map((factory) => {
        const { type, module = distribution.modules?.[type] } = factory;
        return entry(module === undefined ? { type } : { type, module }, { extension: factory.stability });
      }),
      providers: providersOf(distribution),
    };
  });
  return options.json === true ? `${JSON.stringify(list, undefined, 2)}\n` : formatYaml(list, false);
}

async function schemaOf(distribution: Distribution, options: ComponentsOptions): Promise<string> {
  // Loaded here: a listing needs none of it.
  const { configJsonSchema } = await import("../config/json-schema.ts");
  const { command } = distribution.buildInfo;
  const schema = await withExtensions(distribution, options, (extensions: readonly ExtensionFactory[]) =>
    configJsonSchema(hasPipelines(distribution) ? { ...distribution, extensions } : extensions, command),
  );
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

interface Stabilities {
  readonly stability: Readonly<Partial<Record<string, Stability>>>;
}

function byType<Factory extends Listed>(factories: readonly Factory[] = []): Factory[] {
  return factories.toSorted((one, other) => (one.type < other.type ? -1 : 1));
}

function entry({ type, module = "" }: Listed, stability: Record<string, Stability>) {
  return { name: type, module, stability };
}

function levels(stability: Readonly<Partial<Record<string, Stability>>>, keys: readonly string[]) {
  return Object.fromEntries(keys.map((key) => [key, stability[key] ?? "Undefined"]));
}

function providersOf({ providers, providerModules = {} }: Distribution) {
  const schemes = providers === undefined ? SCHEMES : providers().map(({ scheme }) => scheme);
  return schemes.toSorted().map((scheme) => ({ scheme, module: providerModules[scheme] ?? "" }));
}
