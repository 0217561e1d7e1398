/** The engine over plain memory, with a hand-driven Rust side that may write whatever it likes. */
import type { FerruleError } from "../../dist/core/errors.js";
import type { First, Header } from "../../dist/ring/header.js";
import * as layout from "../../dist/ring/layout.generated.js";
import { violation } from "../../dist/ring/violation.js";
import { Words } from "../../dist/ring/words.js";
import { CallTarget } from "../../dist/runtime/call-target.js";
import { Engine } from "../../dist/runtime/engine.js";
import { HandledRequest, type Outcome } from "../../dist/runtime/request.js";

export const NO_FIRST: First = { cursor: 0, byteCursor: 0, generation: 0 };

/** Of the first call: those before it are kept for others. */
const FIRST_SLOT = layout.LIFECYCLE_SLOT_COUNT + layout.ANSWER_SLOT_COUNT + layout.NESTED_SLOT_COUNT;

const LIMITS = { payloadMax: 16 * 2 ** 20, heldMax: 64 * 2 ** 20 };

/** Memory as Rust hands it over. */
export function freshWords(first: First): Words {
  const words = new Words(new ArrayBuffer(layout.REGION_SIZE));
  const cursors = [
    layout.OFFSET_REQUEST_TAIL,
    layout.OFFSET_REQUEST_HEAD,
    layout.OFFSET_COMPLETION_TAIL,
    layout.OFFSET_COMPLETION_HEAD,
    layout.OFFSET_EVENT_TAIL,
    layout.OFFSET_EVENT_HEAD,
    layout.OFFSET_REQUEST_CELL_TAIL,
    layout.OFFSET_REQUEST_CELL_HEAD,
    layout.OFFSET_COMPLETION_CELL_TAIL,
    layout.OFFSET_COMPLETION_CELL_HEAD,
  ];
  for (const offset of cursors) words.store(offset, first.cursor);
  const bytes = [layout.OFFSET_REQUEST_BYTE_HEAD, layout.OFFSET_COMPLETION_BYTE_HEAD, layout.OFFSET_EVENT_BYTE_HEAD];
  for (const offset of bytes) words.store(offset, first.byteCursor);
  return words;
}

export interface Claim {
  readonly slot?: number;
  readonly generation?: number;
  readonly status?: number;
  readonly length?: number;
  readonly position?: number;
  readonly bytes?: boolean;
  readonly eventTail?: number;
  readonly fill?: number;
}

/**
 * A Rust side that writes what it is told, and rings. The first call's slot and generation are what it writes by
 * default.
 */
export class Rust {
  readonly #words: Words;
  readonly #ring: () => void;
  #completions = 0;
  #events = 0;

  constructor(words: Words, ring: () => void) {
    this.#words = words;
    this.#ring = ring;
  }

  complete(claim: Claim): void {
    const { plain, bytes } = this.#words;
    const at = (layout.OFFSET_COMPLETION_ENTRIES >>> 2) + (this.#completions & (layout.ENTRY_COUNT - 1)) * 16;
    plain[at + layout.WORD_TAG] = (claim.status ?? layout.STATUS_OK) | (claim.bytes ? layout.FLAG_BYTES : 0);
    plain[at + layout.WORD_LENGTH] = claim.length ?? 0;
    plain[at + layout.WORD_POSITION] = claim.position ?? 0;
    plain[at + layout.WORD_COMPLETION_SLOT] = claim.slot ?? FIRST_SLOT;
    plain[at + layout.WORD_COMPLETION_GENERATION] = claim.generation ?? 1;
    plain[at + layout.WORD_COMPLETION_EVENT_TAIL] = claim.eventTail ?? 0;
    if (claim.fill !== undefined) {
      const start = layout.OFFSET_COMPLETION_BYTES + (claim.position ?? 0);
      bytes.fill(claim.fill, start, start + (claim.length ?? 0));
    }
    this.publishCompletions(this.#completions + 1);
  }

  publishCompletions(tail: number): void {
    this.#completions = tail;
    this.#words.store(layout.OFFSET_COMPLETION_TAIL, tail);
    this.#ring();
  }

  event(kind: number, text: string, rings = true): void {
    const { plain, bytes } = this.#words;
    const at = (layout.OFFSET_EVENT_ENTRIES >>> 2) + this.#events * 16;
    plain[at + layout.WORD_TAG] = kind;
    plain[at + layout.WORD_LENGTH] = text.length;
    bytes.set(Buffer.from(text), (at + layout.WORD_EVENT_INLINE) * 4);
    this.#events++;
    this.#words.store(layout.OFFSET_EVENT_TAIL, this.#events);
    if (rings) this.#ring();
  }
}

/** @param heard gets the texts of log events */
export function engineOver(words: Words, first: First = NO_FIRST, heard: string[] = []) {
  const end = (error: FerruleError): void => engine.end(error);
  const header: Header = { ...LIMITS, ...first };
  const engine: Engine = new Engine(words, header, {
    whenFull: "wait",
    waitingMax: 1_000,
    wake: () => {},
    wait: () => {},
    onStuck: () => {},
    onEvent: (kind, payload) => {
      const text = Buffer.from(payload).toString();
      if (kind === layout.EVENT_FAULT) end(violation(text));
      else if (kind === layout.EVENT_LOG) heard.push(text);
      else end(violation(`event ring: kind is ${kind}`));
    },
    onHold: () => {},
    onFault: end,
  });
  const info = { name: "call", description: "", form: "bytes", blocking: false } as const;
  const target = new CallTarget("test", { index: 0, generation: 1 }, 0, info);
  const send = () =>
    new Promise<Outcome>((onOutcome, onFailure) => {
      engine.submit(new HandledRequest(engine, target, new Uint8Array(0), {}, { onOutcome, onFailure }));
    });
  return {
    engine,
    rust: new Rust(words, () => engine.ring()),
    /** Adds "settled" to what was heard at the very moment of its settlement. */
    callAndListen: () => {
      const handlers = { onOutcome: () => heard.push("settled"), onFailure: () => heard.push("failed") };
      engine.submit(new HandledRequest(engine, target, new Uint8Array(0), {}, handlers));
    },
    /** Resolves with the status. */
    call: async () => (await send()).status,
    callForBytes: async () => (await send()).payload,
    /** Any request, with what limits it. */
    request: (operation: number, limits: { readonly signal: AbortSignal; readonly into?: Uint8Array }) =>
      new Promise<Outcome>((onOutcome, onFailure) => {
        const handlers = { onOutcome, onFailure };
        engine.submit(new HandledRequest(engine, target.as(operation), new Uint8Array(0), limits, handlers));
      }),
  };
}
