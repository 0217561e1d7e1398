/** Names of pipelines: `signal` or `signal/name`, with the grammar and the texts of the Collector. */
import { invalidId, splitId } from "./id.ts";
import { quote } from "./quote.ts";
import { isSignal, type Signal } from "./signal.ts";

/** Which pipeline: what it carries, and a name where there are several of one signal. */
export class PipelineId {
  readonly signal: Signal;
  /** Empty when the id is the signal alone. */
  readonly name: string;

  constructor(signal: Signal, name = "") {
    this.signal = signal;
    this.name = name;
  }

  /** Reads `signal` or `signal/name`. The first slash splits; white space around both parts is dropped.
   * @throws {FerruleError} `INVALID_ID` */
  static parse(text: string): PipelineId {
    const [signal, name] = splitId(text);
    if (!isSignal(signal)) throw invalidId(`in ${quote(text)} id: unknown pipeline signal: ${quote(signal)}`);
    return new PipelineId(signal, name);
  }

  /** `signal` or `signal/name`. */
  toString(): string {
    return this.name === "" ? this.signal : `${this.signal}/${this.name}`;
  }

  /** Ids are written into JSON as their text. */
  toJSON(): string {
    return this.toString();
  }
}
