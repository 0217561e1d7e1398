/** The service over the real library. */
import { expect, test } from "vitest";
import { Service } from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";

test("an extension that reports a fatal error and refuses its start is heard twice", async () => {
  const runtime = await openForTest();
  for (let round = 0; round < 20; round++) {
    const config = {
      extensions: { "misbehaving/a": { report: "FatalError:gone", start: { fail: "no disk" } } },
      service: { extensions: ["misbehaving/a"] },
    };
    const error = await rejection(new Service({ config, runtime }).run());
    expect(error.message).toBe(
      'extension "misbehaving/a" reported a fatal error: gone; ' +
        "failed to start extensions: rust extension start failed: no disk",
    );
  }
});
