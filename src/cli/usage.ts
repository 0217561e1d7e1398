/** Commander's complaints in the Collector's words. */
import type { CommanderError } from "commander";
import { UsageError } from "./report.ts";

const FLAG = /'(-{1,2}[^\s'=]+)[^']*'/;
/** The same with what stands behind an equal sign. */
const WORD = /'(-.*?)'(?:\n|$)/s;
const SUGGESTION = /\(Did you mean (?:one of )?(.+)\?\)/;

/** The error that is printed for a command line that cannot be read. */
export function usageError(error: CommanderError, command: string): UsageError {
  const flag = FLAG.exec(error.message)?.[1] ?? "";
  const usage = `Run '${command} --help' for usage.\n`;
  switch (error.code) {
    case "commander.unknownOption": {
      const suggestion = SUGGESTION.exec(error.message)?.[1];
      const word = WORD.exec(error.message)?.[1] ?? flag;
      if (/^--[-=]/.test(word)) return new UsageError(`bad flag syntax: ${word}`);
      const text = flag.startsWith("--") ? `unknown flag: ${flag}` : `unknown shorthand flag: '${word[1]}' in ${word}`;
      return new UsageError(text, "", suggestion === undefined ? [] : [`did you mean "${suggestion}"?`]);
    }
    case "commander.optionMissingArgument":
      return new UsageError(`flag needs an argument: ${FLAG_IN_USAGE.exec(error.message)?.[1] ?? flag}`);
    default:
      return new UsageError(error.message.replace(/^error: /, ""), usage);
  }
}

/** In `option '--config <file>' argument missing`. */
const FLAG_IN_USAGE = /option '(?:-\w, )?(--[\w-]+)/;
