/** A runtime that ends under a running service. */
import { expect, test } from "vitest";
import { runScript } from "../support/scripts.ts";

test("the service goes on until what is left has been shut down, though nothing else holds the process", async () => {
  const end = await runScript(`import { Service } from "ferrule";
    const runtime = await open(library);
    let die;
    const ended = new Promise((resolve) => { die = resolve; });
    const mortal = new Proxy(runtime, {
      get: (target, name) => name === "ended" ? ended : typeof target[name] === "function" ? target[name].bind(target) : target[name],
    });
    // A timer that holds nothing: without a hold of the service's own the process would end here, with code 13.
    const later = () => new Promise((resolve) => setTimeout(resolve, 1).unref());
    const factory = {
      type: "mine",
      stability: "Alpha",
      createDefaultConfig: () => ({}),
      create: () => ({ start: later, notReady: later, shutdown: () => later().then(() => say("shut down")) }),
    };
    const config = { extensions: { mine: {}, "misbehaving/a": {} }, service: { extensions: ["mine", "misbehaving/a"] } };
    const service = new Service({ config, runtime: mortal, factories: [factory] });
    await service.start();
    await runtime.close();
    die(new Error("it died"));
    await service.run();
    say(service.state + ": " + service.fatalError.message);`).ended;
  expect(end).toMatchObject({ code: 0, stdout: "shut down\nClosed: it died\n", stderr: "" });
});

test("a runtime says how it ended", async () => {
  const end = await runScript(`const runtime = await open(library);
    const ended = runtime.ended.then((error) => say("ended: " + error));
    await runtime.close();
    await ended;`).ended;
  expect(end).toMatchObject({ code: 0, stdout: "ended: undefined\n", stderr: "" });
});
