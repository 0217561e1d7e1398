/** Area `confmap`: sources, merging, references, YAML, strict decoding. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { decodeFields, EnvProvider, FerruleError, FileProvider, Resolver, YamlProvider } from "../../dist/index.js";
import { toPlain } from "./plain.mjs";

const APPEND = "confmap.enableMergeAppendOption";

export async function runCase(input, directory) {
  for (const [name, text] of Object.entries(input.files ?? {})) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  let stage = "new";
  let resolver;
  try {
    resolver = new Resolver({
      uris: input.uris,
      sets: input.set ?? [],
      providers: [new FileProvider(), new EnvProvider(input.env ?? {}), new YamlProvider()],
      defaultScheme: input.default_scheme ?? "env",
      appendLists: (input.gates ?? []).includes(APPEND),
    });
    stage = "resolve";
    const whole = await resolver.resolve();
    stage = "sub";
    return answer(input, resolver, input.sub === undefined ? whole : whole.sub(input.sub));
  } catch (error) {
    if (error instanceof FerruleError) return { stage, error: textOf(error) };
    throw error;
  } finally {
    await resolver?.shutdown();
  }
}

function answer(input, resolver, conf) {
  const result = { map: conf.isAbsent ? null : toPlain(conf.toStringMapWithNested()) };
  if (input.unexpanded) result.unexpanded = toPlain(resolver.unexpanded.toStringMapWithNested());
  if (input.get !== undefined) {
    result.get = Object.fromEntries(
      input.get.map((path) => [path, { set: conf.isSet(path), value: toPlain(valueAt(conf, path)) }]),
    );
  }
  if (input.decode === undefined) return result;
  try {
    result.decoded = toPlain(decodeFields(conf, input.decode));
  } catch (error) {
    result.decode_error = error.message;
  }
  return result;
}

/** As upstream gives it: references inside the value of another one keep their text. */
function valueAt(conf, path) {
  if (!conf.isSet(path)) return null;
  return path.split("::").reduce((value, key) => value[key], conf.toStringMapWithNested());
}

/** What upstream would say: without the frame that the command puts before it. */
function textOf(error) {
  return error.problems === undefined ? error.message : error.problems.map(({ text }) => text).join("\n");
}
