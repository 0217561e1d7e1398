/** How a process ends that has an open runtime. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { runScript } from "../support/scripts.ts";

const OPEN = `const runtime = await open(library); const extension = await runtime.start("misbehaving/a");\n`;

test("an open runtime on which nothing is pending does not hold the process", async () => {
  const end = await runScript(`${OPEN} await extension.call("echo", new Uint8Array(3)); say("done");`).ended;
  expect(end).toMatchObject({ code: 0, signal: null, stdout: "done\n", stderr: "" });
});

test("a pending call holds the process, also when both sides sleep", async () => {
  const end = await runScript(`${OPEN} void extension.call("sleep", 300).then((slept) => say("slept " + slept));`)
    .ended;
  expect(end).toMatchObject({ code: 0, stdout: "slept 300\n", stderr: "" });
});

test("a hold holds the process until it is let go", async () => {
  const script = runScript(`${OPEN} const release = runtime.hold();
    process.on("SIGUSR2", () => { release(); say("released"); });
    say("held");`);
  await script.printed("held");
  script.kill("SIGUSR2");
  expect(await script.ended).toMatchObject({ code: 0, stdout: "held\nreleased\n", stderr: "" });
});

test("process.exit with an open runtime and calls in flight ends cleanly", async () => {
  const end = await runScript(`${OPEN} for (let i = 0; i < 100; i++) void extension.call("sleep", 10_000);
    setImmediate(() => process.exit(7));`).ended;
  expect(end).toMatchObject({ code: 7, signal: null, stderr: "" });
});

test("an uncaught exception with an open runtime ends cleanly", async () => {
  const end = await runScript(`${OPEN} void extension.call("act", "hang"); throw new Error("mine");`).ended;
  expect(end.code).toBe(1);
  expect(end.signal).toBe(null);
  expect(end.stderr).toContain("Error: mine");
});

test("await using, or its method, closes the runtime", async () => {
  const end = await runScript(`${OPEN} await runtime[Symbol.asyncDispose]();
    await extension.call("echo").catch((error) => say(error.code));`).ended;
  expect(end).toMatchObject({ code: 0, stdout: "RUNTIME_CLOSED\n", stderr: "" });
});

test("a worker that is terminated under load does not harm the process or its other runtimes", async () => {
  const end = await runScript(`
    import { Worker } from "node:worker_threads";
    ${OPEN}
    const body = \`import { parentPort } from "node:worker_threads";
      import { open } from "\${import.meta.resolve("ferrule")}";
      const runtime = await open("\${library}");
      const extension = await runtime.start("misbehaving/w");
      for (let i = 0; i < 200; i++) void extension.call("act", "hang");
      parentPort.postMessage("up");
      for (;;) await extension.call("echo", new Uint8Array(30));\`;
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(body)));
      await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
      await worker.terminate();
    }
    for (;;) { if (await extension.call("living") === 1) break; }
    say("alive");`).ended;
  expect(end).toMatchObject({ code: 0, stdout: "alive\n", stderr: "" });
});

test("calls that use up tokio's budget do not hang the drain on a machine of one core", async () => {
  const end = await runScript(
    `${OPEN} const bytes = new Uint8Array(3);
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 500 }, () => extension.call("budget", bytes)));
    }
    say("hits " + runtime.stats().safetyTimerHits);`,
    [],
    ["taskset", "-c", "0"],
  ).ended;
  expect(end).toMatchObject({ code: 0, stdout: "hits 0\n", stderr: "" });
});

test("on another platform open says so, before anything native is loaded", async () => {
  const end = await runScript(`Object.defineProperty(process, "platform", { value: "darwin" });
    await open().catch((error) => say(error.code + ": " + error.message));
    const native = process.report.getReport().sharedObjects.filter((name) => name.includes("koffi"));
    say(native.length === 0 ? "nothing native" : native.join());`).ended;
  const said = "UNSUPPORTED_PLATFORM: ferrule does not run on darwin x64; it supports linux x64 (glibc)";
  expect(end).toMatchObject({ code: 0, stdout: `${said}\nnothing native\n`, stderr: "" });
});

test("kill -9 leaves nothing: no shared memory, no file, no process", async () => {
  const shared = (): string[] => readdirSync("/dev/shm").sort();
  const before = shared();
  const script = runScript(
    `${OPEN} setInterval(() => void extension.call("echo", new Uint8Array(100)), 1); say("up");`,
  );
  await script.printed("up");
  const maps = readFileSync(`/proc/${script.pid}/maps`, "utf8");
  expect(maps).toContain("/memfd:ferrule-lane (deleted)");
  const descriptors = readdirSync(`/proc/${script.pid}/fd`).map((fd) => readlinkSync(`/proc/${script.pid}/fd/${fd}`));
  // The mapping alone keeps the memory.
  expect(descriptors.filter((target) => target.includes("ferrule-lane"))).toEqual([]);
  script.kill("SIGKILL");
  expect((await script.ended).signal).toBe("SIGKILL");
  expect(existsSync(`/proc/${script.pid}`)).toBe(false);
  expect(shared()).toEqual(before);
});

test("a child process inherits no descriptor of the runtime", async () => {
  const end = await runScript(`import { execFileSync } from "node:child_process"; ${OPEN}
    say(execFileSync("sh", ["-c", "ls -l /proc/self/fd | grep -cE 'memfd|eventfd' || true"], { encoding: "utf8" }).trim());
    await runtime.close();`).ended;
  expect(end).toMatchObject({ code: 0, stdout: "0\n", stderr: "" });
});

test("memory is flat over many calls, and over many runtimes once they are collected", async () => {
  const end = await runScript(
    `${OPEN}
    const mib = () => { gc(); return process.memoryUsage.rss() / 2 ** 20; };
    const burst = async (rounds, size) => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(Array.from({ length: 500 }, (_, i) => extension.call("echo", new Uint8Array(i * size))));
      }
    };
    const load = async () => { await burst(300, 4); await burst(1_500, 0); };
    await load();
    const calls = mib();
    await load();
    const callsGrown = mib() - calls;
    const mapped = () => (process.report.getReport(), (0, fs.readFileSync)("/proc/self/maps", "utf8").match(/ferrule-lane/g)?.length ?? 0);
    const cycle = async () => { const r = await open(library); const e = await r.start("misbehaving/b");
      await e.call("echo", new Uint8Array(1000)); await e.shutdown(); await r.close(); };
    for (let i = 0; i < 60; i++) { await cycle(); if (i % 10 === 9) { gc(); await new Promise((r) => setTimeout(r)); } }
    const runtimes = mib();
    for (let i = 0; i < 60; i++) { await cycle(); if (i % 10 === 9) { gc(); await new Promise((r) => setTimeout(r)); } }
    const runtimesGrown = mib() - runtimes;
    say(JSON.stringify({ callsGrown, runtimesGrown, mapped: mapped() }));
    await runtime.close();`.replace("const mib", 'const fs = await import("node:fs"); const mib'),
    // A young generation that cannot grow: what V8 gives itself under load is not what is looked for.
    ["--expose-gc", "--max-semi-space-size=1"],
  ).ended;
  expect(end).toMatchObject({ code: 0, stderr: "" });
  const { callsGrown, runtimesGrown, mapped } = JSON.parse(end.stdout) as Record<string, number>;
  // 64 bytes lost for each of 900,000 calls are 55 MiB, the payloads of 150,000 are 140; 60 runtimes are 160 MiB.
  expect(callsGrown).toBeLessThan(40);
  expect(runtimesGrown).toBeLessThan(40);
  expect(mapped).toBeLessThan(40);
});
