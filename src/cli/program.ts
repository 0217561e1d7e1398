/**
 * The commands and their flags. This only parses; each command stands in its own file and is loaded when it is
 * wanted, so that `--version` needs neither YAML nor a Rust library.
 */
import { Command, CommanderError, Option } from "commander";
import { messageOf } from "../core/errors.ts";
import { featureGates } from "../core/feature-gates.ts";
import { quote } from "../core/quote.ts";
import { arrange, unknownCommand } from "./argv.ts";
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
    const root = program(distribution, finish);
    const { words, unknown } = arrange(root, argv);
    if (unknown !== undefined) throw unknownCommand(root, unknown);
    await root.parseAsync(words, { from: "user" });
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
    // A flag behind a command is the command's: `validate --version` asks for something that there is not.
    .enablePositionalOptions()
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
    .addOption(
      new Option(
        "--reload <mode>",
        "restart: a changed configuration that fails ends the service; checked: one that cannot be built leaves it alone",
      ).choices(["restart", "checked"]),
    )
    .option("--shutdown-delay <duration>", "wait between not-ready and the stop, like 5s or 500ms", duration)
    .action((options, command: Command) => {
      refuseExtra(command.args);
      return finish(import("./run.ts").then(({ run }) => run(distribution, options)));
    });
  withConfig(add("validate", "check the configuration without starting anything")).action(
    (options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args);
      return finish(import("./validate.ts").then(({ validate }) => validate(distribution, options)));
    },
  );
  add("components", "print what this distribution is made of")
    .option("--json", "as JSON")
    .addOption(new Option("--schema", "print a JSON Schema of the whole configuration file").conflicts("json"))
    .action((options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args);
      return finish(printed(import("./components.ts").then(({ components }) => components(distribution, options))));
    });
  withConfig(add("print-config", "print the configuration with every default, and secrets covered"))
    .alias("print-initial-config")
    .option("--mode <mode>", "redacted, or unredacted to print secrets as they are", "redacted")
    .option("--format <format>", "yaml, or json", "yaml")
    .option("--validate <boolean>", "also check what can only be said of the whole", boolean, true)
    .action((options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args);
      return finish(import("./print-config.ts").then(({ printConfig }) => printConfig(distribution, options)));
    });
  root
    .command("featuregate")
    .description("list the feature gates, or show one")
    .argument("[feature-id]")
    .allowExcessArguments()
    .action((id: string | undefined, _options: unknown, command: Command) => {
      releaseEarlySignals();
      if (command.args.length > 1) throw new UsageError(`accepts at most 1 arg(s), received ${command.args.length}`);
      return finish(printed(import("./featuregate.ts").then(({ featuregate }) => featuregate(id))));
    });
  add("doctor", "check that ferrule can run here, and say what to do where it cannot").action(
    (options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args);
      return finish(import("./doctor.ts").then(({ doctor }) => doctor(distribution, options)));
    },
  );
  if (distribution.authoring === true) addAuthoring(root, finish);
  root
    .command("completion")
    .description("print a script that completes commands and flags in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .action((shell: string) => {
      releaseEarlySignals();
      return finish(printed(import("./completion.ts").then(({ completion }) => completion(root, shell))));
    });
  withBench(add("bench", "measure how fast a method of a library answers")).action((options, command: Command) => {
    releaseEarlySignals();
    refuseExtra(command.args);
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

/** The commands of who writes extensions. They open no library of the distribution. */
function addAuthoring(root: Command, finish: (command: Promise<number>) => Promise<void>): void {
  root
    .command("new")
    .description("write a project with an extension in Rust, and install what it needs")
    .argument("<name>")
    .option("--dir <folder>", "where it goes, instead of a folder of its name")
    .option("--no-install", "leave npm install for later")
    .action((name: string, options) => {
      releaseEarlySignals();
      return finish(import("./new.ts").then(({ newProject }) => newProject(name, options)));
    });
  root
    .command("build")
    .description("build the crate in this folder, or a manifest, into a library")
    .allowExcessArguments()
    .option("--manifest <file>", "a builder's manifest, instead of the crate in this folder")
    .option("--dev", "compile fast instead of running fast")
    .option("--out <folder>", "where the library of a crate goes, native by default")
    .option("--client <folder>", "where its typed client goes, src/native by default")
    .action((options, command: Command) => {
      releaseEarlySignals();
      refuseExtra(command.args);
      return finish(import("./build.ts").then(({ build }) => build(options)));
    });
  root
    .command("dev")
    .description("build and run, and again after every change")
    .argument("[command...]", "what to run, behind --; the service on --config without one")
    .option("--config <source>", "a YAML file or a URI; may be repeated", collect)
    .option("--manifest <file>", "a builder's manifest, instead of the crate in this folder")
    .option("--release", "build as for running fast")
    .action((words: string[], options) => {
      releaseEarlySignals();
      return finish(import("./dev.ts").then(({ dev }) => dev(options, words)));
    });
}

function withConfig(command: Command): Command {
  return command
    .option(
      "--config <source>",
      "a YAML file or a URI; given several times, each is laid over the ones before",
      collect,
    )
    .option("--set <key.path=value>", "one value, laid over every source", collectSets)
    .option("--feature-gates <ids>", "gates to switch on, with commas between them; `-` before an id for off", gates);
}

function collect(item: string, items: readonly string[] = []): string[] {
  return [...items, item];
}

function collectSets(item: string, items: readonly string[] = []): string[] {
  if (!item.includes("=")) throw invalidArgument(item, "--set", "missing equal sign");
  return [...items, item];
}

/** Done at once, in the order in which flags stand: what a gate changes may be what the next flag asks for. */
function gates(ids: string): string {
  try {
    for (const sentence of featureGates.apply(ids)) stdout.write(`${sentence}\n`);
    return ids;
  } catch (error) {
    throw invalidArgument(ids, "--feature-gates", messageOf(error));
  }
}

/** The words that Go takes for booleans. */
function boolean(text: string): boolean {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw invalidArgument(text, "--validate", `strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
}

function invalidArgument(text: string, flag: string, why: string): UsageError {
  return new UsageError(`invalid argument ${quote(text)} for "${flag}" flag: ${why}`);
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
    throw invalidArgument(text, "--shutdown-delay", messageOf(error));
  }
}

/** As the Collector's commands, which take flags only. */
function refuseExtra(extra: readonly string[]): void {
  if (extra.length === 0) return;
  const notes = [`unexpected argument ${JSON.stringify(extra[0])}`];
  throw new UsageError(`accepts 0 arg(s), received ${extra.length}`, "", notes);
}

async function printed(output: Promise<string>): Promise<number> {
  stdout.write(await output);
  return 0;
}
