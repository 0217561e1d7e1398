// Runs a long proof in a process of its own, so that its crash is told with the seed, and so that a main thread that
// does not answer any more is ended, which nothing inside of that process could do.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** A main thread may be busy, never for so long. */
const PATIENCE_MS = 90_000;
const BEAT_MS = 1_000;

/** Whole numbers of the command line; ends the process for anything else. */
export function readNumbers(usage, ranges, words = {}) {
  const names = [...Object.keys(ranges), ...Object.keys(words)];
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    const { values } = parseArgs({ options });
    const numbers = Object.entries(ranges).map(([name, { least, most, otherwise }]) => {
      const number = Number(values[name] ?? otherwise);
      if (Number.isInteger(number) && number >= least && number <= most) return [name, number];
      throw new Error(`--${name} must be a whole number from ${least} to ${most}, got ${values[name]}`);
    });
    const chosen = Object.entries(words).map(([name, choices]) => {
      const word = values[name] ?? choices[0];
      if (choices.includes(word)) return [name, word];
      throw new Error(`--${name} must be one of ${choices.join(", ")}, got ${word}`);
    });
    return Object.fromEntries([...numbers, ...chosen]);
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

/**
 * Runs a script with these options, and ends as it ends.
 * @param env beside this process's own
 */
export function guard(script, options, env = {}) {
  const child = spawn(process.execPath, [fileURLToPath(script), JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...env },
  });
  let beat = Date.now();
  child.on("message", () => {
    beat = Date.now();
  });
  const timer = setInterval(() => {
    if (Date.now() - beat < PATIENCE_MS) return;
    console.error(`seed ${options.seed}: the main thread has not answered for ${PATIENCE_MS} ms`);
    child.kill("SIGABRT");
  }, BEAT_MS);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    clearInterval(timer);
    if (signal !== null) console.error(`seed ${options.seed}: the process ended by ${signal}`);
    else if (code > 1) console.error(`seed ${options.seed}: the process ended with ${code}`);
    process.exit(code === 0 ? 0 : 1);
  });
}

/** Inside of it: the options, and a beat from now on. */
export function guarded() {
  const options = JSON.parse(process.argv[2]);
  setInterval(() => process.send?.("beat"), BEAT_MS).unref();
  process.channel?.unref();
  return options;
}
