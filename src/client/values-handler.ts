/** Handlers of calls from Rust that take and answer values: the other side of `host.ask` in `runtime/sdk/src/host.rs`. */
import { calledAs, type HandlerContext } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { pack, unpack } from "../runtime/codec.ts";
import type { CallHandler } from "../runtime/types.ts";
import { widen } from "./values.ts";

/**
 * Answers a call from Rust with a value, or with nothing.
 * @param value as Rust wrote it: a tuple is an array; an integer is a number while it is safe, and a bigint beyond
 */
export type ValuesHandler<Value, Answer> = (value: Value, context: HandlerContext) => Answer | PromiseLike<Answer>;

/**
 * A handler of values, as `runtime.provide`, a client's `functions` and an extension's `handlers` take it:
 *
 * ```ts
 * runtime.provide("price", valuesHandler(([sku, count]: [string, number]) => count * priceOf(sku)));
 * ```
 *
 * In Rust that is `host.ask::<u64>("price", &(sku, count), &context).await?`. Which types travel, and as what, is the
 * same as for typed methods. The types of the handler are what you say they are: nothing checks what Rust sends, and
 * Rust checks what you answer.
 */
export function valuesHandler<Value, Answer>(handler: ValuesHandler<Value, Answer>): CallHandler {
  if (typeof handler !== "function") {
    const text = `valuesHandler takes a function, got ${messageOf(handler)}`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  }
  return async (payload, context) => {
    const value = read(payload, context) as Value;
    return written(await handler(value, context), context);
  };
}

/** @throws {FerruleError} `CODEC_ERROR` */
function read(payload: Uint8Array, context: HandlerContext): unknown {
  try {
    return payload.length === 0 ? null : unpack(payload);
  } catch (cause) {
    const got = `${payload.length} bytes that are none: ${messageOf(cause)}`;
    throw refused(`${nameOf(context)} takes a value, as host.ask() sends it, got ${got}`, cause);
  }
}

/** @throws {FerruleError} `CODEC_ERROR` */
function written(answer: unknown, context: HandlerContext): Uint8Array {
  if (typeof answer === "function" || typeof answer === "symbol") {
    throw refused(`${nameOf(context)} answered a ${typeof answer}, which is no value that Rust can read`);
  }
  try {
    return pack(widen(answer));
  } catch (cause) {
    throw refused(`${nameOf(context)} answered what cannot be written: ${messageOf(cause)}`, cause);
  }
}

function nameOf(context: HandlerContext): string {
  return context?.[calledAs] ?? "the handler";
}

function refused(text: string, cause?: unknown): FerruleError {
  return new FerruleError("CODEC_ERROR", text, { permanent: true, cause });
}
