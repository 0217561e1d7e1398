/** What a provider found. */
import { messageOf } from "../core/errors.ts";
import { goType } from "./go-type.ts";
import { type ConfNode, EMPTY_MAP, fromValue, type MapNode, scalar } from "./node.ts";
import { InvalidConfigError, type Spot } from "./problem.ts";
import { readYaml, YamlError } from "./yaml.ts";

/** How a provider makes a {@link Retrieved}. */
export interface RetrievedOptions {
  /** A path or a URI, when the text has lines that a person can look at: errors point there. */
  readonly source?: string;
  /** Releases what was opened for this value, a watcher above all. Called once. */
  readonly close?: () => void | Promise<void>;
}

/** A value, the text that it was read from, and how to let go of it. */
export class Retrieved {
  /** @internal */
  readonly node: ConfNode;
  /** What stands in the middle of other text; undefined when the value has no text of its own. */
  readonly text: string | undefined;
  readonly #hint: { readonly text: string; readonly spot: Spot } | undefined;
  #close: RetrievedOptions["close"];

  private constructor(
    node: ConfNode,
    text: string | undefined,
    { close }: RetrievedOptions,
    hint?: { readonly text: string; readonly spot: Spot },
  ) {
    this.node = node;
    this.text = text;
    this.#close = close;
    this.#hint = hint;
  }

  /** Reads YAML. A text that is none is taken as it is: whether that will do is for its reader to say.
   * @param yaml text, or bytes of UTF-8
   * @throws {InvalidConfigError} for a value that no configuration holds */
  static fromYaml(yaml: string | Uint8Array, options: RetrievedOptions = {}): Retrieved {
    const { text, valid } = typeof yaml === "string" ? { text: yaml, valid: true } : decode(yaml);
    try {
      if (!valid) throw new YamlError("invalid UTF-8 text", undefined);
      const node = readYaml(text, options.source);
      // A text that reads as text is itself, with its quotes and spaces.
      if (node.kind === "scalar" && node.type === "string") {
        return new Retrieved(scalar(text, node.place, "string"), text, options);
      }
      return new Retrieved(checked(node), text, options);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const hint = `assuming string type since contents are not valid YAML: ${error.message}`;
      return new Retrieved(scalar(text), text, options, { text: hint, spot: { place: error.place } });
    }
  }

  /** A value that has no text, but for text itself.
   * @throws {FerruleError} `CONFIG_INVALID` for a value that holds itself */
  static fromValue(value: unknown, options: RetrievedOptions = {}): Retrieved {
    return new Retrieved(checked(fromValue(value)), typeof value === "string" ? value : undefined, options);
  }

  /** The value as a whole configuration. Nothing at all is an empty one.
   * @internal
   * @throws {InvalidConfigError} when it is no map */
  asMap(): MapNode {
    const { node } = this;
    if (node.kind === "map") return node;
    if (node.kind === "scalar" && node.value === null) return { ...EMPTY_MAP, place: node.place };
    const text = `retrieved value (type=${goType(node)}) cannot be used as a Conf`;
    const hint = this.#hint === undefined ? "" : `: ${this.#hint.text}`;
    throw new InvalidConfigError("resolve", [
      { text: text + hint, spots: [this.#hint?.spot ?? { place: node.place }] },
    ]);
  }

  /** Lets go of what was opened for it. */
  async close(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }
}

function decode(bytes: Uint8Array): { text: string; valid: boolean } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), valid: true };
  } catch {
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), valid: false };
  }
}

/** A few types are values in a map, and refused on their own. */
function checked(node: ConfNode): ConfNode {
  const type = goType(node);
  const key = node.kind === "map" ? node.general : undefined;
  if (type !== "uint64" && key === undefined) return node;
  const text = `unsupported type=${type} for retrieved config, ensure that values are wrapped in quotes`;
  const hint = key === undefined ? undefined : "this key is no text: put it in quotes";
  throw new InvalidConfigError("resolve", [{ text, spots: [{ place: key?.place ?? node.place, hint }] }]);
}

/** An error of any kind as a mistake in the configuration. */
export function refusal(error: unknown, spot: Spot = {}, frame = ""): InvalidConfigError {
  const problems =
    error instanceof InvalidConfigError
      ? error.problems.map(({ text, spots }) => ({ text: frame + text, spots: spots.map((own) => filled(own, spot)) }))
      : [{ text: frame + messageOf(error), spots: [spot] }];
  return new InvalidConfigError("resolve", problems, error);
}

/** What is known of a spot, and what is known of where it was met. */
function filled(own: Spot, around: Spot): Spot {
  return { place: own.place ?? around.place, path: own.path ?? around.path, hint: own.hint ?? around.hint };
}
