/** The text of one method of a client: thin, since it is on every call's path. */
import type { InterfaceDescription, MethodDescription, ParameterDescription, Schema } from "../runtime/interface.ts";
import type { Form } from "./index.ts";
import type { NamedTypes } from "./named-types.ts";
import { integersOf, refsOf, takesNull } from "./schema-types.ts";
import { comment, parameterName } from "./words.ts";

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  /** What is passed on. */
  readonly value: string;
  readonly isStream: boolean;
}

/** @throws {FerruleError} `TYPE_UNSUPPORTED` */
export function methodText(method: MethodDescription, types: NamedTypes, form: Form): string {
  const parameters = readParameters(method.parameters, types);
  const isStream = method.result.kind === "stream";
  const options = free("options", parameters);
  const list = [
    ...parameters.map(({ name, type, isOptional }) => ({ name, type: `${isOptional ? "?" : ""}: ${type}` })),
    { name: options, type: `?: ${isStream ? "ferrule.StreamOptions" : "ferrule.CallOptions"}` },
  ].map(({ name, type }) => (form === "js" ? name : name + type));
  const answered = answerType(method, types);
  const returned = isStream ? `ferrule.RustStream<${answered}>` : `Promise<${answered}>`;
  const limits = isStream ? free("limits", parameters) : options;
  const call = callText(method, parameters, limits);
  let body: string;
  const cast = form === "ts" ? ` as ${returned}` : "";
  if (method.result.kind === "stream") {
    const reader = readerOf(method.result.schema, types);
    const tail = reader === undefined ? "" : `, ${reader}`;
    body = `this.stream(${JSON.stringify(method.name)}, (${limits}) => ${call}, ${options}${tail})`;
  } else {
    // Bytes that travel as they are come back as an empty answer.
    const isEmptied = method.result.kind === "nothing" && method.raw;
    body = isEmptied ? `${call}.then(ferrule.nothing)` : call + cast;
  }
  // What an argument throws rejects, as everything else does.
  const isAsync =
    form !== "d.ts" && !isStream && parameters.some(({ value, name }) => value !== name && value !== "null");
  const head = `  ${isAsync ? "async " : ""}${method.clientName}(${list.join(", ")})`;
  return `${comment(docsOf(method), "  ")}${head}${tail(form, returned, `    return ${body};\n`)}`;
}

/** What follows a function's parameters. */
export function tail(form: Form, type: string, body: string): string {
  if (form === "d.ts") return `: ${type};\n`;
  return `${form === "ts" ? `: ${type}` : ""} {\n${body}  }\n`;
}

/** By method, the function that looks at its results: where an integer may be one that its type cannot say. */
export function resultReaders(description: InterfaceDescription, types: NamedTypes): Map<MethodDescription, string> {
  const readers = new Map<MethodDescription, string>();
  for (const method of description.methods) {
    const reader = method.result.kind === "value" ? readerOf(method.result.schema, types) : undefined;
    if (reader !== undefined) readers.set(method, reader);
  }
  return readers;
}

function readerOf(schema: Schema, types: NamedTypes): string | undefined {
  const named = types.schemas("output");
  const { wide, plain } = integersOf(schema, named);
  if (!plain) return undefined;
  if (!wide) return "ferrule.narrow";
  const used = [...reachable(schema, named)].toSorted().map((name) => [name, named[name] ?? true]);
  return `ferrule.narrowBy(${JSON.stringify(schema)}, ${JSON.stringify(Object.fromEntries(used))})`;
}

function reachable(schema: Schema, named: Readonly<Record<string, Schema>>, found = new Set<string>()): Set<string> {
  for (const name of refsOf(schema)) {
    if (found.has(name)) continue;
    found.add(name);
    reachable(named[name] ?? true, named, found);
  }
  return found;
}

function readParameters(parameters: readonly ParameterDescription[], types: NamedTypes): Parameter[] {
  const taken = new Set<string>();
  const read = parameters.map((parameter): Parameter => {
    let name = parameterName(parameter.name);
    while (taken.has(name)) name += "_"; // `a_b` beside `aB`
    taken.add(name);
    switch (parameter.kind) {
      case "nothing":
        return { name, type: "null", isOptional: true, value: "null", isStream: false };
      case "bytes":
        return { name, type: "Uint8Array", isOptional: false, value: name, isStream: false };
      case "stream": {
        const item = types.type(parameter.schema, "input");
        const type = `AsyncIterable<${item}> | Iterable<${item}>`;
        return { name, type, isOptional: false, value: name, isStream: true };
      }
      case "value": {
        const { long } = integersOf(parameter.schema, types.schemas("input"));
        const type = types.type(parameter.schema, "input");
        const isOptional = takesNull(parameter.schema, types.schemas("input"));
        return { name, type, isOptional, value: long ? `ferrule.widen(${name})` : name, isStream: false };
      }
      default:
        return parameter satisfies never;
    }
  });
  // Only what nothing else follows can be left out.
  const lastRequired = read.findLastIndex(({ isOptional }) => !isOptional);
  return read.map((each, index) => ({ ...each, isOptional: each.isOptional && index > lastRequired }));
}

function callText(method: MethodDescription, parameters: readonly Parameter[], options: string): string {
  const name = JSON.stringify(method.name);
  const call = (values: readonly string[]): string => {
    const payload = method.raw ? (values[0] ?? "undefined") : `[${values.join(", ")}]`;
    return `this.handle.call(${name}, ${values.length === 0 ? "undefined" : payload}, ${options})`;
  };
  const streams = parameters.filter(({ isStream }) => isStream);
  if (streams.length === 0) return call(parameters.map(({ value }) => value));
  const numbers = new Map(streams.map((stream, index) => [stream, free(`stream${index}`, parameters)]));
  const inner = call(parameters.map((each) => numbers.get(each) ?? each.value));
  return `this.fed([${streams.map(({ name: each }) => each).join(", ")}], (${[...numbers.values()].join(", ")}) => ${inner})`;
}

/** A name that no parameter has. */
function free(name: string, parameters: readonly Parameter[]): string {
  return parameters.some((parameter) => parameter.name === name) ? free(`${name}_`, parameters) : name;
}

function answerType({ result }: MethodDescription, types: NamedTypes): string {
  switch (result.kind) {
    case "nothing":
      return "void";
    case "bytes":
      return "Uint8Array";
    case "value":
    case "stream":
      return types.type(result.schema, "output");
    default:
      return result satisfies never;
  }
}

function docsOf({ docs, errors, openErrors }: MethodDescription): string {
  const codes = [...new Set(errors)].map((code) => `\`${code}\``).join(", ");
  if (codes === "") return docs;
  return `${docs === "" ? "" : `${docs}\n\n`}@throws ${codes}${openErrors ? ", and others" : ""}`;
}
