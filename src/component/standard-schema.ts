/**
 * The interface that schema libraries for TypeScript share (standardschema.dev), as far as ferrule reads it: any of
 * them can describe a component's configuration, and none is a dependency.
 */

/** A schema that checks a configuration. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    /** Name of the library that made it. */
    readonly vendor: string;
    /** Checks a value. It answers at once: a promise is refused, since a configuration is decoded in one go. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Where the library has it: the same as JSON Schema. */
    readonly jsonSchema?: SchemaConverter | undefined;
    /** For the compiler alone. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value: the value as the component gets it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One mistake. */
export interface SchemaIssue {
  readonly message: string;
  /** The keys that lead to it, as they are or as objects that hold them. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Makes JSON Schema of what may be written, as `input`. */
export interface SchemaConverter {
  readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" }) => Record<string, unknown>;
}

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The keys of an issue's path. Text and numbers stay what they are; a symbol is its description. */
export function keysOfIssue({ path = [] }: SchemaIssue): (string | number)[] {
  return path.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "symbol" ? (key.description ?? "") : key;
  });
}

/** JSON Schema of what may be written, where the schema's library offers it and can say it. */
export function toJsonSchema(schema: StandardSchema): JsonSchema | undefined {
  const convert = schema["~standard"].jsonSchema?.input;
  if (convert === undefined) return undefined;
  for (const target of ["draft-2020-12", "draft-07"] as const) {
    try {
      return convert({ target });
    } catch {
      // The library knows no such target, or has a type without a form in JSON Schema: the next one, or none.
    }
  }
  return undefined;
}
