/** Area `cli`: the fixture's command, as a process of its own. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FIXTURE = fileURLToPath(new URL("../fixture/fixture.mjs", import.meta.url));
/** What ferrule adds for a person, and its log. */
const ADDED = /^(?: {2}\| |\{).*\n/gm;
const USAGE = /Run '[^']*' for usage\.\n$/;
/** A command that hangs is ended. */
const MILLISECONDS_MAX = 30_000;

export async function runCase({ args, files = {}, env = {} }, directory) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const { code, output } = await ended(start(args, env, directory));
  const stderr = withoutGates(output.stderr.replace(ADDED, ""));
  return {
    exit_code: code,
    stdout: output.stdout,
    stderr,
    error:
      code === 0
        ? null
        : stderr
            .replace(/^Error: /, "")
            .replace(USAGE, "")
            .replace(/\n$/, ""),
    events: output.events.split("\n").filter((line) => line !== ""),
  };
}

function start(args, env, cwd) {
  return spawn(process.execPath, [FIXTURE, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: MILLISECONDS_MAX,
    killSignal: "SIGKILL",
  });
}

function ended(child) {
  const output = { stdout: "", stderr: "", events: "" };
  let signalled = false;
  for (const [index, name] of Object.keys(output).entries()) {
    child.stdio[index + 1].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
      if (signalled || !output.stderr.includes('"service is ready"')) return;
      // It runs: that is all that a case wants to see of it.
      signalled = true;
      child.kill("SIGTERM");
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Which gates there are differs from program to program. */
function withoutGates(text) {
  return text.replace(/valid gates: \[[^\]]*\]/g, "valid gates: [<gates>]");
}
