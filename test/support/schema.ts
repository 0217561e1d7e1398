/** Standard Schemas as libraries write them, small: maps of fields, each with a check of its own. */
import type { JsonSchema, SchemaIssue, SchemaResult, StandardSchema } from "../../dist/index.js";

/** Answers what the value becomes, or throws what is wrong with it. */
export type Check = (value: unknown) => unknown;

export interface Shape {
  readonly [key: string]: Check | Shape;
}

export interface SchemaOptions {
  /** Unknown keys: one issue at the map that names them, one at each key, or none. */
  readonly unknown?: "at the map" | "at the key" | "dropped";
  readonly jsonSchema?: JsonSchema;
  /** The only target that the library knows. */
  readonly target?: string;
}

export const integer: Check = (value) => {
  if (Number.isInteger(value)) return value;
  throw new Error(`Expected an integer, received ${JSON.stringify(value)}`);
};
export const text: Check = (value) => {
  if (typeof value === "string") return value;
  throw new Error("Expected a string");
};
export const anything: Check = (value) => value;

export function schemaOf<Output>(shape: Shape, options: SchemaOptions = {}): StandardSchema<Output> {
  const { jsonSchema, target = "draft-2020-12", unknown = "at the map" } = options;
  const input = (asked: { readonly target: string }): Record<string, unknown> => {
    if (asked.target === target) return { ...jsonSchema };
    throw new Error(`no ${asked.target} here`);
  };
  return {
    "~standard": {
      version: 1,
      vendor: "tests",
      ...(jsonSchema === undefined ? {} : { jsonSchema: { input } }),
      validate: (value): SchemaResult<Output> => {
        const issues: SchemaIssue[] = [];
        const output = check(shape, value, [], unknown, issues) as Output;
        return issues.length > 0 ? { issues } : { value: output };
      },
    },
  };
}

function check(
  shape: Shape,
  value: unknown,
  path: readonly string[],
  unknown: SchemaOptions["unknown"],
  issues: SchemaIssue[],
): unknown {
  const fields = value as Readonly<Record<string, unknown>>;
  const output: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(shape)) {
    const at = [...path, key];
    if (typeof inner === "object") output[key] = check(inner, fields[key] ?? {}, at, unknown, issues);
    else {
      try {
        output[key] = inner(fields[key]);
      } catch (error) {
        issues.push({ message: (error as Error).message, path: at.map((each) => ({ key: each })) });
      }
    }
  }
  const left = Object.keys(fields).filter((key) => !Object.hasOwn(shape, key));
  if (left.length === 0 || unknown === "dropped") return output;
  const named = left.map((key) => JSON.stringify(key)).join(", ");
  if (unknown === "at the map") issues.push({ message: `Unrecognized keys: ${named}`, path });
  else for (const key of left) issues.push({ message: "Unexpected key", path: [...path, key] });
  return output;
}
