/**
 * The order of words on the command line. The Collector takes flags before a command as well as behind it, and its
 * flags are read in one way everywhere; commander is given the command first.
 */
import type { Command } from "commander";
import { quote } from "../core/quote.ts";
import { editDistance } from "../core/suggest.ts";
import { UsageError } from "./report.ts";

/** Flags of the program itself that take no argument. Of all others the next word may be one. */
const ALONE = ["--help", "-h"];
/** Flags that may stand beside the one that asks for the version. */
const BESIDE = /^--?(?:config|set|feature-gates)(?:=|$)/;
/** A command of so many slips, or one that begins so, may be what was meant. */
const DISTANCE_MAX = 2;

/** The words with the command in front.
 * @returns `unknown` is a first word that names no command */
export function arrange(
  root: Command,
  argv: readonly string[],
): { readonly words: readonly string[]; readonly unknown?: string } {
  const at = commandAt(argv);
  if (at === undefined) return { words: asksForVersion(argv) ? ["--version"] : argv };
  const word = argv[at]!;
  const known = word === "help" || root.commands.some((command) => namesOf(command).includes(word));
  if (!known) return { words: argv, unknown: word };
  const rest = argv.filter((_, index) => index !== at);
  return { words: [word, ...rest.map((each) => (each === "--validate" ? "--validate=true" : each))] };
}

/** The error for a command that there is not, with those that it may stand for. */
export function unknownCommand(root: Command, word: string): UsageError {
  const names = root.commands.map((command) => command.name()).sort();
  const typed = word.toLowerCase();
  const near = names.filter((name) => name.startsWith(typed) || editDistance(typed, name) <= DISTANCE_MAX);
  const meant = near.length === 0 ? "" : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join("")}`;
  const usage = `Run '${root.name()} --help' for usage.\n`;
  return new UsageError(`unknown command ${quote(word)} for ${quote(root.name())}${meant}`, usage);
}

function commandAt(argv: readonly string[]): number | undefined {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === "--") return undefined;
    if (!word.startsWith("-") || word === "-") return word === "" ? undefined : index;
    const takesNext = word.startsWith("--") || word.length === 2;
    if (takesNext && !word.includes("=") && !ALONE.includes(word)) index++;
  }
  return undefined;
}

/** Without a command the version is told, whatever else is asked for; the word behind the flag is its value. */
function asksForVersion(argv: readonly string[]): boolean {
  const flags = argv.filter((word) => word.startsWith("-"));
  const versions = flags.filter((word) => /^(?:--version(?:=true)?|-v)$/.test(word));
  return versions.length > 0 && flags.every((word) => versions.includes(word) || BESIDE.test(word));
}

function namesOf(command: Command): string[] {
  return [command.name(), ...command.aliases()];
}
