/** A context and a host as Rust reads them: JSON, in the field names of the specification. */
import type { Context, HostInfo } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";

const NO_REQUEST = '"metadata":{},"trace_id":"","span_id":"","flags":0';

/** By hand where it is the same for most callers: it is written twice for each instance. */
function contextJson(id: ComponentId, context: Context): string {
  const names = `"component_type":${JSON.stringify(id.type)},"component_name":${JSON.stringify(id.name)}`;
  const component = `"component_id":${JSON.stringify(id.toString())},${names}`;
  return `{${component},"cancelled":${context.signal?.aborted === true},${requestJson(context)}}`;
}

function requestJson(context: Context): string {
  checkContext(context);
  const { metadata, traceId, spanId, traceFlags } = context;
  if ((metadata ?? traceId ?? spanId ?? traceFlags) === undefined) return NO_REQUEST;
  const fields = { metadata: metadata ?? {}, trace_id: traceId ?? "", span_id: spanId ?? "", flags: traceFlags ?? 0 };
  return JSON.stringify(fields).slice(1, -1);
}

/** Bytes of the largest metadata, as JSON. */
const METADATA_MAX = 64 * 1024;

/** @throws {FerruleError} `INVALID_ARGUMENT` for what Rust could not read */
function checkContext({ metadata, traceId, spanId, traceFlags }: Context): void {
  const refuse = (text: string): never => {
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  };
  if (traceFlags !== undefined && !(Number.isInteger(traceFlags) && traceFlags >= 0 && traceFlags <= 255)) {
    refuse(`traceFlags must be a whole number from 0 to 255, got ${messageOf(traceFlags)}`);
  }
  for (const [name, value] of Object.entries({ traceId, spanId })) {
    if (value !== undefined && !isText(value)) refuse(`${name} must be a string, got ${messageOf(value)}`);
  }
  for (const [key, values] of Object.entries(metadata ?? {})) {
    const whole = isText(key) && Array.isArray(values) && values.every(isText);
    if (!whole) refuse(`metadata must hold lists of well-formed strings, and "${key}" does not`);
  }
  const size = JSON.stringify(metadata ?? {}).length;
  if (size > METADATA_MAX) refuse(`metadata of ${size} bytes, at most ${METADATA_MAX}`);
}

/** A string that UTF-8 can hold: no half of a surrogate pair stands alone. */
function isText(value: unknown): boolean {
  return typeof value === "string" && !/\p{Surrogate}/u.test(value);
}

/** For shutdown and notifications. The deadline travels in the descriptor. */
export function contextMessage(id: ComponentId, context: Context): Uint8Array {
  return Buffer.from(contextJson(id, context));
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
  });
  if (Object.isFrozen(host) && Object.isFrozen(host.extensions)) frozenHosts.set(host, json);
  return json;
}
