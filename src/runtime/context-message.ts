/** A context and a host as Rust reads them: JSON, in the field names of the specification. */
import type { Context, HostInfo } from "../core/context.ts";
import type { ComponentId } from "../core/id.ts";

const encoder = new TextEncoder();

function contextFields(id: ComponentId, context: Context): object {
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

/** For shutdown and notifications. The deadline travels in the descriptor. */
export function contextMessage(id: ComponentId, context: Context): Uint8Array {
  return encoder.encode(JSON.stringify(contextFields(id, context)));
}

/** For a start: the message's length, the message, and the configuration's own text, so that positions in errors hold. */
export function startMessage(id: ComponentId, context: Context, host: HostInfo, config: string): Uint8Array {
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
