#!/usr/bin/env node
/** The command `ferrule`: ferrule's own distribution, with the bundled Rust extensions. */
import { ownBuildInfo } from "../component/build-info.ts";
import { main } from "./main.ts";

// Not process.exit: it would cut off what stdout still holds.
process.exitCode = await main({ buildInfo: ownBuildInfo() }, process.argv.slice(2));
