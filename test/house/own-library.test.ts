/** A reader's own crate, from `docs/own-library.md` alone: every file and command of it, then a long run against it. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open } from "../../dist/index.js";
import { type Block, blocksOf, ROOT } from "../support/markdown.ts";
import { NEAR_WRAP, rejection } from "../support/runtime.ts";

const run = promisify(execFile);
const blocks = blocksOf("docs/own-library.md");
const files = blocks.filter(({ info }) => info.startsWith("file="));
const commands = blocks.filter(({ language }) => language === "sh");
const directory = mkdtempSync(join(tmpdir(), "ferrule-own-"));
const library = join(directory, "counter/target/release/libcounter.so");

async function sh({ text }: Block): Promise<string> {
  const { stdout } = await run("sh", ["-ec", text], { cwd: directory, maxBuffer: 2 ** 24 });
  return stdout;
}

beforeAll(async () => {
  symlinkSync(ROOT, join(directory, "ferrule"));
  await sh(commands[0] as Block);
  for (const { info, text } of files) writeFileSync(join(directory, info.slice("file=".length)), text);
  // What the crate builds is kept between runs: a second one compiles nothing.
  const kept = join(ROOT, "target/own-library");
  mkdirSync(kept, { recursive: true });
  symlinkSync(kept, join(directory, "counter/target"));
  await sh(commands[1] as Block);
}, 600_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the page's files and commands are those that this test knows", () => {
  expect(files.map(({ info }) => info)).toEqual([
    "file=counter/Cargo.toml",
    "file=counter/src/lib.rs",
    "file=counter/main.js",
    "file=counter/service.yaml",
  ]);
  expect(commands).toHaveLength(7);
});

test("its script prints what its comments say", async () => {
  await sh(commands[2] as Block);
  const source = files.find(({ info }) => info === "file=counter/main.js")?.text ?? "";
  const expected = [...source.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, said]) => said);
  expect((await sh(commands[3] as Block)).trim().split("\n")).toEqual(expected);
  expect(await sh(commands[4] as Block)).toContain("- name: counter");
  await sh(commands[5] as Block);
});

test("its service runs, dependencies first, and stops in reverse on SIGTERM", async () => {
  const { text, info } = commands[6] as Block;
  expect(info).toBe("service");
  const script = text.trim().replace("npx ferrule", `exec ${process.execPath} node_modules/ferrule/dist/cli/bin.js`);
  const child = spawn("sh", ["-ec", script], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    if (!log.includes("service is ready") && (log + chunk).includes("service is ready")) child.kill("SIGTERM");
    log += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code, log).toBe(0);
  const order = log.split("\n").filter((line) => /"status":"(OK|Stopped)"/.test(line));
  const ids = order.map((line) => (JSON.parse(line) as { component: string }).component);
  expect(ids).toEqual(["counter/visits", "counter/errors", "counter/errors", "counter/visits"]);
}, 120_000);

test("a hundred thousand mixed calls from three instances: every promise settles once, and both sides count the same", async () => {
  const runtime = await open(library, NEAR_WRAP);
  const starts = [{ first: 0 }, { first: 1_000 }, { first: 5, limit: 20_000 }];
  const counters = await Promise.all(starts.map((config, index) => runtime.start(`counter/${index}`, config)));
  const totals = starts.map(({ first }) => first);
  const sent = [0, 0, 0];
  let settled = 0;
  let aborted = 0;
  const one = async (number: number): Promise<void> => {
    const index = number % 3;
    const counter = counters[index];
    if (counter === undefined) throw new Error("three counters");
    switch (number % 11) {
      case 0: {
        const bytes = new Uint8Array((number * 7) % 5_000).fill(number & 0xff);
        expect(Buffer.compare((await counter.call("echo", bytes)) as Uint8Array, bytes)).toBe(0);
        break;
      }
      case 1: {
        const controller = new AbortController();
        const waiting = rejection(counter.call("wait", 60_000, { signal: controller.signal }));
        setImmediate(() => controller.abort());
        expect((await waiting).code).toBe("ABORTED");
        aborted++;
        break;
      }
      default:
        try {
          await counter.call("add", number % 5);
          totals[index] = (totals[index] ?? 0) + (number % 5);
        } catch (error) {
          expect((error as { code: string }).code).toBe("LIMIT");
        }
    }
    settled++;
  };
  for (let from = 0; from < 100_000; from += 2_000) {
    const window = Array.from({ length: 2_000 }, (_, index) => from + index);
    for (const number of window) sent[number % 3] = (sent[number % 3] ?? 0) + 1;
    await Promise.all(window.map(one));
  }
  expect(settled).toBe(100_000);
  expect(aborted).toBeGreaterThan(9_000);
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.all(counters.map((counter) => counter.call("total")))).toEqual(totals);
  const calls = (await Promise.all(counters.map((counter) => counter.call("calls")))) as number[];
  // A call that was aborted before Rust took it never reaches the extension.
  const never = (runtime.stats().calls ?? 0) - 3 - calls.reduce((sum, count) => sum + count, 0);
  expect(never).toBeGreaterThanOrEqual(0);
  expect(never).toBeLessThanOrEqual(runtime.stats().cancels ?? 0);
  for (const counter of counters) await counter.shutdown();
  expect(runtime.stats()).toMatchObject({ handles: 0, inFlight: 0, waiting: 0, safetyTimerHits: 0 });
  await runtime.close();
}, 300_000);

test("the crate on the page is formatted as the project's own code is", async () => {
  const source = join(directory, "counter/src/lib.rs");
  await run("rustfmt", ["--check", "--edition", "2024", "--config-path", join(ROOT, "rustfmt.toml"), source]);
  expect(readFileSync(source, "utf8").length).toBeGreaterThan(0);
  expect(dirname(source)).toContain("counter");
});
