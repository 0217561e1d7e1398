#!/usr/bin/env node
/** The command `ferrule`: ferrule's own distribution, with the bundled Rust extensions. */
import { keepEarlySignals } from "./early-signals.ts";

keepEarlySignals();
const { main } = await import("./main.ts");
const { ownBuildInfo } = await import("../component/build-info.ts");

// Not process.exit: it would cut off what stdout still holds.
process.exitCode = await main({ buildInfo: ownBuildInfo() }, process.argv.slice(2));
