/** The text of one client: its errors, its types, its class. */
import type { ErrorDescription, InterfaceDescription, MethodDescription } from "../runtime/interface.ts";
import type { ComponentInfo } from "../runtime/types.ts";
import type { GeneratorOptions } from "./index.ts";
import { methodText, resultReaders } from "./method-text.ts";
import { NamedTypes } from "./named-types.ts";
import { comment, key, pascal } from "./words.ts";

/** What generated files take from the language: no type of the user's can have these names. */
const GLOBALS = [
  "Array",
  "AsyncIterable",
  "Date",
  "Error",
  "Iterable",
  "Map",
  "Promise",
  "ReadonlyMap",
  "Record",
  "URL",
];
/** An error class of the client. */
interface ErrorClass {
  readonly name: string;
  readonly error: ErrorDescription;
}

/** @throws {FerruleError} `TYPE_UNSUPPORTED` */
export function clientText(
  component: ComponentInfo,
  description: InterfaceDescription,
  options: GeneratorOptions,
): string {
  const client = pascal(description.type);
  const base = `${client}Error`;
  const errors = errorClasses(client, base, description.errors);
  const own = [client, base, `${base}Code`, `${base}Codes`, ...errors.map(({ name }) => name)];
  const types = new NamedTypes(description, [...GLOBALS, ...own]);
  const readers = resultReaders(description, types);
  const methods = description.methods.map((method) => methodText(method, types));
  const body = [
    errorsText(client, base, errors, description),
    ...types.declarations(),
    classText({ client, base, errors, component, description, readers, methods, types, options }),
  ].join("\n");
  return `${head(description.type)}import * as ferrule from "ferrule/client";\n\n${body}`;
}

function head(type: string): string {
  return `/** Typed client of the extension "${type}". Written by \`ferrule build\`: changes are lost with the next. */\n`;
}

function errorClasses(client: string, base: string, errors: readonly ErrorDescription[]): ErrorClass[] {
  const taken = new Set([client, base]);
  return errors
    .filter(({ name }) => name !== "")
    .map((error) => {
      const wanted = `${client}${pascal(error.name).replace(/Error$/, "")}Error`;
      const name = taken.has(wanted) ? `${client}${pascal(error.code.toLowerCase())}Error` : wanted;
      taken.add(name);
      return { name, error };
    });
}

function errorsText(
  client: string,
  base: string,
  classes: readonly ErrorClass[],
  { type, methods, errors }: InterfaceDescription,
): string {
  const open = methods.some(({ openErrors }) => openErrors);
  const union = codeUnion(
    errors.map(({ code }) => code),
    open,
  );
  const perMethod = methods.map(
    ({ clientName, errors: codes, openErrors }) => `  readonly ${clientName}: ${codeUnion(codes, openErrors)};\n`,
  );
  const parts = [
    `/** Codes that methods of ${client} refuse with. */\nexport type ${base}Code = ${union};\n`,
    `/** The same, by method. */\nexport interface ${base}Codes {\n${perMethod.join("")}}\n`,
    `/** What the extension "${type}" refuses with; a class of its own for each code. */\n` +
      `export class ${base} extends ferrule.TypedError {\n  declare readonly code: ${base}Code;\n}\n`,
    ...classes.map(({ name, error: { code, docs, permanent, retryable } }) => {
      const hint = permanent ? "The same request would fail again." : retryable ? "It may succeed later." : "";
      const text = [docs, hint].filter((part) => part !== "").join("\n\n");
      return `${comment(text)}export class ${name} extends ${base} {\n  declare readonly code: ${JSON.stringify(code)};\n}\n`;
    }),
  ];
  return parts.join("\n");
}

function codeUnion(codes: readonly string[], open: boolean): string {
  const named = [...new Set(codes)].map((code) => JSON.stringify(code));
  if (open) return [...named, "(string & {})"].join(" | ");
  return named.join(" | ") || "never";
}

interface ClassParts {
  readonly client: string;
  readonly base: string;
  readonly errors: readonly ErrorClass[];
  readonly component: ComponentInfo;
  readonly description: InterfaceDescription;
  readonly readers: ReadonlyMap<MethodDescription, string>;
  readonly methods: readonly string[];
  readonly types: NamedTypes;
  readonly options: GeneratorOptions;
}

function classText(parts: ClassParts): string {
  const { client, base, errors, component, description, readers, methods, types, options } = parts;
  const codes = errors.map(({ name, error: { code } }) => `${key(code)}: ${name}`);
  const results = [...readers].map(([{ name }, reader]) => `${key(name)}: ${reader}`);
  const fields = [
    `type: ${JSON.stringify(description.type)}`,
    `fingerprint: ${JSON.stringify(description.fingerprint)}`,
    `errors: { base: ${base}, codes: {${spaced(codes)}} }`,
    `results: {${spaced(results)}}`,
    ...(options.library === undefined ? [] : [`library: new URL(${JSON.stringify(options.library)}, import.meta.url)`]),
  ];
  const config = types.type(description.config, "config");
  const start = "Starts an instance: in the runtime of the options, or in one that is opened for it.";
  return [
    comment(component.description),
    `export class ${client} extends ferrule.RustClient {\n`,
    `  static readonly definition: ferrule.ClientDefinition = {\n${fields.map((field) => `    ${field},\n`).join("")}  };\n\n`,
    comment(start, "  "),
    `  static start(config?: ${config}, options?: ferrule.ClientOptions): Promise<${client}> {\n`,
    `    return ferrule.startClient(${client}, config, options);\n  }\n`,
    `\n  /** What \`runtime.start(${client}, config)\` does. */\n`,
    `  static startIn(runtime: ferrule.RustRuntime, config?: ${config}, options?: ferrule.ClientOptions): Promise<${client}> {\n`,
    `    return ferrule.startClient(${client}, config, { ...options, runtime });\n  }\n`,
    ...methods.map((method) => `\n${method}`),
    "}\n",
  ].join("");
}

function spaced(entries: readonly string[]): string {
  return entries.length === 0 ? "" : ` ${entries.join(", ")} `;
}
