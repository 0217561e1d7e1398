/** Measures calls: a window of them in flight, for so long. */

export type Call = () => Promise<unknown>;

export interface BenchFigures {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly nsPerCall: number;
  /** Of every thread of the process. */
  readonly cpuUsPerCall: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** With several in flight one call of so many is timed: reading the clock takes as long as a third of a call. */
const TIMED_ONE_OF = 16;
/** Times that are kept; beyond that, later ones take the places of earlier ones. */
const TIMES_MAX = 1 << 16;
/** Milliseconds that come before, and do not count. */
const WARM_UP = 200;

/** Calls for so many milliseconds, with a window in flight, and waits for all of them. */
export async function measureCalls(call: Call, inFlight: number, milliseconds: number): Promise<BenchFigures> {
  await run(call, inFlight, Math.min(WARM_UP, milliseconds), []);
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const calls = await run(call, inFlight, milliseconds, times);
  const wall = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  times.sort((one, other) => one - other);
  const timeAt = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]! * 1_000;
  return {
    calls,
    callsPerSecond: (calls / wall) * 1_000,
    nsPerCall: (wall * 1e6) / calls,
    cpuUsPerCall: (cpu.user + cpu.system) / calls,
    p50Us: timeAt(0.5),
    p99Us: timeAt(0.99),
  };
}

/** @returns how many calls were answered */
async function run(call: Call, inFlight: number, milliseconds: number, times: number[]): Promise<number> {
  const timedOneOf = inFlight === 1 ? 1 : TIMED_ONE_OF;
  const end = performance.now() + milliseconds;
  let calls = 0;
  let timed = 0;
  let isOver = false;
  const one = async (): Promise<void> => {
    do {
      if (calls++ % timedOneOf !== 0) {
        await call();
        continue;
      }
      const before = performance.now();
      await call();
      const after = performance.now();
      times[timed++ % TIMES_MAX] = after - before;
      isOver ||= after >= end;
    } while (!isOver);
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return calls;
}

/** The floor: promises that something else resolves, all of a turn together. */
export function barePromises(): Call {
  const resolvers: (() => void)[] = [];
  const kept = Promise.resolve();
  let count = 0;
  const resolveAll = (): void => {
    const batch = count;
    count = 0;
    for (let index = 0; index < batch; index++) resolvers[index]!();
  };
  return () =>
    new Promise<void>((resolve) => {
      if (count === 0) kept.then(resolveAll);
      resolvers[count++] = resolve;
    });
}
