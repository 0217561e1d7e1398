/** What a connector sends to: all pipelines behind it, or those that it names. */
import type { Consumer, Router, TelemetryData } from "../component/consumer.ts";
import type { Context } from "../core/context.ts";
import { FerruleError } from "../core/errors.ts";
import type { PipelineId } from "../core/pipeline-id.ts";
import { quote } from "../core/quote.ts";
import { fanOut } from "./fan-out.ts";

/** One of the pipelines behind a connector. */
export interface Branch {
  readonly pipeline: PipelineId;
  readonly consumer: Consumer;
}

/** Sends to every branch, unless it is asked for some of them. */
export class BranchRouter implements Router {
  readonly #branches: readonly Branch[];
  readonly #all: Consumer;

  constructor(branches: readonly Branch[]) {
    this.#branches = branches;
    this.#all = fanOut(branches.map(({ consumer }) => consumer));
  }

  get pipelineIds(): readonly PipelineId[] {
    return this.#branches.map(({ pipeline }) => pipeline);
  }

  get mutatesData(): boolean {
    return this.#all.mutatesData;
  }

  consume(context: Context, data: TelemetryData): Promise<void> {
    return this.#all.consume(context, data);
  }

  consumer(...pipelines: readonly PipelineId[]): Consumer {
    if (pipelines.length === 0) throw invalid("missing consumers");
    const names = pipelines.map(String);
    const found = names.map((name) => this.#branches.find(({ pipeline }) => pipeline.toString() === name));
    const missing = names.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) throw invalid(missing.map((name) => `missing consumer: ${quote(name)}`).join("; "));
    return fanOut(found.map((branch) => branch!.consumer));
  }
}

function invalid(text: string): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
}
