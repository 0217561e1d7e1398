/** The text of one client: its errors, its types, its class. */
import type { ErrorDescription, InterfaceDescription, MethodDescription } from "../runtime/interface.ts";
import type { ComponentInfo } from "../runtime/types.ts";
import type { Form } from "./index.ts";
import { methodText, resultReaders, tail } from "./method-text.ts";
import { NamedTypes } from "./named-types.ts";
import { needsFields } from "./schema-types.ts";
import { clientName, comment, GLOBALS, key, pascal } from "./words.ts";

/** What is thrown beside the author's own errors. */
const OTHERS =
  "What is refused before the author's code is asked is a `TypedError` of `ferrule/client`: `INVALID_ARGUMENT` for an " +
  "argument, `CONFIG_INVALID` or `EXTENSION_ERROR` for a configuration.";

/** An error class of the client. */
interface ErrorClass {
  readonly name: string;
  readonly error: ErrorDescription;
}

/** @throws {FerruleError} `TYPE_UNSUPPORTED` */
export function clientText(
  component: ComponentInfo,
  description: InterfaceDescription,
  form: Form,
  library: string | undefined,
): string {
  const client = clientName(description.type);
  const base = `${client}Error`;
  const errors = errorClasses(client, base, description.errors);
  const own = [client, base, `${base}Code`, `${base}Codes`, ...errors.map(({ name }) => name)];
  const types = new NamedTypes(description, [...GLOBALS, ...own]);
  const readers = resultReaders(description, types);
  const methods = description.methods.map((method) => methodText(method, types, form));
  const imported =
    form === "d.ts" || library === undefined ? "" : `import { library } from ${JSON.stringify(library)};\n`;
  const body = [
    ...(form === "js" ? [] : codesText(client, base, description)),
    ...classesText(base, errors, description.type, form),
    ...(form === "js" ? [] : types.declarations()),
    classText({ client, base, errors, component, description, readers, methods, types, form, imported }),
  ].join("\n");
  return `import * as ferrule from "ferrule/client";\n${imported}\n${body}`;
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

function codesText(client: string, base: string, { methods, errors }: InterfaceDescription): string[] {
  const open = methods.some(({ openErrors }) => openErrors);
  const union = codeUnion(
    errors.map(({ code }) => code),
    open,
  );
  const perMethod = methods.map(
    ({ clientName, errors: codes, openErrors }) => `  readonly ${clientName}: ${codeUnion(codes, openErrors)};\n`,
  );
  return [
    `${comment(`Codes that ${client} refuses with. ${OTHERS}`)}export type ${base}Code = ${union};\n`,
    `${comment("The same, by method: those of its error type, none for a method that answers no `Result`.")}export interface ${base}Codes {\n${perMethod.join("")}}\n`,
  ];
}

function classesText(base: string, classes: readonly ErrorClass[], type: string, form: Form): string[] {
  const declared = form === "d.ts" ? "declare " : "";
  const body = (code: string): string => {
    if (form === "js") return "{}";
    return `{\n  ${form === "ts" ? "declare " : ""}readonly code: ${code};\n}`;
  };
  return [
    `/** What the extension "${type}" refuses with; a class of its own for each code. */\n` +
      `export ${declared}class ${base} extends ferrule.TypedError ${body(`${base}Code`)}\n`,
    ...classes.map(({ name, error: { code, docs, permanent, retryable } }) => {
      const hint = permanent ? "The same request would fail again." : retryable ? "It may succeed later." : "";
      const text = [docs, hint].filter((part) => part !== "").join("\n\n");
      return `${comment(text)}export ${declared}class ${name} extends ${base} ${body(JSON.stringify(code))}\n`;
    }),
  ];
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
  readonly form: Form;
  /** The statement that imports the library's path, if there is one. */
  readonly imported: string;
}

function classText(parts: ClassParts): string {
  const { client, base, component, description, methods, types, form } = parts;
  const config = types.type(description.config, "config");
  const refused = `@throws {@link ${base}} when it refuses to start; \`CONFIG_INVALID\` for a configuration, as {@link ferrule.TypedError}`;
  const starts = "Starts an instance: in the runtime of the options, or in one that is opened for it.";
  const doc = comment(`${starts}\n\n${refused}`, "  ");
  const docIn = comment(`What \`runtime.start(${client}, config)\` does.`, "  ");
  const answer = `Promise<${client}>`;
  const typed = (name: string, type: string): string => (form === "js" ? name : `${name}?: ${type}`);
  const mark = needsFields(description.config, description.input) ? "" : "?";
  const options = typed("options", "ferrule.ClientOptions");
  const given = `${form === "js" ? "config" : `config${mark}: ${config}`}, ${options}`;
  const runtime = form === "js" ? "runtime" : "runtime: ferrule.RustRuntime";
  const started = (more: string): string => `    return ferrule.startClient(${client}, config, ${more});\n`;
  return [
    comment(component.description),
    `export ${form === "d.ts" ? "declare " : ""}class ${client} extends ferrule.RustClient {\n`,
    definitionText(parts),
    doc,
    `  static start(${given})${tail(form, answer, started("options"))}`,
    `\n${docIn}  static startIn(${runtime}, ${given})${tail(form, answer, started("{ ...options, runtime }"))}`,
    ...methods.map((method) => `\n${method}`),
    "}\n",
  ].join("");
}

function definitionText({ base, errors, description, readers, form, imported }: ClassParts): string {
  if (form === "d.ts") return "  static readonly definition: ferrule.ClientDefinition;\n\n";
  const plain = description.errors.filter(({ name }) => name === "").map(({ code }) => `${key(code)}: ${base}`);
  const codes = [...errors.map(({ name, error: { code } }) => `${key(code)}: ${name}`), ...plain];
  const isOpen = description.methods.some(({ openErrors }) => openErrors);
  const results = [...readers].map(([{ name }, reader]) => `${key(name)}: ${reader}`);
  const fields = [
    `type: ${JSON.stringify(description.type)}`,
    `fingerprint: ${JSON.stringify(description.fingerprint)}`,
    `errors: { base: ${base}, codes: {${spaced(codes)}}, isOpen: ${isOpen} }`,
    `results: {${spaced(results)}}`,
    ...(imported === "" ? [] : ["library"]),
  ];
  const declared = form === "ts" ? "readonly definition: ferrule.ClientDefinition" : "definition";
  return `  static ${declared} = {\n${fields.map((field) => `    ${field},\n`).join("")}  };\n\n`;
}

function spaced(entries: readonly string[]): string {
  return entries.length === 0 ? "" : ` ${entries.join(", ")} `;
}
