/** `ferrule bench`: how fast a method of a library answers, beside the promise that each answer comes in. */
import { silentLogger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import { suggest } from "../core/suggest.ts";
import type { ComponentInfo, MethodInfo, RustRuntime } from "../runtime/types.ts";
import { openRuntime } from "../service/assemble.ts";
import { type BenchFigures, barePromises, type Call, measureCalls } from "./bench-calls.ts";
import type { Distribution } from "./distribution.ts";
import { UsageError } from "./report.ts";

export interface BenchOptions {
  readonly library?: string;
  /** Component type of the extension. */
  readonly type?: string;
  readonly method?: string;
  /** Configuration of the extension, as JSON. */
  readonly config?: string;
  /** What a method that takes a value is called with, as JSON. */
  readonly payload?: string;
  /** Bytes of the payload, for a method that takes bytes. */
  readonly payloadSize?: string;
  /** For each number of calls in flight. */
  readonly seconds?: string;
  readonly inFlight?: string;
  readonly json?: boolean;
}

/** What one number of calls in flight came to. */
interface Line extends BenchFigures {
  readonly inFlight: number;
  /** ns of a promise that something else resolves, awaited in the same way. */
  readonly floorNs: number;
}

const SECONDS_DEFAULT = "2";
const IN_FLIGHT_DEFAULT = "1,64,512";
/** Milliseconds for the bare promise. */
const FLOOR_TIME = 200;
const SECONDS_MAX = 3_600;
const IN_FLIGHT_MAX = 65_536;
const PAYLOAD_SIZE_MAX = 2 ** 30;

/** The command's output. */
export async function bench(distribution: Distribution, options: BenchOptions): Promise<string> {
  const { type, method: name } = required(options);
  const seconds = number("--seconds", options.seconds ?? SECONDS_DEFAULT, 0, SECONDS_MAX, false);
  const windows = (options.inFlight ?? IN_FLIGHT_DEFAULT)
    .split(",")
    .map((text) => number("--in-flight", text, 1, IN_FLIGHT_MAX));
  const config = json("--config", options.config ?? "{}");
  const library = options.library ?? (distribution.library || undefined);
  const { runtime, close } = await openRuntime(library === undefined ? {} : { library }, silentLogger);
  try {
    const method = find("method", name, methodsOf(runtime, type), `component type ${quote(type)}`);
    const payload = payloadOf(method, options);
    const extension = await runtime.start(type, config);
    const lines = await measureAll(() => extension.call(name, payload), windows, seconds * 1_000);
    const { safetyTimerHits = 0 } = runtime.stats();
    await extension.shutdown();
    return options.json
      ? `${JSON.stringify({ type, method: name, seconds, safetyTimerHits, lines }, null, 2)}\n`
      : table(`${type}.${name}`, lines);
  } finally {
    await close();
  }
}

async function measureAll(call: Call, windows: readonly number[], milliseconds: number): Promise<Line[]> {
  const lines: Line[] = [];
  for (const inFlight of windows) {
    const floor = await measureCalls(barePromises(), inFlight, Math.min(FLOOR_TIME, milliseconds));
    lines.push({ inFlight, ...(await measureCalls(call, inFlight, milliseconds)), floorNs: floor.nsPerCall });
  }
  return lines;
}

function table(title: string, lines: readonly Line[]): string {
  const titles = ["in flight", "calls/s", "ns/call", "CPU us/call", "p50 us", "p99 us", "bare promise ns"];
  const rows = lines.map((line) => [
    String(line.inFlight),
    whole(line.callsPerSecond),
    whole(line.nsPerCall),
    line.cpuUsPerCall.toFixed(2),
    line.p50Us.toFixed(1),
    line.p99Us.toFixed(1),
    whole(line.floorNs),
  ]);
  const widths = titles.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const print = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(widths[column]!)).join("  ");
  return [`${title}: one promise for each call, CPU of every thread`, "", ...[titles, ...rows].map(print), ""].join(
    "\n",
  );
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

function required({ type, method }: BenchOptions): { type: string; method: string } {
  const missing = Object.entries({ method, type }).flatMap(([name, value]) =>
    value === undefined ? [quote(name)] : [],
  );
  if (missing.length > 0) throw new UsageError(`required flag(s) ${missing.join(", ")} not set`);
  return { type: type!, method: method! };
}

function methodsOf(runtime: RustRuntime, type: string): readonly MethodInfo[] {
  const known = runtime.components().map((component: ComponentInfo) => ({ ...component, name: component.type }));
  return find("component type", type, known, "the library").methods;
}

/** The one of this name. @throws {UsageError} that says which there are */
function find<Named extends { readonly name: string }>(
  what: string,
  name: string,
  known: readonly Named[],
  owner: string,
): Named {
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = known.map((each) => each.name);
  const near = suggest(name, names);
  throw new UsageError(`unknown ${what} ${quote(name)}`, "", [
    ...(near === undefined ? [] : [`did you mean ${quote(near)}?`]),
    `${owner} has: ${names.join(", ") || "none"}`,
  ]);
}

function payloadOf(method: MethodInfo, { payload, payloadSize }: BenchOptions): unknown {
  const takesBytes = method.form === "bytes";
  if (takesBytes && payload !== undefined) {
    throw new UsageError(`method ${quote(method.name)} takes bytes: give --payload-size instead of --payload`);
  }
  if (!takesBytes && payloadSize !== undefined) {
    throw new UsageError(`method ${quote(method.name)} takes a value: give --payload instead of --payload-size`);
  }
  if (payloadSize !== undefined) return new Uint8Array(number("--payload-size", payloadSize, 0, PAYLOAD_SIZE_MAX));
  return payload === undefined ? undefined : json("--payload", payload);
}

function number(flag: string, text: string, min: number, max: number, isWhole = true): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max && (Number.isInteger(value) || !isWhole)) return value;
  const kind = isWhole ? "whole number" : "number";
  throw new UsageError(`invalid argument ${quote(text)} for "${flag}" flag: a ${kind} from ${min} to ${max}`);
}

function json(flag: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`invalid argument ${quote(text)} for "${flag}" flag: ${(error as Error).message}`);
  }
}
