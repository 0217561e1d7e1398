#!/usr/bin/env node
/** The command `ferrule`: ferrule's own distribution, with the bundled Rust extensions. */
import { keepEarlySignals } from "./early-signals.ts";

keepEarlySignals();
const { main } = await import("./main.ts");
const { ownBuildInfo } = await import("../component/build-info.ts");
const { allowNoPipelines, featureGates } = await import("../core/feature-gates.ts");

// What it runs are extensions: there are no pipelines that could be missing.
featureGates.set(allowNoPipelines.id, true);
process.exitCode = await main({ buildInfo: ownBuildInfo(), authoring: true }, process.argv.slice(2));
