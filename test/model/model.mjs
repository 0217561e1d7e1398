// What a service must do, as one small program that stops wherever the real one waits. It knows the documents, and
// nothing of the code: docs/service.md has the order, the states and the texts, docs/status.md the moves.

/** What may be configured. The last one cannot be used. */
export const VARIANTS = [
  ["scripted/a", "misbehaving/b", "scripted/c"],
  ["misbehaving/b", "scripted/c"],
  ["scripted/c"],
  [],
  ["scripted/a"],
];
export const UNUSABLE = 4;
/** In the second variant the first one needs the other. */
export const NEEDS = [[], ["scripted/c"], [], [], []];
export const isRust = (id) => id.startsWith("misbehaving/");

export const START_MS = 987_654;
export const SHUTDOWN_MS = 876_543;
export const textOf = (id, step) => `${id} fails its ${step}`;
export const OPENED = "opened to fail";
export const UNUSABLE_TEXT =
  "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n" +
  "'extensions' error reading configuration for \"scripted/a\": decoding failed due to the following error(s):\n\n" +
  "'<target>' has invalid keys: nope";

const RUNNING = ["OK", "RecoverableError", "PermanentError", "FatalError", "Stopping"];
const MOVES = {
  None: [],
  Starting: RUNNING,
  OK: RUNNING,
  RecoverableError: RUNNING,
  PermanentError: ["Stopping"],
  FatalError: [],
  Stopping: ["RecoverableError", "PermanentError", "FatalError", "Stopped"],
  Stopped: [],
};

const VERBS = {
  start: "start",
  config: "take the configuration",
  ready: "take the ready notification",
  notReady: "take the not-ready notification",
  shutdown: "shut down",
};

/** The start was given up because the stop was wanted. */
const CANCELLED = Symbol("cancelled");

export class Model {
  /** Steps, statuses and states, in order. */
  log = [];
  /** What each call that was made has ended with: `ok`, or the text of its error. */
  outcomes = {};
  abandoned = [];
  state = "Starting";
  isOver = false;
  /** Where it waits: at a gate, idle, or nowhere. */
  at = undefined;
  /** The one that runs, and the one that was built last. */
  standing = undefined;
  newest = undefined;
  isRuntimeOver = false;
  fatal = undefined;
  stop = { isRequested: false, isAborted: false };
  sourceVariant = 0;
  #acts;
  #mode;
  #life;
  #wasReady = false;
  #isRetiring = false;
  #fellInto;
  /** The step whose component reported a fatal error in it, and may say more. */
  #lastWords;
  #underWay;
  #resolved = 0;
  #waiting;
  #result;
  /** Calls of `run`, `start` and `shutdown` that wait. */
  #runners = [];
  #starters = [];

  /** @param acts by `variant id step`
   * @param mode of reloads */
  constructor(acts, mode) {
    this.#acts = acts;
    this.#mode = mode;
  }

  actOf(assembly, id, step) {
    return this.#acts[`${assembly.variant} ${id} ${step}`] ?? "succeed";
  }

  // ---- what may be asked of it ----

  run(call) {
    if (this.#life === undefined && this.stop.isRequested) {
      this.isOver = true;
      this.#result ??= "ok";
      this.#enter("Closed");
    }
    if (this.isOver) {
      this.outcomes[call] = this.#result;
      return;
    }
    this.#runners.push(call);
    this.#begin();
  }

  start(call) {
    if (this.stop.isRequested) this.outcomes[call] = this.#wasShutDown();
    else if (this.isOver) this.outcomes[call] = this.#result === "ok" ? this.#wasShutDown() : this.#result;
    else if (this.#wasReady) this.outcomes[call] = "ok";
    else {
      this.#starters.push(call);
      this.#begin();
    }
  }

  shutdown(call) {
    if (this.isOver) {
      this.outcomes[call] = "ok";
      this.stop.isRequested = true;
      return;
    }
    const isNew = this.#life === undefined;
    if (!isNew) this.#runners.push(call);
    this.#requestStop();
    if (isNew) this.run(call);
  }

  /** @param given what it takes this once; the sources are read without it */
  reload(call, given) {
    if (this.isOver || this.stop.isRequested) this.outcomes[call] = this.#wasShutDown();
    else if (this.#life === undefined) this.outcomes[call] = "the service was not started";
    else {
      this.#waiting ??= { calls: [] };
      this.#waiting.calls.push(call);
      if (given !== undefined) this.#waiting.given = given;
      if (this.at?.idle) this.#resume();
    }
  }

  /** The sources say that they have changed, or that they cannot be watched any more. */
  change(lost) {
    if (this.#life === undefined || this.isOver || this.stop.isRequested) return;
    if (!lost) {
      this.reload(undefined, undefined);
      return;
    }
    this.#keepFatal("failed to watch the configuration: lost");
    this.#requestStop();
  }

  report(assembly, id, status) {
    const from = assembly.status.get(id) ?? "None";
    if (assembly.isClosed || !MOVES[from].includes(status)) return;
    this.#move(assembly, id, status);
    if (status !== "FatalError" || this.fatal !== undefined) return;
    this.#keepFatal(`extension "${id}" reported a fatal error: gone`);
    const isOwn = this.#underWay?.assembly === assembly && this.#underWay.id === id;
    if (!isOwn) this.#requestStop();
    else {
      this.stop.isRequested = true;
      this.#lastWords = this.#underWay;
    }
  }

  closeRuntime() {
    this.isRuntimeOver = true;
    if (this.#life === undefined || this.isOver || this.fatal !== undefined || this.stop.isRequested) return;
    this.#keepFatal("the runtime was closed under the service");
    this.#requestStop();
  }

  /** The second in which a component may say more is over. */
  get mayEndLastWords() {
    return this.#lastWords !== undefined && !this.stop.isAborted;
  }

  endLastWords() {
    this.#requestStop();
  }

  /** @param how `succeed`, `fail` or `late` */
  passGate(how) {
    this.#resume(how);
  }

  // ---- how it lives ----

  #begin() {
    if (this.#life !== undefined) return;
    this.#life = this.#live();
    this.#resume();
  }

  #resume(how) {
    this.at = undefined;
    const { value, done } = this.#life.next(how);
    this.at = done ? undefined : value;
  }

  #requestStop() {
    this.stop.isRequested = true;
    if (this.stop.isAborted) return;
    this.stop.isAborted = true;
    if (this.at?.idle || this.at?.isAbortable) this.#resume("abort");
  }

  #keepFatal(text) {
    if (this.fatal !== undefined) return;
    this.fatal = text;
    this.#fellInto = this.#isRetiring ? "Closing" : this.state;
  }

  *#live() {
    const errors = yield* this.#liveUntilStop();
    const last = this.#wasReady && errors.length > 0 ? this.state : "Closed";
    if (errors.length === 0) this.#enter("Closing");
    this.log.push("sources closed");
    const failures = yield* this.#retire();
    if (failures.length > 0) {
      const frame = this.#wasReady ? "failed to shutdown service after error: " : "";
      errors.push(frame + failures.join("; "));
    }
    const all = { Starting: [this.fatal, ...errors], Closing: [...errors, this.fatal] }[this.#fellInto] ?? errors;
    this.#result = all.length > 0 ? all.join("; ") : "ok";
    this.isOver = true;
    this.#enter(last);
    for (const call of this.#runners) this.outcomes[call] = this.#result;
    const late = this.#result === "ok" ? (this.fatal ?? this.#wasShutDown()) : this.#result;
    for (const call of this.#starters) this.outcomes[call] = late;
    this.#answer(this.#waiting, this.#result === "ok" ? this.#wasShutDown() : this.#result);
  }

  /** Returns what failed. */
  *#liveUntilStop() {
    if (this.isRuntimeOver) return ["the runtime is closed"];
    const built = yield* this.#build(undefined);
    if (built.error !== undefined) return [built.error];
    const errors = yield* this.#bringUp(built);
    if (errors === CANCELLED) return [];
    if (errors.length > 0) return errors;
    this.#wasReady = true;
    for (const call of this.#starters.splice(0)) this.outcomes[call] = "ok";
    for (;;) {
      if (this.#waiting === undefined && !this.stop.isAborted) yield { idle: true };
      if (this.stop.isAborted) return [];
      const request = this.#waiting;
      this.#waiting = undefined;
      const failed = yield* this.#reload(request);
      if (failed === CANCELLED) this.#answer(request, this.#wasShutDown());
      else if (failed !== undefined) this.#answer(request, failed);
      if (failed !== undefined) return failed === CANCELLED ? [] : [failed];
    }
  }

  *#reload(request) {
    let built;
    if (this.#mode === "checked") {
      if (this.stop.isRequested) return CANCELLED;
      built = yield* this.#build(request.given);
      if (built.error !== undefined) {
        this.#answer(request, built.error);
        return undefined;
      }
    }
    let failures = [];
    if (!this.stop.isRequested) {
      this.#enter("Closing");
      failures = yield* this.#retire();
    }
    if (failures.length > 0 || this.stop.isRequested) {
      if (built !== undefined) yield* this.#shutDown(built);
      return failures.length > 0 ? `failed to shutdown the retiring config: ${failures.join("; ")}` : CANCELLED;
    }
    this.#enter("Starting");
    built ??= yield* this.#build(request.given);
    const errors = built.error === undefined ? yield* this.#bringUp(built) : [built.error];
    if (errors === CANCELLED) return CANCELLED;
    if (errors.length > 0) return `failed to setup configuration components: ${errors.join("; ")}`;
    this.#answer(request, "ok");
    return undefined;
  }

  *#build(given) {
    const { variant, tag } = given ?? { variant: this.sourceVariant, tag: `s${++this.#resolved}` };
    if (variant === UNUSABLE) return { error: UNUSABLE_TEXT };
    const ids = VARIANTS[variant];
    const needs = NEEDS[variant];
    const order = [...needs, ...ids.filter((id) => !needs.includes(id))];
    const built = { variant, tag, order, status: new Map(), isClosed: false, rust: new Set() };
    for (const id of ids.filter((id) => !isRust(id))) {
      this.log.push(`create:${id}`);
      const failure = yield* this.#act(built, id, "create", false);
      if (failure !== undefined) {
        return { error: `failed to build extensions: failed to create extension "${id}": ${failure.text}` };
      }
    }
    return built;
  }

  /** Returns what failed, or CANCELLED. */
  *#bringUp(assembly) {
    this.newest = assembly;
    this.standing = assembly;
    const failed = yield* this.#startAll(assembly);
    if (failed === CANCELLED) return CANCELLED;
    if (failed !== undefined) return [failed, ...(yield* this.#retire())];
    this.#enter("Running");
    return [];
  }

  *#startAll(assembly) {
    for (const id of assembly.order) {
      if (this.stop.isRequested) return CANCELLED;
      this.#move(assembly, id, "Starting");
      const failure = yield* this.#stepOfStart(assembly, id, "start");
      if (failure === CANCELLED) return CANCELLED;
      if (failure !== undefined) {
        this.#tryMove(assembly, id, "PermanentError");
        const frame = isRust(id) && !failure.isLate ? "rust extension start failed: " : "";
        return `failed to start extensions: ${frame}${failure.text}`;
      }
      if (isRust(id)) assembly.rust.add(id);
      if (assembly.status.get(id) === "Starting") this.#move(assembly, id, "OK");
    }
    const refused = [];
    for (const id of assembly.order) {
      if (this.stop.isRequested) return CANCELLED;
      if (isRust(id)) continue;
      const failure = yield* this.#stepOfStart(assembly, id, "config");
      if (failure === CANCELLED) return CANCELLED;
      if (failure !== undefined) refused.push(failure.text);
    }
    if (refused.length > 0) return refused.join("; ");
    for (const id of assembly.order) {
      if (this.stop.isRequested) return CANCELLED;
      const failure = yield* this.#stepOfStart(assembly, id, "ready");
      if (failure === CANCELLED) return CANCELLED;
      if (failure !== undefined) return `failed to notify extension "${id}": ${failure.text}`;
    }
    return this.stop.isRequested ? CANCELLED : undefined;
  }

  *#stepOfStart(assembly, id, step) {
    const own = { assembly, id };
    this.#underWay = own;
    this.log.push(`${step}:${id}`);
    const failure = yield* this.#act(assembly, id, step, true);
    const isCancelled = failure !== undefined && this.stop.isAborted;
    this.#underWay = undefined;
    if (this.#lastWords === own) {
      this.#lastWords = undefined;
      this.stop.isAborted = true;
    }
    return isCancelled ? CANCELLED : failure;
  }

  /** Shuts down what stands. Returns what failed. */
  *#retire() {
    const assembly = this.standing;
    this.standing = undefined;
    if (assembly === undefined) return [];
    this.#isRetiring = true;
    const failures = yield* this.#shutDown(assembly);
    this.#isRetiring = false;
    return failures;
  }

  *#shutDown(assembly) {
    const isThere = (id) => !isRust(id) || assembly.rust.has(id);
    const notReady = [];
    for (const id of assembly.order.filter(isThere)) {
      if (isRust(id) && this.isRuntimeOver) continue;
      this.log.push(`notReady:${id}`);
      const failure = yield* this.#act(assembly, id, "notReady", false);
      if (failure !== undefined) notReady.push(failure.text);
    }
    const stuck = [];
    for (const id of assembly.order.toReversed()) {
      this.#tryMove(assembly, id, "Stopping");
      let failure;
      if (isThere(id)) {
        this.log.push(`shutdown:${id}`);
        failure = yield* this.#act(assembly, id, "shutdown", false);
      }
      this.#tryMove(assembly, id, failure === undefined ? "Stopped" : "PermanentError");
      assembly.rust.delete(id);
      const frame = isRust(id) && failure?.isLate === false ? "rust shutdown failed: " : "";
      if (failure !== undefined) stuck.push(`${frame}${failure.text}`);
    }
    assembly.isClosed = true;
    const framed = (frame, texts) => (texts.length > 0 ? [`${frame}: ${texts.join("; ")}`] : []);
    return [
      ...framed("failed to notify that pipeline is not ready", notReady),
      ...framed("failed to shutdown extensions", stuck),
    ];
  }

  /** What a component does at a step. Returns its failure, if it has one. */
  *#act(assembly, id, step, isStart) {
    if (isRust(id) && this.isRuntimeOver) return undefined;
    const act = this.actOf(assembly, id, step);
    if (act === "fail") return { text: textOf(id, step), isLate: false };
    if (act === "fatal") this.report(assembly, id, "FatalError");
    if (act !== "gate" && act !== "stubborn") return undefined;
    const isAbortable = isStart && act === "gate";
    const how = yield { gate: `${assembly.tag} ${id} ${step}`, id, step, isStart, isAbortable };
    if (how === "succeed") return undefined;
    if (how !== "late") return { text: OPENED, isLate: false };
    this.abandoned.push({ componentId: id, step: VERBS[step] });
    const limit = isStart ? START_MS : SHUTDOWN_MS;
    return { text: `extension "${id}" did not ${VERBS[step]} within ${limit} ms`, isLate: true };
  }

  // ---- what is told ----

  #tryMove(assembly, id, status) {
    if (MOVES[assembly.status.get(id) ?? "None"].includes(status)) this.#move(assembly, id, status);
  }

  #move(assembly, id, status) {
    assembly.status.set(id, status);
    this.log.push(`${id}=${status}`);
  }

  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.log.push(`state ${state}`);
  }

  #answer(request, text) {
    for (const call of request?.calls ?? []) if (call !== undefined) this.outcomes[call] = text;
  }

  #wasShutDown() {
    return this.#wasReady ? "the service was shut down" : "the service was shut down before it was ready";
  }
}
