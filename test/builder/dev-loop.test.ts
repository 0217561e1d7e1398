/** `ferrule dev` without cargo: what is built when, and what runs then. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DevLoop } from "../../dist/builder/dev-loop.js";
import { changed, snapshot } from "../../dist/builder/tree-watcher.js";
import { filesOfTest } from "../support/files.js";

/** Says that it runs, and on SIGTERM that it ends. */
const PROGRAM = `
const { appendFileSync } = require("node:fs");
const say = (text) => appendFileSync("seen.log", text + process.argv[2] + "\\n");
process.on("SIGTERM", () => { say("end "); process.exit(0); });
setInterval(() => undefined, 1_000);
say("run ");
`;

/** A loop over a folder of its own; `until` resolves once everything that is said, written or built makes it true. */
function loopOfTest() {
  const folder = filesOfTest({ "program.cjs": PROGRAM, "seen.log": "", "a.rs": "1" });
  const said: string[] = [];
  const builds: (readonly string[])[] = [];
  const state: { fails: boolean; onBuild: () => void } = { fails: false, onBuild: () => undefined };
  const loop = new DevLoop({
    roots: [folder],
    folder,
    say: (text) => said.push(text.replaceAll(`${folder}/`, "")),
    build: async (names) => {
      builds.push(names.map((name) => name.slice(folder.length + 1)));
      state.onBuild();
      if (state.fails) throw new Error("it does not compile");
    },
    command: () => [process.execPath, "program.cjs", String(builds.length)],
  });
  onTestFinished(() => loop.close());
  const seen = (): string[] => readFileSync(join(folder, "seen.log"), "utf8").trim().split("\n");
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { folder, said, builds, state, loop, seen, until };
}

test("builds, runs, and after a change builds again before it replaces what runs", async () => {
  const { folder, builds, said, loop, seen, until } = loopOfTest();
  await loop.round();
  await until(() => seen().includes("run 1"));
  writeFileSync(join(folder, "a.rs"), "22");
  await until(() => seen().includes("run 2"));
  expect(builds).toEqual([[], ["a.rs"]]);
  expect(seen()).toEqual(["run 1", "end 1", "run 2"]);
  expect(said.filter((text) => text.startsWith("changed"))).toEqual(["changed: a.rs"]);
  await loop.close();
  expect(seen().at(-1)).toBe("end 2");
});

test("what cannot be built replaces nothing", async () => {
  const { folder, builds, said, state, loop, seen, until } = loopOfTest();
  await loop.round();
  await until(() => seen().includes("run 1"));
  state.fails = true;
  writeFileSync(join(folder, "a.rs"), "22");
  await until(() => builds.length === 2 && said.some((text) => text.includes("goes on running")));
  expect(said.at(-1)).toBe("it does not compile\nthe one before goes on running, waiting for a change");
  expect(seen()).toEqual(["run 1"]);
  state.fails = false;
  writeFileSync(join(folder, "a.rs"), "333");
  await until(() => seen().includes("run 3"));
  expect(seen()).toEqual(["run 1", "end 1", "run 3"]);
});

test("a file that is saved during a build is built again, and only then runs", async () => {
  const { folder, builds, state, loop, seen, until } = loopOfTest();
  state.onBuild = () => {
    if (builds.length === 1) writeFileSync(join(folder, "a.rs"), "22");
  };
  await loop.round();
  await until(() => seen().includes("run 2"));
  expect(builds).toEqual([[], ["a.rs"]]);
});

test("a folder that is new is watched too; what is built or no source is not looked at", async () => {
  const { folder, builds, loop, seen, until } = loopOfTest();
  for (const name of ["target", "node_modules", "native", ".git"]) mkdirSync(join(folder, name));
  await loop.round();
  await until(() => seen().includes("run 1"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/new.rs"), "1");
  await until(() => builds.length === 2);
  for (const name of ["target", "node_modules", "native", ".git"]) writeFileSync(join(folder, name, "x.rs"), "1");
  appendFileSync(join(folder, "notes.txt"), "x");
  writeFileSync(join(folder, "Cargo.lock"), "x");
  // The next round that finds something finds this alone.
  renameSync(join(folder, "src/new.rs"), join(folder, "src/old.rs"));
  await until(() => builds.length === 3);
  expect(builds).toEqual([[], ["src/new.rs"], ["src/new.rs", "src/old.rs"]]);
});

test("one that ends by itself is told, and the next change runs again", async () => {
  const { folder, said, loop, until, seen } = loopOfTest();
  writeFileSync(join(folder, "program.cjs"), "process.exit(3)");
  await loop.round();
  await until(() => said.includes("it ended by itself, exit code 3; waiting for a change"));
  writeFileSync(join(folder, "program.cjs"), PROGRAM);
  await until(() => seen().includes("run 2"));
});

test("snapshots differ by what was written, made and removed", () => {
  const folder = filesOfTest({ "a.rs": "1", "b.ts": "1", "c.txt": "1" });
  const before = snapshot([folder, folder]);
  expect([...before.keys()]).toEqual([join(folder, "a.rs"), join(folder, "b.ts")]);
  writeFileSync(join(folder, "a.rs"), "22");
  renameSync(join(folder, "b.ts"), join(folder, "d.yaml"));
  expect(changed(before, snapshot([folder]))).toEqual(["a.rs", "b.ts", "d.yaml"].map((name) => join(folder, name)));
  expect(changed(before, before)).toEqual([]);
});
