// One sequence, played to the model and to the service at once. Throws where they differ.
import { LAST_WORDS_MS } from "./clock.mjs";
import { isRust, Model } from "./model.mjs";
import { Subject } from "./subject.mjs";

export async function play({ mode, closes, acts, first, commands: rest }, watched, clock, hear) {
  const commands = first === "nothing" ? rest : [{ name: first }, ...rest];
  const told = Object.fromEntries(acts.filter(([key]) => !closes || !isRust(key.split(" ")[1])));
  const player = new Player(told, mode, watched, clock, closes);
  hear((event) => player.subject.tell(event));
  try {
    for (const [number, command] of commands.entries()) {
      if (await player.play(command, number)) player.played[command.name] = (player.played[command.name] ?? 0) + 1;
    }
    await player.end();
    return player.played;
  } finally {
    await player.subject.free(player.model.isRuntimeOver);
  }
}

class Player {
  model;
  subject;
  /** How often each command was one that the service could hear. */
  played = {};
  #watched;
  #clock;
  #closes;
  #firstSignal;
  /** Instances in Rust that a step left behind: nobody knows when they end. */
  #left = new Set();

  constructor(acts, mode, watched, clock, closes) {
    this.model = new Model(acts, mode);
    this.subject = new Subject(watched, clock, acts, mode);
    this.#watched = watched;
    this.#clock = clock;
    this.#closes = closes;
  }

  /** Resolves with false for a command that means nothing now. */
  async play(command, number) {
    const isPlayed = await this.#tell(command, `${number} ${command.name}`);
    if (isPlayed) await this.#compare(command);
    return isPlayed;
  }

  async #tell(command, call) {
    const { model, subject } = this;
    const { service } = subject;
    switch (command.name) {
      case "run":
      case "start":
      case "shutdown":
        model[command.name](call);
        subject.call(call, () => service[command.name]());
        return true;
      case "signal":
        return this.#signal(command.after);
      case "hangup":
        model.reload("hangup", undefined);
        subject.signal("SIGHUP");
        return true;
      case "reload": {
        const given =
          command.variant === undefined ? undefined : { variant: command.variant, tag: call.replace(" ", "-") };
        model.reload(call, given);
        subject.call(call, () => service.reload(given && subject.valuesOf(given.variant, given.tag)));
        return true;
      }
      case "change":
        model.sourceVariant = command.variant;
        subject.sourceVariant = command.variant;
        model.change(false);
        subject.change(false);
        return true;
      case "lose":
        model.change(true);
        subject.change(true);
        return true;
      case "report":
        return this.#report(command);
      case "pass":
        return this.#pass(command.how);
      case "last words":
        if (!model.mayEndLastWords) return false;
        model.endLastWords();
        this.#clock.fire(LAST_WORDS_MS);
        return true;
      case "close runtime":
        if (!this.#closes || model.isRuntimeOver) return false;
        model.closeRuntime();
        await this.#watched.closeUnder();
        return true;
      default:
        throw new Error(`there is no command ${command.name}`);
    }
  }

  #signal(after) {
    const { model, subject } = this;
    subject.now += after;
    if (this.#firstSignal === undefined) {
      this.#firstSignal = subject.now;
      model.shutdown("signal");
    } else if (subject.now - this.#firstSignal > 500) model.log.push("forced");
    subject.signal(after === 400 ? "SIGINT" : "SIGTERM");
    return true;
  }

  async #report({ isNewest, place, status }) {
    const { model, subject } = this;
    const assembly = isNewest ? model.newest : model.standing;
    const id = place === "waits" ? model.at?.id : assembly?.order[place];
    if (id === undefined || !assembly?.order.includes(id)) return false;
    if (isRust(id)) {
      const inStart = model.at?.id === id && model.at.step === "start";
      const isThere = assembly.rust.has(id) || (inStart && assembly === model.standing);
      const isSayable = ["OK", "RecoverableError", "PermanentError", "FatalError"].includes(status);
      if (!isThere || !isSayable || model.isRuntimeOver || this.#left.has(assembly)) return false;
    }
    model.report(assembly, id, status);
    await subject.report(assembly.tag, id, status);
    return true;
  }

  async #pass(how) {
    const { model, subject } = this;
    const { at } = model;
    if (at?.gate === undefined || (how === "late" && at.step === "create")) return false;
    if (how === "late" && isRust(at.id)) this.#left.add(model.standing).add(model.newest);
    model.passGate(how);
    await subject.passGate(at, how);
    return true;
  }

  /** Stops whatever still runs, lets all go on that waits, and looks at what is left. */
  async end() {
    const { model, subject } = this;
    await this.play({ name: "shutdown" }, "last");
    while (model.at?.gate !== undefined) await this.play({ name: "pass", how: "succeed" }, "last");
    if (!model.isOver) throw new Error("the model does not end");
    if (this.#clock.running > 0) throw new Error(`${this.#clock.running} timers of the service are still running`);
    await subject.free(model.isRuntimeOver);
    const left = model.isRuntimeOver ? undefined : await this.#watched.left();
    if (left !== undefined) throw new Error(left);
  }

  async #compare(command) {
    const { model, subject } = this;
    await subject.settle(model, model.isRuntimeOver);
    const after = `after ${JSON.stringify(command)}`;
    const place = Math.max(model.log.length, subject.log.length);
    for (let index = 0; index < place; index++) {
      if (model.log[index] === subject.log[index]) continue;
      const before = subject.log.slice(0, index).join(", ");
      throw new Error(
        `${after}: event ${index} is ${subject.log[index]}, was to be ${model.log[index]}; before: ${before}; ends: ${JSON.stringify(subject.outcomes)}`,
      );
    }
    const { service } = subject;
    const states = {
      state: [service.state, model.state],
      fatalError: [service.fatalError?.message, model.fatal],
      abandoned: [JSON.stringify(service.abandoned), JSON.stringify(model.abandoned)],
      extensions: [[...service.extensions.keys()].join(), (model.newest?.order ?? []).join()],
    };
    for (const name of new Set([...Object.keys(subject.outcomes), ...Object.keys(model.outcomes)])) {
      states[`the end of call ${name}`] = [subject.outcomes[name], model.outcomes[name]];
    }
    for (const [what, [got, wanted]] of Object.entries(states)) {
      if (got !== wanted)
        throw new Error(`${after}: ${what} is ${got}, was to be ${wanted}; log: ${subject.log.join(", ")}`);
    }
  }
}
