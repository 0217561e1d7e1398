/** CLOCK_MONOTONIC, which `process.hrtime` reads and Rust's side of a deadline is measured on. */

/** Milliseconds of the longest timer that JavaScript has. */
export const timerMax = 2 ** 31 - 1;

const HALF = 2 ** 32;

/** Milliseconds. */
export function monotonicNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** A deadline so many milliseconds from now, in microseconds, as two halves. */
export function deadlineHalves(milliseconds: number): [low: number, high: number] {
  const [seconds, nanoseconds] = process.hrtime();
  const micros = seconds * 1e6 + Math.floor(nanoseconds / 1e3) + Math.ceil(milliseconds * 1e3);
  return [micros % HALF, Math.floor(micros / HALF)];
}
