/** The base of generated clients: an instance, its start and its end. */
import type { Context } from "../core/context.ts";
import { FerruleError } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { RuntimeExtension } from "../runtime/extension.ts";
import { open } from "../runtime/open.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ExtensionHandle, Handlers, RustRuntime, StartOptions } from "../runtime/types.ts";
import { type ErrorClasses, typedError } from "./errors.ts";
import { callFed } from "./feed.ts";
import { RustStream } from "./stream.ts";

export interface ClientOptions extends StartOptions {
  /** `type` or `type/name`; the type alone unless given. */
  readonly id?: string;
  /** A runtime that is open. Without one, the client opens its library, and closes it after its last instance. */
  readonly runtime?: RustRuntime;
  /** Path of the library, where the client opens it. */
  readonly library?: string | URL;
  /**
   * Functions that Rust may call, by name: `host.ask` those of `valuesHandler`, `host.call` those that take bytes. They
   * are provided from before the start until after the shutdown, as `runtime.provide` does it: to all extensions of the
   * runtime that this thread starts, so that each name is one client's.
   */
  readonly functions?: Handlers | undefined;
}

/** The signal ends the stream, in Rust too; the deadline is the whole stream's. */
export interface StreamOptions extends Context {}

/** What a generated client says of itself. */
export interface ClientDefinition {
  readonly type: string;
  /** Of the description that it was generated from. */
  readonly fingerprint: string;
  readonly errors: ErrorClasses;
  /** Reads results that need a look, by the method's name in Rust. */
  readonly results: Readonly<Record<string, (value: unknown) => unknown>>;
  /** Path of its library, if it was told. */
  readonly library?: string | URL;
}

/** What a generated class has beside its methods. */
export interface ClientConstructor<Client> {
  readonly definition: ClientDefinition;
  new (handle: ExtensionHandle, release: () => Promise<void>): Client;
}

/** A started instance, with typed methods in the classes that extend it. */
export class RustClient implements AsyncDisposable {
  /** The instance, for untyped calls, batches and writers. */
  readonly handle: ExtensionHandle;
  readonly #release: () => Promise<void>;
  #ending: Promise<void> | undefined;

  /** @internal use `start` of the generated class */
  constructor(handle: ExtensionHandle, release: () => Promise<void>) {
    this.handle = handle;
    this.#release = release;
  }

  /** `type` or `type/name`. */
  get id(): string {
    return this.handle.id;
  }

  /** Shuts the instance down; its streams end. A second shutdown waits for the first. */
  shutdown(): Promise<void> {
    this.#ending ??= this.handle.shutdown().finally(this.#release);
    return this.#ending;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** Opens a stream when it is first asked for an item. */
  protected stream<Item>(
    method: string,
    open: (options: StreamOptions) => Promise<unknown>,
    options: StreamOptions | undefined,
    read?: (item: unknown) => unknown,
  ): RustStream<Item> {
    return new RustStream<Item>(this.handle, method, open as (limits: Context) => Promise<number>, options, read);
  }

  /** A call with arguments that Rust takes items from. */
  protected fed(
    sources: readonly (AsyncIterable<unknown> | Iterable<unknown>)[],
    call: (...numbers: number[]) => Promise<unknown>,
  ): Promise<unknown> {
    return callFed(this.handle, sources, call);
  }
}

/**
 * Starts an instance: in the runtime of the options, or in one that is opened for the client's library.
 * @throws {TypedError} of the client's class when `start` refused in Rust, with the code of its own error type, or
 *   `CONFIG_INVALID` or `EXTENSION_ERROR`; {@link FerruleError} `INVALID_ID`, `INVALID_ARGUMENT`, `CLIENT_MISMATCH`,
 *   `UNKNOWN_TYPE`, and what `open` throws
 */
export async function startClient<Client extends RustClient>(
  client: ClientConstructor<Client>,
  config: unknown,
  options: ClientOptions = {},
): Promise<Client> {
  const { type } = client.definition;
  const { id: named = type, runtime: given, library = client.definition.library, ...startOptions } = options;
  const parsed = ComponentId.parse(named);
  if (parsed.type !== type) {
    const text = `the id of this client is ${type} or ${type}/name, got ${named}`;
    throw new FerruleError("INVALID_ID", text, { permanent: true });
  }
  const id = parsed.toString();
  if (given !== undefined) return startIn(given, client, id, config, startOptions, async () => {});
  const path = library instanceof URL ? decodeURIComponent(library.pathname) : library;
  const lent = lend(path);
  try {
    return await startIn(await lent.runtime, client, id, config, startOptions, () => giveBack(path, lent));
  } catch (error) {
    await giveBack(path, lent).catch(() => {}); // the first failure is the one to report
    throw error;
  }
}

async function startIn<Client extends RustClient>(
  runtime: RustRuntime,
  client: ClientConstructor<Client>,
  id: string,
  config: unknown,
  { functions = {}, ...options }: ClientOptions,
  release: () => Promise<void>,
): Promise<Client> {
  const takeBack = provideAll(runtime, functions); // before the start, which may call
  try {
    const handle = await startChecked(client.definition, runtime, id, config, options);
    return new client(handle, () => {
      takeBack();
      return release();
    });
  } catch (error) {
    takeBack();
    throw error;
  }
}

/** All of them, or none. */
function provideAll(runtime: RustRuntime, functions: Handlers): () => void {
  const provided: (() => void)[] = [];
  const takeBack = (): void => {
    for (const each of provided) each();
  };
  try {
    for (const [name, handler] of Object.entries(functions)) provided.push(runtime.provide(name, handler));
  } catch (error) {
    takeBack();
    throw error;
  }
  return takeBack;
}

async function startChecked(
  definition: ClientDefinition,
  runtime: RustRuntime,
  id: string,
  config: unknown,
  options: StartOptions,
): Promise<ExtensionHandle> {
  const { type, fingerprint, errors, results } = definition;
  const found = runtime.components().find((component) => component.type === type);
  if (found !== undefined && found.interface?.fingerprint !== fingerprint) {
    const text = `the client of "${type}" was written for another version of its library: run \`ferrule build\``;
    throw new FerruleError("CLIENT_MISMATCH", text, { permanent: true });
  }
  const error = (each: unknown, method: string): unknown => typedError(each, method, errors, id);
  try {
    const handle = await runtime.start(id, config ?? {}, options);
    if (handle instanceof RuntimeExtension) handle.hook({ error, results });
    return handle;
  } catch (refused) {
    throw error(refused, "start");
  }
}

/** Runtimes that clients have opened, by the library's path: its instances share one. */
interface Lent {
  readonly runtime: Promise<Runtime>;
  users: number;
}

const lentRuntimes = new Map<string | undefined, Lent>();

function lend(path: string | undefined): Lent {
  let lent = lentRuntimes.get(path);
  if (lent === undefined) {
    lent = { runtime: open(path), users: 0 };
    lentRuntimes.set(path, lent);
  }
  lent.users++;
  return lent;
}

async function giveBack(path: string | undefined, lent: Lent): Promise<void> {
  lent.users--;
  if (lent.users > 0) return;
  lentRuntimes.delete(path);
  await (await lent.runtime).close();
}
