/** A context and a host as Rust reads them: JSON, in the field names of the specification. */
import type { Context, HostInfo } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";

const encoder = new TextEncoder();

function contextFields(id: ComponentId, context: Context): object {
  checkContext(context);
  return {
    component_id: id.toString(),
    component_type: id.type,
    component_name: id.name,
    cancelled: context.signal?.aborted ?? false,
    metadata: context.metadata ?? {},
    trace_id: context.traceId ?? "",
    span_id: context.spanId ?? "",
    flags: context.traceFlags ?? 0,
  };
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
  return encoder.encode(JSON.stringify(contextFields(id, context)));
}

/**
 * For a start: the message's length, the message, and the configuration's own text, so that positions in errors hold.
 */
export function startMessage(id: ComponentId, context: Context, host: HostInfo, config: string): Uint8Array {
  if (!Array.isArray(host?.extensions)) {
    const found = `host must hold build information and a list of extensions, got ${messageOf(host)}`;
    throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
  }
  const message = encoder.encode(
    JSON.stringify({
      context: contextFields(id, context),
      host: {
        build_version: host.buildVersion,
        build_command: host.buildCommand,
        build_timestamp: host.buildTimestamp,
        extension_count: host.extensions.length,
        extensions: host.extensions,
      },
    }),
  );
  const text = encoder.encode(config);
  const payload = new Uint8Array(4 + message.length + text.length);
  new DataView(payload.buffer).setUint32(0, message.length, true);
  payload.set(message, 4);
  payload.set(text, 4 + message.length);
  return payload;
}
