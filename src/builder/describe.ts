/** Asks what was built for what it holds. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ExtensionFactory } from "../component/extension.ts";
import { FerruleError } from "../core/errors.ts";
import type { ComponentInfo } from "../runtime/types.ts";
import { buildError } from "./build-error.ts";

export interface DescribeQuestion {
  /** Of the distribution: the title of its schema. */
  readonly name: string;
  /** Path of the library; none when there is no Rust in it. */
  readonly library?: string;
  /** URL of a module that exports {@link PackageFactories} as `packages`. */
  readonly packages?: string;
}

/** What the generated module of a distribution says of one npm package. */
export interface PackageFactories {
  readonly name: string;
  readonly version: string;
  readonly factories: readonly ExtensionFactory[];
}

export interface DescribeAnswer {
  /** What the library says of itself, by type: all that it says, also what this version does not know. */
  readonly extensions: readonly ComponentInfo[];
  readonly packages: readonly {
    readonly name: string;
    readonly types: readonly { readonly type: string; readonly stability: string }[];
  }[];
  /** JSON Schema of a service's file. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const CHILD = fileURLToPath(new URL("./describe-child.js", import.meta.url));

/** Reads it in a process of its own.
 * @throws {FerruleError} with the code that reading it gave, or `BUILD_FAILED` when it ended the process */
export function describe(question: DescribeQuestion): Promise<DescribeAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(question)], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const answer = parse(printed);
      if (answer === undefined) {
        const how = signal ?? `exit code ${code}`;
        reject(buildError(`the process that read ${question.library ?? question.packages} ended by itself: ${how}`));
      } else if ("error" in answer) {
        reject(new FerruleError(answer.error.code, answer.error.message, { permanent: true }));
      } else resolve(answer);
    });
  });
}

/** What the child printed; a library may print before it. */
function parse(printed: string): DescribeAnswer | { error: { code: string; message: string } } | undefined {
  try {
    return JSON.parse(printed.slice(printed.lastIndexOf("\n") + 1));
  } catch {
    return undefined;
  }
}
