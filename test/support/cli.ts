/** Runs the real command as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const BIN = fileURLToPath(new URL("../../dist/cli/bin.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";
  #onOutput: () => void = () => undefined;

  /** @param program the script; ferrule's own command unless given
   * @param flags Node's own */
  constructor(args: readonly string[], cwd: string, program = BIN, flags: readonly string[] = []) {
    this.child = spawn(process.execPath, [...flags, program, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#onOutput();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => {
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
        this.#onOutput();
      });
    });
    onTestFinished(() => {
      this.child.kill("SIGKILL");
    });
  }

  /** Log lines so far. */
  get log(): Record<string, unknown>[] {
    return logLines(this.#stderr);
  }

  /**
   * Resolves when a line with this message is in the log; rejects, with all that was said, when the process ends
   * without it.
   */
  logged(message: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.log.find((line) => line.msg === message);
        if (found !== undefined) resolve(found);
        else if (this.child.exitCode !== null) reject(new Error(`ended without "${message}":\n${this.#stderr}`));
      };
      this.#onOutput = look;
      look();
    });
  }
}

/** The JSON lines of a log. */
export function logLines(stderr: string): Record<string, unknown>[] {
  const whole = stderr.slice(0, stderr.lastIndexOf("\n") + 1).split("\n");
  return whole.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What is on stderr beside the log. */
export function withoutLog(stderr: string): string {
  return stderr.replace(/^\{.*\n/gm, "");
}

/** Runs a command to its end. */
export function ferrule(args: readonly string[], cwd = process.cwd()): Promise<Ended> {
  return new Running(args, cwd).ended;
}
