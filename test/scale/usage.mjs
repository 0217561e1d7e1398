// Imported before a program: at its end, what it took stands on stderr: microseconds of processor, KiB of memory.
import { writeSync } from "node:fs";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  writeSync(2, `used ${user + system} ${process.resourceUsage().maxRSS}\n`);
});
