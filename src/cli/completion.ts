/** `ferrule completion`: a script for a shell, made from the commands and flags that there are. */
import type { Command } from "commander";
import { quote } from "../core/quote.ts";
import { UsageError } from "./report.ts";

const SHELLS: Readonly<Record<string, (name: string, words: Words) => string>> = { bash, fish, zsh };

/** The flags of each command. */
type Words = ReadonlyMap<string, readonly string[]>;

/** The script.
 * @throws {UsageError} for a shell that none is made for */
export function completion(root: Command, shell: string): string {
  const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (write === undefined) {
    const usage = `Run '${root.name()} completion --help' for usage.\n`;
    throw new UsageError(`unknown shell ${quote(shell)}: bash, fish, zsh`, usage);
  }
  const words = root.commands.map((command): [string, string[]] => [
    command.name(),
    command.options.map((option) => option.long ?? "").filter((flag) => flag !== ""),
  ]);
  return write(root.name(), new Map(words));
}

function bash(name: string, words: Words): string {
  const own = functionName(name);
  const cases = [...words].map(([command, flags]) => `      ${command}) words="${flags.join(" ")}" ;;`);
  return [
    `${own}() {`,
    '  local words current="${COMP_WORDS[COMP_CWORD]}"',
    `  if [ "$COMP_CWORD" -eq 1 ] && [ "\${current#-}" = "$current" ]; then words="${[...words.keys()].join(" ")}"`,
    "  else",
    '    case "${COMP_WORDS[1]}" in',
    ...cases,
    `      *) words="${(words.get("run") ?? []).join(" ")}" ;;`,
    "    esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '  [ "${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))',
    "}",
    `complete -F ${own} ${name}`,
    "",
  ].join("\n");
}

function zsh(name: string, words: Words): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(name, words)}`;
}

function fish(name: string, words: Words): string {
  const commands = [...words.keys()].join(" ");
  const lines = [`complete -c ${name} -n "__fish_use_subcommand" -a "${commands}"`];
  for (const [command, flags] of words) {
    for (const flag of flags) {
      lines.push(`complete -c ${name} -n "__fish_seen_subcommand_from ${command}" -l ${flag.slice(2)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function functionName(name: string): string {
  return `_${name.replaceAll(/\W/g, "_")}`;
}
