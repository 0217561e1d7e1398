/** A context and a host as Rust reads them: JSON, in the field names of the specification. */
import { type CallerInfo, type Context, callDepth, type HostInfo } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";

const NO_REQUEST = '"metadata":{},"trace_id":"","span_id":"","flags":0';

/** By hand where it is the same for most callers: it is written twice for each instance. */
function contextJson(id: ComponentId, context: Context): string {
  const names = `"component_type":${JSON.stringify(id.type)},"component_name":${JSON.stringify(id.name)}`;
  const component = `"component_id":${JSON.stringify(id.toString())},${names}`;
  return `{${component},"cancelled":${context.signal?.aborted === true},${requestJson(context)}}`;
}

/** Whether the caller says anything that is sent beside the payload. */
export function hasCallerInfo(context: CallerInfo): boolean {
  const { metadata, auth, traceId, spanId, traceFlags, traceState } = context;
  const said = [metadata, auth, traceId, spanId, traceFlags, traceState, context[callDepth]];
  return said.some((each) => each !== undefined);
}

function requestJson(context: CallerInfo): string {
  checkContext(context);
  if (!hasCallerInfo(context)) return NO_REQUEST;
  const { metadata, auth, traceId, spanId, traceFlags, traceState } = context;
  return JSON.stringify({
    metadata: metadata ?? {},
    trace_id: traceId ?? "",
    span_id: spanId ?? "",
    flags: traceFlags ?? 0,
    trace_state: traceState ?? "",
    auth: auth ?? {},
    depth: context[callDepth] ?? 0,
  }).slice(1, -1);
}

/** Bytes of the largest metadata, and of the largest auth data, as JSON. */
const DATA_MAX = 64 * 1024;
/** Characters of the longest trace state that is worth to be passed on: W3C asks for 512 at least. */
const TRACE_STATE_MAX = 8_192;

function refuse(text: string): never {
  throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
}

/** @throws {FerruleError} `INVALID_ARGUMENT` for what Rust could not read, or what is no id of W3C's */
function checkContext({ metadata, auth, traceId, spanId, traceFlags, traceState }: CallerInfo): void {
  if (traceFlags !== undefined && !(Number.isInteger(traceFlags) && traceFlags >= 0 && traceFlags <= 255)) {
    refuse(`traceFlags must be a whole number from 0 to 255, got ${messageOf(traceFlags)}`);
  }
  for (const [name, value] of Object.entries({ traceId, spanId, traceState })) {
    if (value !== undefined && !isText(value)) refuse(`${name} must be a string, got ${messageOf(value)}`);
  }
  checkHex("traceId", traceId, 32);
  checkHex("spanId", spanId, 16);
  if ((traceState?.length ?? 0) > TRACE_STATE_MAX) {
    refuse(`traceState of ${traceState?.length} characters, at most ${TRACE_STATE_MAX}`);
  }
  for (const [key, values] of Object.entries(metadata ?? {})) {
    const whole = isText(key) && Array.isArray(values) && values.every(isText);
    if (!whole) refuse(`metadata must hold lists of well-formed strings, and "${key}" does not`);
  }
  checkSize("metadata", metadata);
  checkSize("auth", auth);
}

/** W3C forbids ids of zeros alone. An empty one is none. */
function checkHex(name: string, id: string | undefined, digits: number): void {
  if (id === undefined || id === "" || (new RegExp(`^[0-9a-f]{${digits}}$`).test(id) && !/^0+$/.test(id))) return;
  refuse(`${name} must have ${digits} hexadecimal digits in lower case, not all 0, got ${messageOf(id)}`);
}

function checkSize(name: string, data: object | undefined): void {
  if (data === undefined) return;
  let text: string | undefined;
  let isWhole = true;
  try {
    text = JSON.stringify(data, (key, value: unknown) => {
      isWhole &&= isText(key) && (typeof value !== "string" || isText(value));
      return value;
    });
  } catch (error) {
    refuse(`${name} must hold what JSON can: ${messageOf(error)}`);
  }
  if (!text?.startsWith("{")) refuse(`${name} must be an object, got ${messageOf(data)}`);
  if (!isWhole) refuse(`${name} must hold well-formed strings`);
  if (text.length > DATA_MAX) refuse(`${name} of ${text.length} bytes, at most ${DATA_MAX}`);
}

/** A string that UTF-8 can hold: no half of a surrogate pair stands alone. */
function isText(value: unknown): boolean {
  return typeof value === "string" && !/\p{Surrogate}/u.test(value);
}

/** For shutdown and notifications. The deadline travels in the descriptor. */
export function contextMessage(id: ComponentId, context: Context): Uint8Array {
  return Buffer.from(contextJson(id, context));
}

/** For a call whose caller says something: the context's length, the context, and then the payload. */
export function framedPayload(context: CallerInfo, payload: Uint8Array): Uint8Array {
  const json = `{${requestJson(context)}}`;
  const length = Buffer.byteLength(json);
  const framed = Buffer.allocUnsafe(4 + length + payload.length);
  framed.writeUInt32LE(length);
  framed.write(json, 4);
  framed.set(payload, 4 + length);
  return framed;
}

/**
 * For a start: the message's length, the message, and the configuration's own text, so that positions in errors hold.
 */
export function startMessage(id: ComponentId, context: Context, host: HostInfo, config: string): Uint8Array {
  if (!Array.isArray(host?.extensions)) {
    const found = `host must hold build information and a list of extensions, got ${messageOf(host)}`;
    throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
  }
  const message = `{"context":${contextJson(id, context)},"host":${hostJson(host)}}`;
  const length = Buffer.byteLength(message);
  const payload = Buffer.allocUnsafe(4 + length + Buffer.byteLength(config));
  payload.writeUInt32LE(length);
  payload.write(message, 4);
  payload.write(config, 4 + length);
  return payload;
}

/** Each object is a host of its own, in this thread. */
const hostNumbers = new WeakMap<HostInfo, number>();
let hosts = 0;

/** 0 for one that lists nobody. */
export function hostNumber(host: HostInfo): number {
  if (host.extensions.length === 0) return 0; // nobody to be seen, nor to see
  let number = hostNumbers.get(host);
  if (number === undefined) {
    hosts = (hosts + 1) % 2 ** 32 || 1;
    number = hosts;
    hostNumbers.set(host, number);
  }
  return number;
}

/** A host of plain values that cannot change says the same to each of its instances. */
const frozenHosts = new WeakMap<HostInfo, string>();

function hostJson(host: HostInfo): string {
  const known = frozenHosts.get(host);
  if (known !== undefined) return known;
  const json = JSON.stringify({
    build_version: host.buildVersion,
    build_command: host.buildCommand,
    build_timestamp: host.buildTimestamp,
    extension_count: host.extensions.length,
    extensions: host.extensions,
    host_number: hostNumber(host),
  });
  if (Object.isFrozen(host) && Object.isFrozen(host.extensions)) frozenHosts.set(host, json);
  return json;
}
