/** Runs a script as a Node process of its own, against the built package. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { testLibrary } from "./runtime.ts";

const INDEX = new URL("../../dist/index.js", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface ScriptEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script that runs. */
export interface Script {
  readonly pid: number;
  readonly ended: Promise<ScriptEnd>;
  /** Resolves when the script has printed this line. */
  printed(line: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a module script. `open`, `library` (of misbehaving extensions) and `say` are there for it. */
export function runScript(body: string, args: readonly string[] = [], under: readonly string[] = []): Script {
  const head = `import { open } from ${JSON.stringify(INDEX)};
    const library = ${JSON.stringify(testLibrary)};
    const say = (text) => process.stdout.write(text + "\\n");\n`;
  const [command = "", ...rest] = [...under, process.execPath, ...args, "--input-type=module", "-e", head + body];
  const child = spawn(command, rest, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<ScriptEnd>((resolve) => {
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
      for (const listener of listeners) listener();
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    printed: (line) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.split("\n").includes(line)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`ended without "${line}":\n${stdout}\n${stderr}`));
          }
        };
        listeners.add(look);
        look();
      }),
    kill: (signal) => child.kill(signal),
  };
}
