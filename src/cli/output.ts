/**
 * Writing to stdout and stderr at once and whole, as a command must that ends next. Node makes pipes non-blocking, so a
 * write takes what fits just now: the rest is waited for, and a reader that never reads is given up.
 */
import { writeSync } from "node:fs";

/** Milliseconds between two tries. */
const TRY_EVERY = 10;
/** Tries for one text: 5 seconds. */
const TRIES_MAX = 500;
const NEWLINE = 10;

/** What the operating system does; tests bring their own. */
export interface OutputSystem {
  /** Writes what fits. @returns how many bytes that was */
  readonly write: (descriptor: number, bytes: Uint8Array) => number;
  /** Does nothing for so many milliseconds. */
  readonly wait: (milliseconds: number) => void;
}

const waited = new Int32Array(new SharedArrayBuffer(4));
const SYSTEM: OutputSystem = {
  write: writeSync,
  wait: (milliseconds) => void Atomics.wait(waited, 0, 0, milliseconds),
};

/** One of the two. Nothing here throws: there is nowhere left to say it. */
export class Output {
  readonly #descriptor: number;
  readonly #system: OutputSystem;
  /** The reader let a whole wait pass: it gets no other until it has read again, or every line would cost one. */
  #stuck = false;
  /** The last text was given up in the middle of a line. */
  #cut = false;

  constructor(descriptor: number, system: OutputSystem = SYSTEM) {
    this.#descriptor = descriptor;
    this.#system = system;
  }

  /** Writes, and waits for a slow reader, but no longer than 5 seconds.
   * @param last waits also for a reader that was given up before: what comes now is what the command has to say */
  write(text: string, last = false): void {
    const whole = Buffer.from(this.#cut ? `\n${text}` : text);
    let sent = 0;
    for (let tries = this.#stuck && !last ? 1 : TRIES_MAX; tries > 0; tries--) {
      const count = this.#try(whole.subarray(sent));
      if (count === "gone") return;
      sent += count;
      this.#stuck = sent < whole.length;
      if (!this.#stuck) break;
      if (tries > 1) this.#system.wait(TRY_EVERY);
    }
    if (sent > 0) this.#cut = this.#stuck && whole[sent - 1] !== NEWLINE;
  }

  /** How much went out: nothing while the pipe is full. "gone" is a reader that does not exist any more. */
  #try(bytes: Uint8Array): number | "gone" {
    try {
      return this.#system.write(this.#descriptor, bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "EAGAIN" || code === "EINTR" ? 0 : "gone";
    }
  }
}

/** A command's own output. */
export const stdout = new Output(1);
/** The log, and what went wrong. */
export const stderr = new Output(2);
