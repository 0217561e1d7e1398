/**
 * Calls from Rust: puts each together, hands it to its handler, and sends the answer.
 *
 * ```text
 *   begun --its last piece came--> ready --next microtask--> running --handler settled--> answered
 *     '-- cancelled: answered        '-- cancelled: answered    '-- cancelled: its signal is aborted
 * ```
 *
 * Every call is answered once, those included whose caller has gone: Rust gives its place to the next one only then. On
 * a call's path: `event-ring` comes before; `sender` takes the answer. `runtime/src/host_calls` is the other side.
 */
import { type Context, callDepth, calledAs, type HandlerContext } from "../core/context.ts";
import { AbortedError, DeadlineError, FerruleError, messageOf } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import { ANSWER_OK, ANSWER_REFUSED, OP_ANSWER } from "../ring/layout.generated.ts";
import { privateBytes } from "../ring/private-bytes.ts";
import { violation } from "../ring/violation.ts";
import { monotonicNow, timerMax } from "./clock.ts";
import { describe } from "./codec.ts";
import { hostNumber } from "./context-message.ts";
import type { Engine } from "./engine.ts";
import { errorJson, type Place } from "./error-message.ts";
import { IncomingCall, viewOf } from "./incoming-call.ts";
import { Iterables } from "./iterables.ts";
import { HandledRequest } from "./request.ts";
import type { Callees, CallHandler, Handlers, StartOptions } from "./types.ts";

/** Bytes of the longest head. Twin of the one in `message.rs`. */
const HEAD_MAX = 512 * 1_024;
/** Bytes that name a call in each of its events; those that the first begins with. */
const NAME = 8;
const BEGINNING = 16;
const NOTHING = new Uint8Array(0);
const decoder = new TextDecoder();

/** What Rust says beside the payload. */
interface Head {
  /** Of an extension: the host, the extension, the method. */
  readonly host?: number;
  readonly id?: string;
  readonly method?: string;
  /** Of a function. */
  readonly function?: string;
  /** An iterable that a call passed. */
  readonly iterable?: number;
  /** Nobody wants more of it. */
  readonly ends?: boolean;
  readonly depth: number;
  /** Microseconds on CLOCK_MONOTONIC. */
  readonly deadline?: number;
  readonly caller?: Omit<Context, "signal" | "deadline">;
}

export interface HostCallsOptions {
  /** Bytes of the longest payload, in either direction. */
  readonly payloadMax: number;
  /** Carries the answers. */
  readonly engine: () => Engine;
}

/** Whom an instance may call of its host's. */
interface Served {
  callees: Callees | undefined;
}

export class HostCalls {
  /** Whose items Rust asks for. */
  readonly iterables: Iterables;
  readonly #options: HostCallsOptions;
  readonly #functions = new Map<string, CallHandler>();
  /** By number: one for each instance that was started there. */
  readonly #hosts = new Map<number, Set<Served>>();
  /** By index. */
  readonly #calls = new Map<number, IncomingCall>();
  #isOver = false;
  #taken = 0;
  #answered = 0;

  constructor(options: HostCallsOptions) {
    this.#options = options;
    this.iterables = new Iterables(options.payloadMax);
  }

  stats(): Record<string, number> {
    return { callsFromRust: this.#taken, answersToRust: this.#answered, answering: this.#calls.size };
  }

  /** @throws {FerruleError} `INVALID_ARGUMENT` */
  provide(name: string, handler: CallHandler): () => void {
    const refuse = (text: string): never => {
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
    };
    if (typeof name !== "string" || name === "") refuse("a function is provided under a name, a non-empty string");
    if (typeof handler !== "function") refuse(`function "${name}" must be a function, got ${messageOf(handler)}`);
    if (this.#functions.has(name)) refuse(`function "${name}" is provided already`);
    // A function of its own: the same handler may be provided anew, and the earlier one taken back once more.
    const own: CallHandler = (payload, context) => handler(payload, context);
    this.#functions.set(name, own);
    return () => {
      if (this.#functions.get(name) === own) this.#functions.delete(name);
    };
  }

  /** An extension of this host can call these, until the returned function is called. */
  serve({ host, callees }: Pick<StartOptions, "host" | "callees">): () => void {
    const number = host === undefined || callees === undefined ? 0 : hostNumber(host);
    if (callees === undefined || number === 0) return () => undefined;
    const own: Served = { callees };
    const served = this.#hosts.get(number) ?? new Set();
    this.#hosts.set(number, served);
    served.add(own);
    return () => {
      own.callees = undefined; // whoever keeps this function keeps nothing of the host
      served.delete(own);
      if (served.size === 0) this.#hosts.delete(number);
    };
  }

  /** The first event of a call. @throws {ProtocolError} */
  begin(event: Uint8Array): void {
    const view = viewOf(event, BEGINNING);
    const [index, generation] = [view.getUint32(0, true), view.getUint32(4, true)];
    const [headLength, total] = [view.getUint32(8, true), view.getUint32(12, true)];
    const piece = event.subarray(BEGINNING);
    const isSound = headLength <= HEAD_MAX && headLength <= total && piece.length <= total;
    if (!isSound || total > HEAD_MAX + this.#options.payloadMax) {
      throw violation(`event ring: a call has ${total} bytes, ${headLength} of head, and begins with ${piece.length}`);
    }
    if (this.#calls.has(index)) throw violation(`event ring: call ${index} begins, and is under way`);
    const body = piece.length === total ? piece : privateBytes(total);
    if (body !== piece) body.set(piece);
    const call = new IncomingCall(index, generation, headLength, body, piece.length);
    this.#taken++;
    this.#calls.set(index, call);
    if (call.isWhole) queueMicrotask(() => this.#run(call));
  }

  /** A further event of a call. @throws {ProtocolError} */
  goOn(event: Uint8Array): void {
    const call = this.#find(event);
    const piece = event.subarray(NAME);
    if (call === undefined || piece.length === 0 || call.filled + piece.length > call.body.length) {
      throw violation(`event ring: ${piece.length} bytes of a call do not belong to one`);
    }
    call.body.set(piece, call.filled);
    call.filled += piece.length;
    if (call.isWhole) queueMicrotask(() => this.#run(call));
  }

  /** A caller has gone. Its answer may be on its way. @throws {ProtocolError} */
  cancel(event: Uint8Array): void {
    const call = this.#find(event);
    if (call === undefined) return;
    call.abort.abort(new AbortedError("the call was aborted: its caller in Rust has gone"));
    if (!call.isWhole) this.#refuse(call, call.abort.signal.reason);
  }

  #find(event: Uint8Array): IncomingCall | undefined {
    const view = viewOf(event, NAME);
    const call = this.#calls.get(view.getUint32(0, true));
    return call?.generation === view.getUint32(4, true) ? call : undefined;
  }

  #run(call: IncomingCall): void {
    if (!this.#isPending(call)) return;
    const { signal } = call.abort;
    if (signal.aborted) {
      this.#refuse(call, signal.reason);
      return;
    }
    let place: Place = {};
    try {
      const head = JSON.parse(decoder.decode(call.body.subarray(0, call.headLength))) as Head;
      if (head.id !== undefined) place = { componentId: head.id, method: head.method ?? "" };
      const answer = this.#answerOf(call, head);
      if (!isThenable(answer)) {
        this.#settle(call, answer, place);
        return;
      }
      // What comes of an answer may throw as well: a getter of its author's, a proxy.
      Promise.resolve(answer)
        .then((value) => this.#settle(call, value, place))
        .catch((error: unknown) => this.#refuse(call, error, place));
    } catch (error) {
      this.#refuse(call, error, place);
    }
  }

  #answerOf(call: IncomingCall, head: Head): unknown {
    const { iterable, ends } = head;
    if (iterable === undefined) {
      return this.#handlerOf(head)(call.body.subarray(call.headLength), this.#contextOf(call, head));
    }
    if (ends !== true) return this.iterables.pull(iterable);
    this.iterables.close(iterable);
    return undefined;
  }

  #contextOf(call: IncomingCall, head: Head): HandlerContext {
    const { caller, deadline, depth, id, method } = head;
    const { signal } = call.abort;
    const name = id === undefined ? `function "${head.function}"` : `method "${method}" of extension ${id}`;
    const own = { ...caller, signal, [callDepth]: depth, [calledAs]: name };
    if (deadline === undefined) return own;
    const left = Math.min(Math.max(deadline / 1_000 - monotonicNow(), 0), timerMax);
    // Rust's word that the caller has gone may wait for space.
    call.timer = setTimeout(() => call.abort.abort(new DeadlineError("the deadline passed")), left).unref();
    return { ...own, deadline: left };
  }

  /** @throws {FerruleError} `UNKNOWN_FUNCTION`, `NOT_STARTED`, `UNKNOWN_METHOD`, or what `Callees` throw */
  #handlerOf({ host, id, method, function: name }: Head): CallHandler {
    if (id === undefined) {
      const handler = this.#functions.get(name ?? "");
      if (handler !== undefined) return handler;
      const known = [...this.#functions.keys()];
      const text = `no function "${name}" is provided; ${nearest(name, known)}the functions: ${known.join(", ") || "none"}`;
      throw new FerruleError("UNKNOWN_FUNCTION", text, { permanent: true });
    }
    const handlers = this.#handlersOf(host ?? 0, id);
    if (handlers === undefined) {
      const text = `extension ${id} is not started, or has no handlers`;
      throw new FerruleError("NOT_STARTED", text, { permanent: true });
    }
    if (method !== undefined && Object.hasOwn(handlers, method)) {
      const handler = handlers[method];
      if (typeof handler === "function") return handler.bind(handlers);
    }
    const known = Object.keys(handlers);
    const text = `extension ${id} has no method "${method}"; ${nearest(method, known)}its methods: ${known.join(", ") || "none"}`;
    throw new FerruleError("UNKNOWN_METHOD", text, { permanent: true });
  }

  #handlersOf(host: number, id: string): Handlers | undefined {
    for (const { callees } of this.#hosts.get(host) ?? []) {
      const handlers = callees?.(id);
      if (handlers !== undefined) return handlers;
    }
    return undefined;
  }

  #isPending(call: IncomingCall): boolean {
    return !this.#isOver && this.#calls.get(call.index) === call;
  }

  #settle(call: IncomingCall, answer: unknown, place: Place): void {
    const { payloadMax } = this.#options;
    if (answer !== undefined && !(answer instanceof Uint8Array)) {
      const text = `the handler answered ${describe(answer)}, and not bytes (a Uint8Array) or nothing`;
      const hint = "valuesHandler() makes one that answers values";
      this.#refuse(call, new FerruleError("CODEC_ERROR", `${text}; ${hint}`, { permanent: true }), place);
    } else if (answer !== undefined && answer.length > payloadMax) {
      const text = `result of ${answer.length} bytes, at most ${payloadMax}`;
      this.#refuse(call, new FerruleError("RESULT_TOO_LARGE", text, { permanent: true }), place);
    } else {
      this.#answer(call, ANSWER_OK, answer ?? NOTHING);
    }
  }

  #refuse(call: IncomingCall, error: unknown, place?: Place): void {
    if (this.#isPending(call)) this.#answer(call, ANSWER_REFUSED, errorJson(error, place));
  }

  #answer(call: IncomingCall, code: number, payload: Uint8Array): void {
    if (!this.#isPending(call)) return;
    this.#calls.delete(call.index);
    clearTimeout(call.timer);
    this.#answered++;
    const { index: handleIndex, generation: handleGeneration } = call;
    const target = { operation: OP_ANSWER, handleIndex, handleGeneration, method: code };
    const engine = this.#options.engine();
    // Nobody waits for what becomes of it: a lane that ends tells Rust's callers by itself.
    engine.submit(new HandledRequest(engine, target, payload, {}, { onOutcome: nobody, onFailure: nobody }));
  }

  /** The lane is over: handlers that run are told, and nobody hears what they answer. */
  end(error: FerruleError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#functions.clear();
    this.#hosts.clear();
    this.iterables.end(error);
    for (const call of calls) {
      clearTimeout(call.timer);
      call.abort.abort(error);
    }
  }
}

function nobody(): void {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function nearest(word: string | undefined, known: readonly string[]): string {
  const hint = word === undefined ? undefined : didYouMean(word, known);
  return hint === undefined ? "" : `${hint} `;
}
