// Results as tables of Markdown: what the terminal shows is what the document has.
import { groupsOf } from "./rounds.mjs";

/** The tables, each under the name of its workload. */
export function tablesOf(results) {
  const workloads = new Map();
  for (const result of results) workloads.set(result.workload, [...(workloads.get(result.workload) ?? []), result]);
  return [...workloads].map(([workload, list]) => ({ workload, lines: tableOf(list) }));
}

function tableOf(results) {
  const has = (name) => results.some((result) => result[name] !== undefined);
  const columns = [
    ["", ({ peer }) => peer],
    has("inFlight") && ["in flight", ({ inFlight }) => whole(inFlight)],
    has("p50") && ["p50, us", ({ p50 }) => time(p50)],
    has("p99") && ["p99, us", ({ p99 }) => time(p99)],
    has("ns") && ["ns for each", ({ ns }) => whole(ns)],
    has("bytesPerSecond") && ["GB/s", ({ bytesPerSecond }) => time(bytesPerSecond / 1e9)],
    has("cpu") && ["CPU us for each", ({ cpu }) => time(cpu)],
    has("ratio") && ["times ferrule's", ({ ratio }) => spreadText(ratio)],
    has("samples") && ["rounds", ({ samples, dropped }) => (dropped > 0 ? `${samples}, ${dropped} dropped` : samples)],
  ].filter(Boolean);
  return markdownTable(
    columns.map(([title]) => title),
    groupsOf(results).flatMap((group) => group.map((result) => columns.map(([, cell]) => String(cell(result) ?? "")))),
  );
}

/** Lines of a table: the first column to the left, numbers to the right. */
export function markdownTable(titles, rows) {
  const widths = titles.map((title, index) => Math.max(3, title.length, ...rows.map((row) => row[index].length)));
  const line = (cells) =>
    `| ${cells.map((cell, index) => cell[index === 0 ? "padEnd" : "padStart"](widths[index])).join(" | ")} |`;
  const rule = widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(titles), line(rule), ...rows.map(line)];
}

/** The aims, as a table. */
export function aimsTable(aims) {
  const rows = aims.map(({ aim, value, side, limit, met }) => [
    aim,
    value === null ? "not measured" : String(value),
    `${side} ${limit}`,
    met ? "met" : value === null ? "" : "MISSED",
  ]);
  return markdownTable(["aim", "value", "limit", ""], rows);
}

const whole = (number) => (Number.isFinite(number) ? number.toLocaleString("en-US", { maximumFractionDigits: 0 }) : "");
const time = (number) =>
  Number.isFinite(number) ? number.toLocaleString("en-US", { maximumSignificantDigits: 3 }) : "";

function spreadText(ratio) {
  if (ratio === undefined) return "";
  return `${time(ratio.median)} (${time(ratio.min)} to ${time(ratio.max)})`;
}
