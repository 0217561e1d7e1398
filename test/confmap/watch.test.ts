import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileProvider, Resolver } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";

/** Watches one file, and hands its events out one by one. */
async function watched(path: string) {
  const waiting: (() => void)[] = [];
  let count = 0;
  const retrieved = await new FileProvider().retrieve(`file:${path}`, () => {
    count++;
    waiting.shift()?.();
  });
  onTestFinished(() => retrieved.close());
  return {
    count: () => count,
    close: () => retrieved.close(),
    /** Does something, and waits for the event that it raises. */
    after: (action: () => void): Promise<void> =>
      new Promise((resolve) => {
        waiting.push(resolve);
        action();
      }),
  };
}

test("a burst of edits is one event, and the same bytes are none", async () => {
  const directory = filesOfTest({ "a.yaml": "a: 1" });
  const file = join(directory, "a.yaml");
  const watch = await watched(file);
  await watch.after(() => {
    for (const text of ["", "a", "a: 2", "a: 3"]) writeFileSync(file, text);
  });
  expect(watch.count()).toBe(1);
  // The other file is in the same directory: when its second event is there, the first file was looked at as well.
  writeFileSync(join(directory, "other.yaml"), "x");
  const other = await watched(join(directory, "other.yaml"));
  writeFileSync(file, "a: 3");
  await other.after(() => writeFileSync(join(directory, "other.yaml"), "y"));
  await other.after(() => writeFileSync(join(directory, "other.yaml"), "z"));
  expect(watch.count()).toBe(1);
  await watch.after(() => writeFileSync(file, "a: 4"));
  expect(watch.count()).toBe(2);
});

test("an atomic replace, a deletion and a return are an event each", async () => {
  const directory = filesOfTest({ "a.yaml": "a: 1" });
  const [file, next] = [join(directory, "a.yaml"), join(directory, "next")];
  const watch = await watched(file);
  const replace = (text: string): void => {
    writeFileSync(next, text);
    renameSync(next, file);
  };
  await watch.after(() => replace("a: 2"));
  replace("a: 2");
  await watch.after(() => rmSync(file));
  await watch.after(() => replace("a: 3"));
  await watch.after(() => replace("a: 4"));
  expect(watch.count()).toBe(4);
});

test("a swapped link, as Kubernetes does, is one event, time after time", async () => {
  const directory = filesOfTest({});
  const put = (version: string, text: string): void => {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, "a.yaml"), text);
    symlinkSync(version, join(directory, "..data_tmp"));
    renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
  };
  put("..1", "a: 1");
  symlinkSync("..data/a.yaml", join(directory, "a.yaml"));
  const watch = await watched(join(directory, "a.yaml"));
  await watch.after(() => {
    put("..2", "a: 2");
    rmSync(join(directory, "..1"), { recursive: true });
  });
  put("..3", "a: 2");
  await watch.after(() => put("..4", "a: 4"));
  await watch.after(() => writeFileSync(join(directory, "..4", "a.yaml"), "a: 5"));
  expect(watch.count()).toBe(3);
});

test("a directory that goes away and comes back is still watched", async () => {
  const directory = filesOfTest({});
  const inner = join(directory, "inner");
  mkdirSync(inner);
  writeFileSync(join(inner, "a.yaml"), "a: 1");
  const watch = await watched(join(inner, "a.yaml"));
  await watch.after(() => rmSync(inner, { recursive: true }));
  await watch.after(() => {
    mkdirSync(inner);
    writeFileSync(join(inner, "a.yaml"), "a: 2");
  });
  expect(watch.count()).toBe(2);
});

/** How many files and directories this process has the operating system watch. */
function watches(): number {
  const files = readdirSync("/proc/self/fdinfo").map((name) => `/proc/self/fdinfo/${name}`);
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return files.reduce((sum, file) => sum + read(file).split("inotify wd").length - 1, 0);
}

test("a shutdown leaves nothing watched", async () => {
  const directory = filesOfTest({ "a.yaml": "a: 1" });
  const before = watches();
  const resolver = new Resolver({ uris: [join(directory, "a.yaml")], onChange: () => undefined });
  await resolver.resolve();
  await resolver.resolve();
  expect(watches()).toBeGreaterThan(before);
  await resolver.shutdown();
  expect(watches()).toBe(before);
});

test("nothing is told after it is closed", async () => {
  const directory = filesOfTest({ "a.yaml": "a: 1", "b.yaml": "b: 1" });
  const [closed, open] = [await watched(join(directory, "a.yaml")), await watched(join(directory, "b.yaml"))];
  writeFileSync(join(directory, "a.yaml"), "a: 2");
  await closed.close();
  writeFileSync(join(directory, "a.yaml"), "a: 3");
  await open.after(() => writeFileSync(join(directory, "b.yaml"), "b: 2"));
  expect(closed.count()).toBe(0);
});

test("a resolver hears of its files, and of those that they refer to", async () => {
  const directory = filesOfTest({ "a.yaml": "", "b.yaml": "1" });
  writeFileSync(join(directory, "a.yaml"), `a: \${file:${directory}/b.yaml}`);
  const waiting: (() => void)[] = [];
  const resolver = new Resolver({ uris: [join(directory, "a.yaml")], onChange: () => waiting.shift()?.() });
  onTestFinished(() => resolver.shutdown());
  const after = (action: () => void) =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      action();
    });
  expect((await resolver.resolve()).get("a")).toBe(1);
  await after(() => writeFileSync(join(directory, "b.yaml"), "2"));
  expect((await resolver.resolve()).get("a")).toBe(2);
  await after(() => writeFileSync(join(directory, "a.yaml"), "a: 3"));
  expect((await resolver.resolve()).get("a")).toBe(3);
});

test("watching keeps no process alive", () => {
  const directory = filesOfTest({ "a.yaml": "a: 1" });
  const index = new URL("../../dist/index.js", import.meta.url).href;
  const script = `import { Resolver } from ${JSON.stringify(index)};
    const resolver = new Resolver({ uris: ["a.yaml"], onChange() {} });
    console.log((await resolver.resolve()).get("a"));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: directory,
    encoding: "utf8",
    timeout: 30_000,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "1\n", stderr: "" });
});
