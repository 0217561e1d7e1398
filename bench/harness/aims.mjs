// The aims: what each is about, its limit, and whether the results meet it.
import { round } from "./statistics.mjs";

const AT_MOST = "at most";
const AT_LEAST = "at least";

/** @param value what the results say, `undefined` when they say nothing */
const aim = (text, side, limit, value) => ({ text, side, limit, value });
const atMost = (text, limit, value) => aim(text, AT_MOST, limit, value);
const atLeast = (text, limit, value) => aim(text, AT_LEAST, limit, value);

const FULL = ["no payload", 512];
const ALONE = "one at a time, idle machine";
const PARKED = "one call each 2 ms";
const OWN_WORK = "50 us of own work between calls";
const WAITING = "a handler that waits 1 ms";
const TYPED = ["typed calls, answered at once", "typed calls, by a future"];
const PARKING = "ferrule, parking at once";

/** The README's table, a line for each number in it. */
const AIMS = [
  atMost("no payload, 512 in flight: times a bare promise", 1.7, (r) => over(1, r.times(...FULL, "bare promise"))),
  ...[
    ["the batched socket", 6.5, ["socket, batched"]],
    ["neon", 10, ["neon async fn", "neon Channel"]],
    ["napi-rs async", 20, ["napi-rs async fn"]],
    ["postMessage", 15, ["postMessage"]],
    ["koffi .async", 150, ["koffi .async"]],
  ].map(([name, limit, peers]) =>
    atLeast(`no payload, 512 in flight: times as fast as ${name}`, limit, (r) =>
      least(peers.map((peer) => r.times(...FULL, peer))),
    ),
  ),
  atMost("no payload, 512 in flight: CPU of a call, as a share of the batched socket's", 0.333, (r) =>
    over(r.find(...FULL, "ferrule")?.cpu, r.find(...FULL, "socket, batched")?.cpu),
  ),
  atMost("one call at a time: p50, us", 0.45, (r) => r.find(ALONE, undefined, "ferrule")?.p50),
  atMost("one call at a time: p99, us", 5, (r) => r.find(ALONE, undefined, "ferrule")?.p99),
  atLeast("one call at a time: times as fast as the fastest peer", 100, (r) =>
    least(r.peers("no payload", 1).map(({ ratio }) => ratio?.median)),
  ),
  atMost("one call each 2 ms: p50, times the fastest peer's", 1.1, (r) =>
    over(1, least(r.peers(PARKED, undefined).map(({ ratio }) => ratio?.median))),
  ),
  atMost("a handler that waits 1 ms: CPU, times that of parking at once", 1.3, (r) =>
    over(r.find(WAITING, undefined, "ferrule")?.cpu, r.find(WAITING, undefined, PARKING)?.cpu),
  ),
  atMost("a handler that waits 1 ms: p50, times that of parking at once", 1.05, (r) =>
    over(1, r.times(WAITING, undefined, PARKING)),
  ),
  atMost(
    "50 us of own work between calls: p99 of the call, us",
    60,
    (r) => r.find(OWN_WORK, undefined, "ferrule")?.p99,
  ),
  ...["64 B", "1 KiB"].map((size) =>
    atLeast(`echo ${size}, 64 in flight: times as fast as the batched socket`, 8, (r) =>
      r.times(`echo ${size}`, 64, "socket, batched"),
    ),
  ),
  atLeast("echo 64 KiB into a reused buffer, 64 in flight: times as fast as napi-rs Buffer", 4, (r) =>
    over(
      r.find("echo 64 KiB", 64, "napi-rs async fn")?.ns,
      r.find("echo 64 KiB", 64, "ferrule, into a reused buffer")?.ns,
    ),
  ),
  atMost(
    "callMany of 1,024: ns for each item",
    35,
    (r) => r.find("callMany of 1,024", undefined, "ferrule, no payload")?.ns,
  ),
  atMost("callSync: p50, times that of koffi sync", 10, (r) => over(1, r.times("callSync", undefined, "koffi sync"))),
  atMost("typed call, 512 in flight: times the raw call with the same bytes", 1.3, (r) =>
    greatest(TYPED.map((workload) => r.times(workload, 512, "ferrule, typed"))),
  ),
  atMost("start and shutdown, 64 in flight: us for each pair", 6, (r) =>
    over(r.find("start and shutdown", 64, "ferrule")?.ns, 1_000),
  ),
  atLeast("two lanes from two threads: times the rate of one", 0.8, (r) =>
    over(1, r.times("lanes of worker threads", undefined, "ferrule, 2 lanes")),
  ),
  atMost("10 ms timer, 512 in flight: late at p99, ms", 5, (r) =>
    over(r.find("10 ms timer under load", undefined, "ferrule")?.p99, 1_000),
  ),
  atMost("hits of the safety timer", 0, ({ safetyTimerHits }) => safetyTimerHits),
];

/**
 * What became of each aim. What was not measured has no value, and is not met.
 *
 * @param results of `resultsOf`
 */
export function evaluateAims(results, { safetyTimerHits }) {
  const looked = { ...finder(results), safetyTimerHits };
  return AIMS.map(({ text, side, limit, value: read }) => {
    const value = read(looked);
    if (value === undefined || !Number.isFinite(value)) return { aim: text, value: null, side, limit, met: false };
    // Judged as it is shown: what reads as 1.70 is not above 1.7.
    const shown = round(value);
    return { aim: text, value: shown, side, limit, met: side === AT_MOST ? shown <= limit : shown >= limit };
  });
}

function finder(results) {
  const find = (workload, inFlight, peer) =>
    results.find((each) => each.workload === workload && each.inFlight === inFlight && each.peer === peer);
  /** How often as long as ferrule's a peer's takes: the median over the rounds. */
  const times = (workload, inFlight, peer) => find(workload, inFlight, peer)?.ratio?.median;
  /** What ferrule is measured against: whatever answers by a promise, and does something for it. */
  const peers = (workload, inFlight) =>
    results.filter((each) => each.workload === workload && each.inFlight === inFlight && each.role === "peer");
  return { find, times, peers };
}

/** Of values that are all known. */
function greatest(values) {
  return values.includes(undefined) ? undefined : Math.max(...values);
}

function least(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function over(one, other) {
  return one === undefined || other === undefined ? undefined : one / other;
}
