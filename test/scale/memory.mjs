// Imported before a program: at its end, the most memory that it took stands on stderr, in KiB.
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(2, `peak ${process.resourceUsage().maxRSS}\n`));
