/** Areas `service` and `graph`: one run of the fixture's components, in this process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvProvider, FileProvider, featureGates, Resolver, Service, YamlProvider } from "../../dist/index.js";
import { distribution } from "../fixture/distribution.mjs";
import { listen, told } from "../fixture/events.mjs";
import { parts, snapshots } from "../fixture/parts.mjs";
import { toPlain } from "./plain.mjs";

export async function runCase({ config, env = {}, actions = [], gates = [] }, directory) {
  const events = [];
  const unlisten = listen((event) => events.push(event));
  const before = gates.map((gate) => [gate.replace(/^[-+]/, ""), isEnabled(gate.replace(/^[-+]/, ""))]);
  if (gates.length > 0) featureGates.apply(gates.join(","));
  parts.clear();
  snapshots.clear();
  const file = join(directory, "collector.yaml");
  writeFileSync(file, config);
  try {
    const service = new Service({ ...distribution, config: resolverOf(file, env) });
    const error = await live(service, actions, (text) => writeFileSync(file, text));
    const shown = [...snapshots].map(([name, snapshot]) => [name, toPlain(snapshot)]);
    return {
      error,
      order: "exact",
      events,
      state: service.state,
      ...(shown.length === 0 ? {} : { snapshots: Object.fromEntries(shown) }),
    };
  } finally {
    unlisten();
    for (const [gate, enabled] of before) featureGates.set(gate, enabled);
  }
}

/** Reads again at a reload, and only then: nothing is watched that an action has written. */
function resolverOf(file, env) {
  const providers = [new FileProvider(), new EnvProvider(env), new YamlProvider()];
  const resolver = new Resolver({ uris: [`file:${file}`], providers });
  resolver.watch = () => () => undefined;
  return resolver;
}

/** A whole life. Resolves with what the run said at its end: null for nothing. */
async function live(service, actions, write) {
  if (actions.some(({ do: what }) => what === "shutdown_before_run")) await service.shutdown();
  const ended = service.run().then(
    () => null,
    (error) => error.message,
  );
  const isReady = await service.start().then(
    () => true,
    () => false,
  );
  if (!isReady) return ended;
  try {
    for (const action of actions) {
      await act(service, action, write);
      if (isEnding(service)) return ended;
    }
    told("action:shutdown");
  } finally {
    // Also where an action cannot be carried out: what runs would keep the process.
    await service.shutdown().catch(() => undefined);
  }
  return ended;
}

async function act(service, action, write) {
  const { do: what, target, status, config } = action;
  switch (what) {
    case "report":
      told(`action:report:${target}:${status}`);
      parts.get(target).report(status);
      return;
    case "send":
      told(`action:send:${target}`);
      await parts.get(target).send();
      return;
    case "reload":
      told("action:reload");
      if (config !== undefined) write(config);
      await service.reload().catch(() => undefined);
      return;
    default:
      throw new Error(`unknown action "${what}"`);
  }
}

function isEnding(service) {
  return service.fatalError !== undefined || service.state !== "Running";
}

function isEnabled(id) {
  return featureGates.get(id)?.isEnabled ?? false;
}
