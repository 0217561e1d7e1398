/** From the names of sources to one configuration: retrieve, merge in order, expand references. */
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { Conf } from "./conf.ts";
import { Expander, unescaped } from "./expand.ts";
import { formatUri, isScheme, type Location, parseSource, setUri } from "./location.ts";
import { isFilled, leavesOf } from "./merge.ts";
import type { ConfNode, Entry, MapNode } from "./node.ts";
import { InvalidConfigError } from "./problem.ts";
import type { ChangeEvent, Provider, Watcher } from "./provider.ts";
import { EnvProvider } from "./providers/env.ts";
import { FileProvider } from "./providers/file.ts";
import { HttpProvider } from "./providers/http.ts";
import { YamlProvider } from "./providers/yaml.ts";
import { type Retrieved, refusal } from "./retrieved.ts";

export interface ResolverOptions {
  /** Paths or URIs; each is laid over the ones before. */
  readonly uris: readonly string[];
  /** Single values as `key.path=value`, laid over the sources in their order. */
  readonly sets?: readonly string[];
  /** Where sources and references may lead: {@link defaultProviders} unless given. The resolver shuts them down. */
  readonly providers?: readonly Provider[];
  /** Scheme of references that have none: `env` unless given. When it is empty, such references stay text. */
  readonly defaultScheme?: string;
  /** Adds to the lists of extensions, receivers and exporters under `service` instead of replacing them. */
  readonly appendLists?: boolean;
  /** Hears of the first change after each {@link Resolver.resolve}. Sources are watched only when it is given. */
  readonly onChange?: Watcher;
}

/** The providers of `file:`, `env:`, `yaml:`, `http:` and `https:`. */
export function defaultProviders(): Provider[] {
  return [
    new FileProvider(),
    new EnvProvider(),
    new YamlProvider(),
    new HttpProvider("http"),
    new HttpProvider("https"),
  ];
}

/** Resolves a configuration, as often as its sources change. Calls must not overlap. */
export class Resolver {
  readonly #sources: readonly Location[];
  readonly #providers = new Map<string, Provider>();
  readonly #defaultScheme: string;
  readonly #appendLists: boolean;
  readonly #listeners = new Set<Watcher>();
  #open: Retrieved[] = [];
  /** Which resolve is the last one: changes of what earlier ones found are nobody's concern any more. */
  #generation = 0;
  #unexpanded = new Conf();
  #shutDown: Promise<void> | undefined;

  /** @throws {InvalidConfigError} for URIs that are none, or that no provider is there for */
  constructor(options: ResolverOptions) {
    const { uris, sets = [], providers = defaultProviders(), defaultScheme = "env" } = options;
    if (uris.length === 0) throw unusable("no URIs");
    if (providers.length === 0) throw unusable("no Providers");
    for (const provider of providers) {
      const { scheme } = provider;
      if (!isScheme(scheme)) throw setup(`invalid 'confmap.Provider' scheme ${quote(scheme)}`);
      if (this.#providers.has(scheme)) throw setup(`duplicate 'confmap.Provider' scheme ${quote(scheme)}`);
      this.#providers.set(scheme, provider);
    }
    if (defaultScheme !== "" && !this.#providers.has(defaultScheme)) {
      throw unusable("DefaultScheme not found in providers list");
    }
    this.#sources = [...uris, ...sets.map(uriOfSet)].map((uri) => this.#source(uri));
    this.#defaultScheme = defaultScheme;
    this.#appendLists = options.appendLists ?? false;
    if (options.onChange !== undefined) this.#listeners.add(options.onChange);
  }

  /** Hears, like `onChange` of the options, of the first change after each {@link Resolver.resolve}: from the next one
   * on, until the returned function is called. */
  watch(listener: Watcher): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Retrieves everything anew. What an earlier call found is closed first.
   * @throws {InvalidConfigError} with the place of what is wrong */
  async resolve(): Promise<Conf> {
    if (this.#shutDown !== undefined) {
      throw new FerruleError("INVALID_STATE", "the resolver is shut down", { permanent: true });
    }
    this.#generation++;
    await this.#close("cannot close previous watch: ");
    const merged = new Conf();
    for (const source of this.#sources) {
      const retrieved = await this.#retrieve(source).catch((error: unknown) => {
        throw refusal(error, {}, "cannot retrieve the configuration: ");
      });
      const conf = attempt(() => new Conf(retrieved.asMap()));
      attempt(() => (this.#appendLists ? merged.mergeAppending(conf) : merged.merge(conf)));
    }
    this.#unexpanded = merged;
    const expander = new Expander((location) => this.#retrieve(location), this.#defaultScheme);
    return new Conf((await this.#expand(expander, merged)) as MapNode);
  }

  /** The merged sources of the last {@link Resolver.resolve}, before references were expanded. */
  get unexpanded(): Conf {
    return this.#unexpanded;
  }

  /** Closes what is watched, and every provider. Nothing is heard of changes any more. */
  shutdown(): Promise<void> {
    this.#shutDown ??= this.#end();
    return this.#shutDown;
  }

  async #end(): Promise<void> {
    this.#generation++;
    const errors: unknown[] = [];
    await this.#close("").catch((error: unknown) => errors.push(error));
    for (const provider of this.#providers.values()) {
      await Promise.resolve(provider.shutdown?.()).catch((error: unknown) => errors.push(error));
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "the providers could not be shut down");
  }

  #source(uri: string): Location {
    const location = attempt(() => parseSource(uri), "");
    if (!this.#providers.has(location.scheme)) throw setup(`unsupported scheme on URI ${quote(uri)}`);
    return location;
  }

  async #retrieve(location: Location): Promise<Retrieved> {
    const provider = this.#providers.get(location.scheme);
    const uri = formatUri(location);
    if (provider === undefined) {
      const text = `scheme ${quote(location.scheme)} is not supported for uri ${quote(uri)}`;
      throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
    }
    const retrieved = await provider.retrieve(uri, this.#watcher());
    this.#open.push(retrieved);
    return retrieved;
  }

  /** One event for all that changes until the next resolve: who hears it will look at everything again. */
  #watcher(): Watcher | undefined {
    if (this.#listeners.size === 0) return undefined;
    const generation = this.#generation;
    return (event: ChangeEvent) => {
      if (generation !== this.#generation) return;
      this.#generation++;
      for (const listener of this.#listeners) listener(event);
    };
  }

  /** In the order of the paths, as upstream: which of several mistakes is told must not hang on chance. */
  async #expand(expander: Expander, merged: Conf): Promise<ConfNode> {
    const found = new Map<Entry, ConfNode>();
    for (const [path, entry] of leavesOf(merged.root)) {
      found.set(entry, unescaped(await expander.expand(entry.value, path)));
    }
    return rebuilt(merged.root, found);
  }

  async #close(frame: string): Promise<void> {
    const open = this.#open;
    this.#open = [];
    const failed: unknown[] = [];
    for (const retrieved of open) await retrieved.close().catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw refusal(failed[0], {}, frame);
  }
}

function rebuilt(node: MapNode, found: ReadonlyMap<Entry, ConfNode>): MapNode {
  const entries = [...node.entries].map(([key, entry]): [string, Entry] => {
    const value = isFilled(entry.value) ? rebuilt(entry.value, found) : found.get(entry)!;
    return [key, { ...entry, value }];
  });
  return { ...node, entries: new Map(entries) };
}

function attempt<T>(action: () => T, frame?: string): T {
  try {
    return action();
  } catch (error) {
    throw frame === undefined ? refusal(error) : refusal(error).withFrame(frame);
  }
}

function uriOfSet(text: string): string {
  return attempt(() => setUri(text), "");
}

function unusable(what: string): InvalidConfigError {
  return setup(`invalid 'confmap.ResolverSettings' configuration: ${what}`);
}

/** A mistake in what the resolver was given: it stands by itself, as upstream prints it. */
function setup(text: string): InvalidConfigError {
  return new InvalidConfigError("resolve", [{ text, spots: [] }], undefined, "");
}
