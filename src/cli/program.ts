/**
 * The commands and their flags. This only parses; each command stands in its own file and is loaded when it is
 * wanted, so that `--version` needs neither YAML nor a Rust library.
 */
import { Command, CommanderError, Option } from "commander";
import type { Distribution } from "./distribution.ts";
import { parseDuration } from "./duration.ts";
import { releaseEarlySignals } from "./early-signals.ts";
import { stdout } from "./output.ts";
import { reportError, UsageError } from "./report.ts";
import { usageError } from "./usage.ts";

/** Parses, and runs the command. Resolves with the exit code. */
export async function runProgram(distribution: Distribution, argv: readonly string[]): Promise<number> {
  let code = 0;
  const finish = async (command: Promise<number>): Promise<void> => {
    code = await command;
  };
  try {
    await program(distribution, finish).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // --help and --version end like this, after they were printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    reportError(error instanceof CommanderError ? usageError(error, distribution.buildInfo.command) : error);
    return 1;
  }
}

function program(distribution: Distribution, finish: (command: Promise<number>) => Promise<void>): Command {
  const { command: name, description, version } = distribution.buildInfo;
  const root = new Command(name)
    .description(description)
    .version(`${name} version ${version}`, "-v, --version", "print the version");
  const add = (command: string, summary: string): Command =>
    root
      .command(command, command === "run" ? { isDefault: true } : {})
      .description(summary)
      .allowExcessArguments()
      .option("--library <path>", "the Rust library that holds the extensions, instead of the bundled one");

  withConfig(add("run", "run the service until SIGINT or SIGTERM (also without a command)"))
    .addOption(
      new Option("--log-level <level>", "least level that is logged").choices(["debug", "info", "warn", "error"]),
    )
    .option("--shutdown-delay <duration>", "wait between not-ready and the stop, like 5s or 500ms", duration)
    .action((options, command: Command) => {
      refuseExtra(command.args, distribution, root.args[0] === "run");
      return finish(import("./run.ts").then(({ run }) => run(distribution, options)));
    });
  withConfig(add("validate", "check the configuration without starting anything")).action(
    (options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args, distribution, true);
      return finish(import("./validate.ts").then(({ validate }) => validate(distribution, options)));
    },
  );
  add("components", "print what this distribution is made of").action((options, command: Command) => {
    releaseEarlySignals();
    refuseExtra(command.args, distribution, true);
    return finish(printed(import("./components.ts").then(({ components }) => components(distribution, options))));
  });
  withBench(add("bench", "measure how fast a method of a library answers")).action((options, command: Command) => {
    releaseEarlySignals();
    refuseExtra(command.args, distribution, true);
    return finish(printed(import("./bench.ts").then(({ bench }) => bench(distribution, options))));
  });
  for (const command of [root, ...root.commands]) {
    // The errors come back as exceptions, and are printed once, in the Collector's words.
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => undefined,
      outputError: () => undefined,
    });
  }
  return root;
}

function withConfig(command: Command): Command {
  const collect = (file: string, files: readonly string[] = []): string[] => [...files, file];
  return command.option(
    "--config <file>",
    "a YAML file; given several times, each is laid over the ones before",
    collect,
  );
}

function withBench(command: Command): Command {
  return command
    .option("--type <component type>", "the type of the extension that is started")
    .option("--method <name>", "the method that is called")
    .option("--config <json>", "the configuration of the extension")
    .option("--payload <json>", "what the method is called with, when it takes a value")
    .option("--payload-size <bytes>", "how many bytes it is called with, when it takes bytes")
    .option("--seconds <number>", "how long each number of calls in flight is measured, 2 by default")
    .option("--in-flight <numbers>", "how many calls are in flight, like 1,64,512, which is the default")
    .option("--json", "print the figures as JSON");
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "--shutdown-delay" flag: ${(error as Error).message}`,
    );
  }
}

/** A word without a command is a command that does not exist. */
function refuseExtra([first]: readonly string[], { buildInfo: { command } }: Distribution, named: boolean): void {
  if (first === undefined) return;
  const usage = `Run '${command} --help' for usage.\n`;
  if (named) throw new UsageError(`unexpected argument ${JSON.stringify(first)}`, usage);
  throw new UsageError(`unknown command ${JSON.stringify(first)} for ${JSON.stringify(command)}`, usage);
}

async function printed(output: Promise<string>): Promise<number> {
  stdout.write(await output);
  return 0;
}
