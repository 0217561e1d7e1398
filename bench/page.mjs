// npm run bench:page: docs/benchmarks.md and its charts again, from the newest record, without measuring.
import { writePage } from "./harness/record.mjs";

for (const path of await writePage()) console.log(`wrote ${path}`);
