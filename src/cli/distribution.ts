/** What one program made with ferrule consists of. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { PipelineFactories } from "../component/pipeline-factory.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { Provider } from "../confmap/provider.ts";

/** Give one to `main`, and it is a command line of its own. */
export interface Distribution extends PipelineFactories {
  readonly buildInfo: BuildInfo;
  /** Path of its Rust library; ferrule's bundled one unless given, none when it is false. `--library` goes before it. */
  readonly library?: string | false;
  /** It has the commands of who writes extensions: `new`, `build` and `dev`. Only ferrule's own does, unless told. */
  readonly authoring?: boolean;
  /** Its TypeScript extensions. */
  readonly factories?: readonly ExtensionFactory[];
  /** The packages of extensions that do not name their own, by type, as `components` prints them. */
  readonly modules?: Readonly<Record<string, string>>;
  /** The default of `service::telemetry`; ferrule's own, which knows `logs::level`, unless given. */
  readonly telemetry?: unknown;
  /** Makes what `--config` and references may read from; ferrule's own providers unless given. */
  readonly providers?: () => readonly Provider[];
  /** The packages of the providers, by scheme, as `components` prints them. */
  readonly providerModules?: Readonly<Record<string, string>>;
}

/** Whether a distribution has anything that stands in pipelines. */
export function hasPipelines({ receivers, processors, exporters, connectors }: Distribution): boolean {
  return [receivers, processors, exporters, connectors].some((factories) => factories !== undefined);
}
