// Records: what a run measured, where, and what it means for the aims. They are kept, and the document is made of the
// newest one.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarksPage } from "./page.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RECORDS = fileURLToPath(new URL("../record/", import.meta.url));
const CHARTS = fileURLToPath(new URL("../../docs/benchmarks/", import.meta.url));
const PAGE = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

/** Writes a record of today, the page and the charts. @returns their paths in the repository */
export async function writeRecord(record) {
  const date = new Date().toISOString().slice(0, 10);
  mkdirSync(RECORDS, { recursive: true });
  const path = `${RECORDS}${date}.json`;
  writeFileSync(path, `${JSON.stringify({ date, ...record }, null, 2)}\n`);
  return [relative(ROOT, path), ...(await writePage())];
}

/** Makes the page and the charts of the newest record. */
export async function writePage() {
  const record = newestRecord();
  const { chartsOf } = await import("./charts.mjs");
  mkdirSync(CHARTS, { recursive: true });
  const charts = await chartsOf(record);
  for (const { file, svg } of charts) writeFileSync(`${CHARTS}${file}`, svg);
  writeFileSync(PAGE, benchmarksPage(record, charts));
  return [PAGE, ...charts.map(({ file }) => `${CHARTS}${file}`)].map((path) => relative(ROOT, path));
}

function newestRecord() {
  const newest = readdirSync(RECORDS)
    .filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name))
    .sort()
    .at(-1);
  return JSON.parse(readFileSync(`${RECORDS}${newest}`, "utf8"));
}
