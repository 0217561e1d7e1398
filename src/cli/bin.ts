#!/usr/bin/env node
/** The command `ferrule`: ferrule's own distribution, with the bundled Rust extensions. */
import { keepEarlySignals } from "./early-signals.ts";

keepEarlySignals();
const { main } = await import("./main.ts");
const { ownBuildInfo } = await import("../component/build-info.ts");

process.exitCode = await main({ buildInfo: ownBuildInfo() }, process.argv.slice(2));
