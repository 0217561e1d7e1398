// The library of misbehaving extensions, open, with an instance of its own that watches the others, and with everything
// written down that reaches Rust.
import { readFileSync } from "node:fs";
import { open } from "../../dist/index.js";

const native = new URL("../../dist/native/", import.meta.url);
const libraries = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
const library = new URL(libraries["ferrule-test-extensions"].file, native).pathname;

/** Turns of the drain after which its gauges must be right: it writes them at the end of each. */
const TURNS = 1_000;

/** A runtime, and the instance that watches. */
export class Watched {
  /** To be given to services: each step of an extension is told when it begins and when it has succeeded. */
  runtime;
  #real;
  #watcher;
  /** Instances that lived in the process before, of other runtimes. */
  #livedBefore = 0;

  /** @param tell hears `start:<id>` and `started:<id>`, the same of `ready`, `notReady` and `shutdown` */
  static async open(tell, options = {}) {
    const watched = new Watched();
    watched.#real = await open(library, options);
    watched.#watcher = await watched.#real.start("misbehaving/watcher");
    watched.#livedBefore = await watched.#watcher.call("living");
    watched.runtime = recorded(watched.#real, tell);
    return watched;
  }

  stats() {
    return this.#real.stats();
  }

  call(method, payload) {
    return this.#watcher.call(method, payload);
  }

  /** What Rust's own instances wrote since the last time: `<step>:<name>`. */
  journal() {
    return this.#watcher.call("journal");
  }

  /** Calls until an answer is true: what is asked about is on its way. */
  async until(method, payload) {
    while (!(await this.#watcher.call(method, payload)));
  }

  /** Resolves with what is wrong, when so many instances should be left beside the watcher.
   * @param misbehaving how many of them are of the type that counts itself */
  async left(instances = 0, misbehaving = instances) {
    let [handles, living] = [0, 0];
    for (let turn = 0; turn < TURNS; turn++) {
      living = (await this.#watcher.call("living")) - this.#livedBefore;
      handles = this.#real.stats().handles - 1;
      if (handles === instances && living === misbehaving) return undefined;
    }
    return `${handles} handles are left, not ${instances}, and ${living} instances live, not ${misbehaving}`;
  }

  /** Ends the watcher and the runtime. Resolves with what is left then. */
  async close() {
    await this.#watcher.shutdown();
    const { handles, safetyTimerHits } = this.#real.stats();
    await this.#real.close();
    return { handles, safetyTimerHits };
  }

  /** Closes the runtime under whoever uses it. */
  closeUnder() {
    return this.#real.close();
  }
}

function recorded(runtime, tell) {
  return facade(runtime, {
    start: async (id, ...rest) => {
      tell(`start:${id}`);
      const handle = await runtime.start(id, ...rest);
      tell(`started:${id}`);
      const step = (name) => async (context) => {
        tell(`${name}:${id}`);
        await handle[name](context);
        tell(`${name} done:${id}`);
      };
      return facade(handle, { ready: step("ready"), notReady: step("notReady"), shutdown: step("shutdown") });
    },
  });
}

/** An object with some of its methods replaced. */
function facade(target, own) {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in own) return own[name];
      const value = target[name];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
