// The real service beside the model: everything that the model speaks of, written down in the same words.

import { watchSignals } from "../../dist/cli/signals.js";
import { Conf, Service } from "../../dist/index.js";
import { isRust, NEEDS, OPENED, SHUTDOWN_MS, START_MS, textOf, UNUSABLE, VARIANTS } from "./model.mjs";

/** Milliseconds until what does not come is missing. Rust's threads have a busy machine to share. */
const PATIENCE_MS = 10_000;
/** Turns of the event loop after which others get the processor. */
const TURNS_MAX = 1_000;

export class Subject {
  log = [];
  outcomes = {};
  service;
  /** What the configuration's sources say. */
  sourceVariant = 0;
  now = 0;
  #watched;
  #acts;
  #clock;
  #gates = new Map();
  #reporters = new Map();
  #tellChange = () => undefined;
  #resolved = 0;
  #unwatch;

  constructor(watched, clock, acts, mode) {
    this.#watched = watched;
    this.#clock = clock;
    this.#acts = acts;
    this.service = new Service({
      config: this.#sources(),
      runtime: watched.runtime,
      factories: [this.#factory()],
      reload: mode,
      startTimeout: START_MS,
      shutdownTimeout: SHUTDOWN_MS,
      startTimeoutTotal: 2 ** 31 - 1,
      shutdownTimeoutTotal: 2 ** 31 - 1,
      onStatus: ({ id, status }) => this.tell(`${id}=${status}`),
      onState: (state) => this.tell(`state ${state}`),
    });
    this.#unwatch = watchSignals(
      {
        stop: () => this.call("signal", () => this.service.shutdown()),
        force: () => this.tell("forced"),
        reload: () => this.call("hangup", () => this.service.reload()),
      },
      () => this.now,
    );
  }

  /** Of what reaches Rust, the beginnings count: the ends are what happens next. */
  tell(event) {
    if (!event.includes(" done:") && !event.startsWith("started:")) this.log.push(event);
  }

  /** Calls the service, and writes down how that ends. */
  call(name, run) {
    const end = (text) => {
      this.outcomes[name] = text;
    };
    run().then(
      () => end("ok"),
      (error) => end(error.message),
    );
  }

  /** As if the process had got one. */
  signal(name) {
    process.emit(name, name);
  }

  valuesOf(variant, tag) {
    const ids = VARIANTS[variant];
    const section = (id) => {
      if (variant === UNUSABLE) return { nope: 1 };
      if (!isRust(id)) return { variant, tag };
      return { journal: `${tag} ${id}`, needs: NEEDS[variant], ...this.#rustActs(variant, id, tag) };
    };
    // What is configured and not listed does not run; nothing at all would be no configuration.
    const sections = { ...Object.fromEntries(ids.map((id) => [id, section(id)])), "scripted/unlisted": null };
    return { extensions: sections, service: { extensions: ids } };
  }

  change(lost) {
    this.#tellChange(lost ? { error: new Error("lost") } : {});
  }

  report(tag, id, status) {
    if (!isRust(id)) this.#reporters.get(`${tag} ${id}`)(status, new Error("gone"));
    else return this.#watched.until("report", { name: `${tag} ${id}`, status: `${status}:gone` });
  }

  /** Lets a step go on that waits. */
  async passGate({ gate, id, isStart }, how) {
    if (how === "late") this.#clock.fire(isStart ? START_MS : SHUTDOWN_MS);
    else if (isRust(id)) {
      const fail = how === "fail" ? OPENED : null;
      await this.#watched.until("open_gate", { gate, fail });
    } else if (how === "fail") this.#gates.get(gate).reject(new Error(OPENED));
    else this.#gates.get(gate).resolve();
  }

  /** Resolves when as much has happened as in the model, and nothing follows any more. */
  async settle(model, isRuntimeOver) {
    const isThere = () =>
      this.log.length >= model.log.length &&
      Object.keys(model.outcomes).every((name) => name in this.outcomes) &&
      (model.at?.gate === undefined || isRust(model.at.id) || this.#gates.has(model.at.gate));
    const isWrong = () => this.log.some((event, index) => event !== model.log[index]);
    const until = performance.now() + PATIENCE_MS;
    for (let turn = 0; !isThere() && !isWrong() && performance.now() < until; turn++) {
      await new Promise((resolve) => (turn < TURNS_MAX ? setImmediate(resolve) : setTimeout(resolve, 1)));
    }
    if (!isRuntimeOver) await this.#watched.call("echo");
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** After the end: lets go whatever was left behind. */
  async free(isRuntimeOver) {
    this.#unwatch();
    for (const { resolve } of this.#gates.values()) resolve();
    if (!isRuntimeOver) await this.#watched.call("open_gates");
  }

  #sources() {
    return {
      unexpanded: new Conf(),
      resolve: async () => Conf.fromMap(this.valuesOf(this.sourceVariant, `s${++this.#resolved}`)),
      watch: (listener) => {
        this.#tellChange = listener;
        return () => {
          this.#tellChange = () => undefined;
        };
      },
      shutdown: async () => this.tell("sources closed"),
    };
  }

  #factory() {
    return {
      type: "scripted",
      stability: "Stable",
      createDefaultConfig: () => ({ variant: 0, tag: "" }),
      create: async ({ id, reportStatus }, { variant, tag }) => {
        const step = (name) => (context) => this.#step({ id: `${id}`, name, variant, tag, reportStatus, context });
        this.#reporters.set(`${tag} ${id}`, reportStatus);
        await step("create")({});
        return {
          start: step("start"),
          configResolved: step("config"),
          ready: step("ready"),
          notReady: step("notReady"),
          shutdown: step("shutdown"),
        };
      },
    };
  }

  async #step({ id, name, variant, tag, reportStatus, context }) {
    this.tell(`${name}:${id}`);
    const act = this.#acts[`${variant} ${id} ${name}`];
    if (act === "fail") throw new Error(textOf(id, name));
    if (act === "fatal") reportStatus("FatalError", new Error("gone"));
    if (act !== "gate" && act !== "stubborn") return;
    await new Promise((resolve, reject) => {
      this.#gates.set(`${tag} ${id} ${name}`, { resolve, reject });
      if (act === "gate") context.signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  }

  #rustActs(variant, id, tag) {
    const acts = {};
    for (const [name, key] of [
      ["start", "start"],
      ["ready", "ready"],
      ["notReady", "not_ready"],
      ["shutdown", "shutdown"],
    ]) {
      const act = this.#acts[`${variant} ${id} ${name}`];
      if (act === "fail") acts[key] = { fail: textOf(id, name) };
      if (act === "gate") acts[key] = { gate: `${tag} ${id} ${name}` };
      if (act === "fatal") acts[name === "start" ? "report" : "report_in_shutdown"] = "FatalError:gone";
    }
    return acts;
  }
}
