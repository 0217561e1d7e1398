// Keeps `terminate` out of what ends the whole process when it is interrupted, and is not ours:
//
//   koffi 3.3.4   aborts when its thread is terminated inside of its loading, `load`, `func` or `view`: Node-API refuses
//                 to throw in a thread that ends, and koffi is built without NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
//   Node.js 20    aborts when a worker is terminated while modules are linked (v8::Module::IsGraphAsync)
//
// Everything around those stays open to a termination at any moment; `--shield off` shows what happens without.
//
//   a thread before koffi   waits while there are terminations, counts itself in; a new one counts until loaded
//   a termination           waits while a thread is inside, and counts itself until its thread has gone
//
// One word for each worker, or pool: terminations count in its upper half, threads inside in its lower.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import threads from "node:worker_threads";

const TERMINATION = 2 ** 16;
const INSIDE_MAX = TERMINATION - 1;
/** A thread is inside of koffi for a few milliseconds, and loads within a second. */
const PATIENCE_MS = 30_000;

export function newShield() {
  return new SharedArrayBuffer(4);
}

/** In a worker, when its modules are loaded and before it attaches: loads koffi, and guards what of it may abort. */
export function shieldKoffi(shield) {
  if (shield === undefined) return;
  const word = new Int32Array(shield);
  const koffi = createRequire(new URL("../../dist/index.js", import.meta.url))("koffi");
  Atomics.sub(word, 0, 1);
  const { load, view } = koffi;
  koffi.view = (...args) => guarded(word, () => view(...args));
  koffi.load = (...args) => {
    const library = guarded(word, () => load(...args));
    return { func: (...args) => guarded(word, () => library.func(...args)) };
  };
}

function guarded(word, inside) {
  for (;;) {
    const before = Atomics.load(word, 0);
    if (before >= TERMINATION) Atomics.wait(word, 0, before, 1);
    else if (Atomics.compareExchange(word, 0, before, before + 1) === before) break;
  }
  try {
    return inside();
  } finally {
    Atomics.sub(word, 0, 1);
  }
}

/** On the main thread, before anything takes `Worker`: workers with a `shield` in their data are terminated outside. */
export function shieldTerminations() {
  threads.Worker = class extends threads.Worker {
    #word;

    constructor(file, options) {
      super(file, options);
      const shield = options?.workerData?.shield;
      if (shield === undefined) return;
      this.#word = new Int32Array(shield);
      Atomics.add(this.#word, 0, 1); // until it has loaded
    }

    async terminate() {
      const word = this.#word;
      if (word === undefined || this.threadId === -1) return super.terminate();
      const until = performance.now() + PATIENCE_MS;
      for (;;) {
        const before = Atomics.load(word, 0);
        const isOutside = (before & INSIDE_MAX) === 0;
        if (isOutside && Atomics.compareExchange(word, 0, before, before + TERMINATION) === before) break;
        if (performance.now() > until) throw new Error("a thread does not come out of koffi");
        await delay(1);
        if (this.threadId === -1) return super.terminate();
      }
      this.once("exit", () => Atomics.sub(word, 0, TERMINATION));
      return super.terminate();
    }
  };
  syncBuiltinESMExports();
}
