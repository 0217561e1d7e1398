/** The generated client of the test library's typed extension: written into a project of its own, compiled, loaded. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type OpenOptions, open, type Runtime } from "../../dist/index.js";
import { type GeneratedFile, type GeneratorOptions, generateClient } from "../../dist/typegen/index.js";
import { ROOT } from "./markdown.ts";
import { NEAR_WRAP, testLibrary } from "./runtime.ts";

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const FLAGS = [
  "--strict",
  "--target",
  "es2022",
  "--module",
  "nodenext",
  "--lib",
  "es2023,esnext.disposable",
  "--noUncheckedIndexedAccess",
  "--exactOptionalPropertyTypes",
  "--noUnusedLocals",
  "--erasableSyntaxOnly",
  "--types",
  "node",
  "--typeRoots",
  join(ROOT, "node_modules/@types"),
];

/** The client's files. */
export async function typedFiles(options?: GeneratorOptions): Promise<GeneratedFile[]> {
  const runtime = await open(testLibrary);
  const files = generateClient(runtime.components(), options);
  await runtime.close();
  return files;
}

/** The file of a client. */
export async function typedFile(path = "typed.ts"): Promise<GeneratedFile> {
  const file = (await typedFiles()).find((each) => each.path === path);
  if (file === undefined) throw new Error(`the test library has no client ${path}`);
  return file;
}

/** A directory in which ferrule is installed. */
export class Project {
  readonly directory = mkdtempSync(join(tmpdir(), "ferrule-client-"));

  constructor() {
    writeFileSync(join(this.directory, "package.json"), '{ "type": "module" }');
    mkdirSync(join(this.directory, "node_modules"));
    symlinkSync(ROOT, join(this.directory, "node_modules/ferrule"));
  }

  /** Compiles files. @returns what the compiler says: the code and the text of each mistake, by file and line */
  compile(files: Readonly<Record<string, string>>): string[] {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.directory, name), text);
    try {
      const args = [TSC, ...FLAGS, ...Object.keys(files)];
      execFileSync(process.execPath, args, { cwd: this.directory, encoding: "utf8" });
      return [];
    } catch (error) {
      const said = String((error as { stdout: string }).stdout).split("\n");
      return said.filter((line) => line.includes("error TS"));
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A client's module, compiled. */
// biome-ignore lint/suspicious/noExplicitAny: its types are those of a file that is not there yet
export async function loadTyped(project: Project, file?: string): Promise<any> {
  const { path, text } = await typedFile(file);
  const mistakes = project.compile({ [path]: text });
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  return import(join(project.directory, path.replace(/\.ts$/, ".js")));
}

/** The test library and its typed client, while a file's tests run. */
export class TypedSuite {
  // biome-ignore lint/suspicious/noExplicitAny: generated
  client: any;
  runtime!: Runtime;

  constructor(options: OpenOptions = {}) {
    const project = new Project();
    beforeAll(async () => {
      this.client = await loadTyped(project);
      this.runtime = await open(testLibrary, { ...NEAR_WRAP, ...options });
    });
    afterAll(async () => {
      await this.runtime.close();
      project.remove();
    });
  }

  /** An instance for one test, which ends with it and leaves nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: generated
  async start(): Promise<any> {
    const typed = await this.runtime.start(this.client.Typed, {});
    onTestFinished(async () => {
      await (typed as unknown as { shutdown(): Promise<void> }).shutdown();
      while ((this.runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
      expect(this.runtime.stats()).toMatchObject({ inFlight: 0, waiting: 0, answering: 0, safetyTimerHits: 0 });
    });
    return typed;
  }
}
