/**
 * The process that reads what was built: a library runs foreign code as soon as it is loaded, and may take its process
 * with it. Prints one JSON document.
 */
import { RustExtensionFactory } from "../component/rust-factory.ts";
import { configJsonSchema } from "../config/json-schema.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { silentLogger } from "../core/logger.ts";
import { Library } from "../runtime/library.ts";
import type { ComponentInfo } from "../runtime/types.ts";
import { openRuntime } from "../service/assemble.ts";
import type { DescribeAnswer, DescribeQuestion, PackageFactories } from "./describe.ts";

async function answer({ name, library, packages }: DescribeQuestion): Promise<DescribeAnswer> {
  const found = packages === undefined ? [] : ((await import(packages)) as { packages: PackageFactories[] }).packages;
  const types = found.map(({ name: from, factories }) => {
    if (Array.isArray(factories) && factories.every(({ type, create }) => typeof type === "string" && create)) {
      return { name: from, types: factories.map(({ type, stability }) => ({ type, stability })) };
    }
    const text = `the npm package ${from} is no package of components: it must export a list of factories, "factories"`;
    throw new FerruleError("BUILD_FAILED", text, { permanent: true });
  });
  const factories = found.flatMap((each) => each.factories);
  if (library === undefined) return { extensions: [], packages: types, schema: configJsonSchema(factories, name) };
  // The plain function answers without a runtime: what is wrong with the registry comes as its error.
  const extensions = JSON.parse(Library.load(library).registry()) as ComponentInfo[];
  const { runtime, close } = await openRuntime({ library }, silentLogger);
  try {
    const all = [...RustExtensionFactory.all(runtime), ...factories];
    return { extensions, packages: types, schema: configJsonSchema(all, name) };
  } finally {
    await close();
  }
}

try {
  const question = JSON.parse(process.argv[2] ?? "{}") as DescribeQuestion;
  process.stdout.write(JSON.stringify(await answer(question)));
} catch (error) {
  const code = error instanceof FerruleError ? error.code : "BUILD_FAILED";
  process.stdout.write(JSON.stringify({ error: { code, message: messageOf(error) } }));
}
