/** Starting an instance: one trip through the ring, and nothing left behind however it ends. */
import { AbortedError, FerruleError, messageOf } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { toConfigJson } from "../core/json.ts";
import type { Logger } from "../core/logger.ts";
import * as layout from "../ring/layout.generated.ts";
import { contextMessage, startMessage } from "./context-message.ts";
import { type ExtensionOwner, RuntimeExtension } from "./extension.ts";
import { outcomeError, withPrefix } from "./outcome.ts";
import { abortedError, HandledRequest, isAborted, type Outcome } from "./request.ts";
import type { ComponentInfo, StartOptions } from "./types.ts";

const CALL_FAILED = "rust extension start call failed: ";
const PREFIXES = { refused: "rust extension start failed: ", failed: CALL_FAILED };
const NO_HOST = Object.freeze({
  buildVersion: "",
  buildCommand: "",
  buildTimestamp: "",
  extensions: Object.freeze([]),
});
const decoder = new TextDecoder();

interface Handle {
  readonly index: number;
  readonly generation: number;
}

export interface Starter extends ExtensionOwner {
  readonly components: readonly ComponentInfo[];
  readonly logger: Logger;
}

export async function startExtension(
  starter: Starter,
  id: string,
  config: unknown,
  options: StartOptions,
): Promise<RuntimeExtension> {
  const unserve = starter.calls.serve(options); // before the start, which may call
  const gone = (extension: RuntimeExtension): void => {
    unserve();
    starter.gone(extension);
  };
  try {
    return await start({ ...starter, gone }, id, config, options);
  } catch (error) {
    unserve();
    throw error;
  }
}

async function start(starter: Starter, id: string, config: unknown, options: StartOptions): Promise<RuntimeExtension> {
  if (typeof id !== "string") {
    throw new FerruleError("INVALID_ID", `id must be a string, got ${messageOf(id)}`, { permanent: true });
  }
  const parsed = ComponentId.parse(id);
  const componentId = parsed.toString();
  const method = starter.components.findIndex((component) => component.type === parsed.type);
  const info = starter.components[method];
  if (info === undefined) {
    const known = starter.components.map((component) => component.type).join(", ");
    const text = `${CALL_FAILED}unknown type "${parsed.type}", the library has: ${known}`;
    throw new FerruleError("UNKNOWN_TYPE", text, { componentId, permanent: true });
  }
  if (isAborted(options.signal)) {
    throw abortedError(`${CALL_FAILED}context was already cancelled`, options.signal, componentId);
  }
  const handle = await new Promise<Handle>((resolve, reject) => {
    const target = { operation: layout.OP_CREATE_AND_START, handleIndex: 0, handleGeneration: 0, method };
    const { engine } = starter;
    try {
      const text = configText(config);
      const payload = startMessage(parsed, options, options.host ?? NO_HOST, text);
      const request = new HandledRequest(engine, target, payload, options, {
        onOutcome: (outcome) => {
          if (outcome.status === layout.STATUS_OK) resolve(readHandle(outcome));
          else reject(outcomeError(outcome, componentId, PREFIXES));
        },
        onFailure: (error) => reject(withPrefix(describeAbort(error, options), CALL_FAILED, componentId)),
        onLate: (outcome) => shutDownLate(starter, parsed, outcome),
      });
      engine.submit(request);
    } catch (error) {
      reject(withPrefix(error, CALL_FAILED, componentId));
    }
  });
  return new RuntimeExtension(starter, parsed, handle, info.methods, true);
}

function configText(config: unknown): string {
  if (typeof config === "string") return config;
  if (typeof config === "object") return toConfigJson(config ?? {});
  const found = `config must be a value that JSON can hold, got ${typeof config}`;
  throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
}

function readHandle({ payload }: Outcome): Handle {
  return JSON.parse(decoder.decode(payload)) as Handle;
}

/** A start's caller speaks of its context, not of a call. */
function describeAbort(error: unknown, { signal }: StartOptions): unknown {
  return error instanceof AbortedError && signal !== undefined ? abortedError("context was cancelled", signal) : error;
}

/** Rust had started the instance before it saw that the caller was gone: nobody else will end it. */
function shutDownLate(starter: Starter, id: ComponentId, outcome: Outcome): void {
  if (outcome.status !== layout.STATUS_OK) return;
  const { index, generation } = readHandle(outcome);
  const target = { operation: layout.OP_SHUTDOWN, handleIndex: index, handleGeneration: generation, method: 0 };
  const component = id.toString();
  const report = (error: unknown): void => {
    starter.logger.error({ component, error }, "shutdown after a cancelled start failed");
  };
  const request = new HandledRequest(
    starter.engine,
    target,
    contextMessage(id, {}),
    {},
    {
      onOutcome: (ended) => {
        if (ended.status !== layout.STATUS_OK) report(outcomeError(ended, component));
      },
      onFailure: report,
    },
  );
  starter.engine.submit(request);
}
