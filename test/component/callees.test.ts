/** Extensions written in TypeScript, as Rust extensions of their service call them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { endHandlers } from "../../dist/component/callees.js";
import {
  ComponentId,
  type Context,
  type Extension,
  type Host,
  type HostInfo,
  type Runtime,
  RustComponentConfig,
  RustExtension,
  silentLogger,
} from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** An extension that can be called. It must be itself in its handlers. */
class Greeter implements Extension {
  readonly #greeting: string;
  heard: Context | undefined;
  readonly handlers = {
    greet: (name: Uint8Array) => Buffer.from(`${this.#greeting} ${text(name)}`),
    hang: (_: Uint8Array, context: Context) => {
      this.heard = context;
      return new Promise<undefined>(() => {});
    },
  };

  constructor(greeting: string) {
    this.#greeting = greeting;
  }

  async start(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function wrapper(runtime: Runtime, id: string): RustExtension {
  const settings = {
    id: ComponentId.parse(id),
    logger: silentLogger,
    buildInfo: { command: "test", description: "", version: "1" },
    reportStatus: () => undefined,
  };
  return new RustExtension(runtime, settings, new RustComponentConfig(runtime, "caller", "{}"));
}

/** A service, as far as calls go: a Rust extension beside a TypeScript one. */
async function pair(runtime: Runtime, greeting: string) {
  const rust = wrapper(runtime, "caller/rust");
  const greeter = new Greeter(greeting);
  const plain: Extension = { start: async () => {}, shutdown: async () => {} };
  const all = new Map<string, Extension>([
    ["greeter", greeter],
    ["plain", plain],
    ["caller/rust", rust],
    ["caller/later", wrapper(runtime, "caller/later")],
  ]);
  const info: HostInfo = { buildVersion: "", buildCommand: "", buildTimestamp: "", extensions: [...all.keys()] };
  const host: Host = { info, getExtensions: () => all };
  await rust.start({}, host);
  return { rust, greeter };
}

const ask = (name: string, id = "greeter", payload = "") => ({ id, name, payload });

test("a Rust extension calls one that is written in TypeScript, of its own host", async () => {
  const runtime = await openForTest();
  const [one, other] = [await pair(runtime, "hello"), await pair(runtime, "hi")];
  expect(await one.rust.call("ask", ask("greet", "greeter", "ann"))).toBe("hello ann");
  expect(await other.rust.call("ask", ask("greet", "greeter", "bob"))).toBe("hi bob");
});

test.each<[ReturnType<typeof ask>, object]>([
  [
    ask("gret"),
    {
      code: "UNKNOWN_METHOD",
      permanent: true,
      componentId: "greeter",
      method: "gret",
      message: 'extension greeter has no method "gret"; did you mean "greet"? its methods: greet, hang',
    },
  ],
  [ask("toString"), { code: "UNKNOWN_METHOD" }],
  [ask("x", "plain"), { code: "NOT_STARTED", message: "extension plain is not started, or has no handlers" }],
  [ask("ask", "caller/later"), { code: "NOT_STARTED", componentId: "caller/later" }],
  [ask("x", "nobody"), { code: "UNKNOWN_EXTENSION" }],
])("a call that finds nobody says so: %j", async (asked, wanted) => {
  const runtime = await openForTest();
  const { rust } = await pair(runtime, "hello");
  expect(await rejection(rust.call("ask", asked))).toMatchObject(wanted);
});

test("the end of an extension ends its calls, those under way and those that come", async () => {
  const runtime = await openForTest();
  const { rust, greeter } = await pair(runtime, "hello");
  const hanging = rejection(rust.call("ask", ask("hang")));
  expect(await rust.call("ask", ask("greet"))).toBe("hello ");
  endHandlers(greeter);
  const text = "it was cancelled: extension greeter is shutting down";
  expect(await hanging).toMatchObject({ code: "CANCELLED", message: text, componentId: "greeter" });
  expect(greeter.heard?.signal?.aborted).toBe(true);
  const late = await rejection(rust.call("ask", ask("greet")));
  expect(late).toMatchObject({ code: "SHUT_DOWN", permanent: true, componentId: "greeter" });
  expect(runtime.stats().answering).toBe(0);
});

test("nothing of a host is kept when its Rust extensions have gone", async () => {
  const runtime = await openForTest();
  let greeter: WeakRef<Greeter>;
  await (async () => {
    const made = await pair(runtime, "hello");
    greeter = new WeakRef(made.greeter);
    await made.rust.call("ask", ask("greet"));
    await made.rust.shutdown({});
  })();
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 20 && greeter!.deref() !== undefined; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  expect(greeter!.deref()).toBe(undefined);
});
