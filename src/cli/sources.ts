/**
 * The sources of a service that a command runs. The command reads them once by itself, for the level of its log; the
 * service takes that reading as its first.
 */
import type { Conf } from "../confmap/conf.ts";
import type { ChangeEvent, Watcher } from "../confmap/provider.ts";
import type { Resolver } from "../confmap/resolver.ts";
import type { ConfigSources } from "../service/config-input.ts";

export class Sources implements ConfigSources {
  readonly #resolver: Resolver;
  /** The last reading: it knows places. */
  #conf: Conf;
  #isTaken = false;
  /** A change that came before the service listened. */
  #missed: ChangeEvent | undefined;
  #listener: Watcher = (event) => {
    this.#missed = event;
  };

  private constructor(resolver: Resolver, conf: Conf) {
    this.#resolver = resolver;
    this.#conf = conf;
  }

  /** Reads everything once. From then on it is watched.
   * @param isWatched false where something else sees changes, and starts the command anew
   * @throws {InvalidConfigError} for a source that cannot be read */
  static async open(resolver: Resolver, isWatched = true): Promise<Sources> {
    let sources: Sources | undefined;
    let early: ChangeEvent | undefined;
    if (isWatched) {
      resolver.watch((event) => {
        if (sources === undefined) early = event;
        else sources.#listener(event);
      });
    }
    try {
      sources = new Sources(resolver, await resolver.resolve());
    } catch (error) {
      await resolver.shutdown();
      throw error;
    }
    sources.#missed = early;
    return sources;
  }

  /** What was read last. */
  get conf(): Conf {
    return this.#conf;
  }

  get unexpanded(): Conf {
    return this.#resolver.unexpanded;
  }

  async resolve(): Promise<Conf> {
    if (this.#isTaken) this.#conf = await this.#resolver.resolve();
    this.#isTaken = true;
    return this.#conf;
  }

  watch(listener: Watcher): () => void {
    this.#listener = listener;
    if (this.#missed !== undefined) listener(this.#missed);
    this.#missed = undefined;
    return () => {
      this.#listener = () => undefined;
    };
  }

  shutdown(): Promise<void> {
    return this.#resolver.shutdown();
  }
}
