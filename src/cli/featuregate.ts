/** `ferrule featuregate`: every gate, or all that is known of one. */
import type { FerruleError } from "../core/errors.ts";
import { featureGates } from "../core/feature-gates.ts";
import { quote } from "../core/quote.ts";
import { suggest } from "../core/suggest.ts";
import { UsageError } from "./report.ts";

/** Spaces between two columns. */
const GAP = 2;

/** The command's output.
 * @param id of one gate; all are listed without it
 * @throws {FerruleError} for a gate that there is not */
export function featuregate(id?: string): string {
  return id === undefined ? table() : details(id);
}

function details(id: string): string {
  const gate = featureGates.get(id);
  if (gate === undefined) throw notFound(id);
  return [
    `Feature: ${gate.id}`,
    `Enabled: ${gate.isEnabled}`,
    `Stage: ${gate.stage}`,
    `Description: ${gate.description}`,
    `From Version: ${gate.fromVersion}`,
    `To Version: ${gate.toVersion}`,
    "",
  ].join("\n");
}

function table(): string {
  const gates = featureGates.list().map((gate) => [gate.id, String(gate.isEnabled), gate.stage, gate.description]);
  const rows = [["ID", "Enabled", "Stage", "Description"], ...gates];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)) + GAP);
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

function notFound(id: string): FerruleError {
  const nearest = suggest(
    id,
    featureGates.list().map((gate) => gate.id),
  );
  const notes = nearest === undefined ? [] : [`did you mean "${nearest}"?`];
  return new UsageError(`feature ${quote(id)} not found`, "", notes);
}
