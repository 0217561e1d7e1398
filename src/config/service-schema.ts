/** The JSON Schema of the section `service`, and the parts that it shares with the rest of the file's. */
import type { JsonSchema } from "../component/standard-schema.ts";
import { SIGNALS } from "../core/signal.ts";
import { embedded } from "./embedded-schema.ts";
import { schemaOfDefaults } from "./schema-of-defaults.ts";
import { LEVELS } from "./service-section.ts";

/** No component has such a type: a hyphen is no part of one. */
export const REFERENCE = "ferrule-reference";
/** A reference of the configuration, in place of any value. */
export const reference: JsonSchema = { $ref: `#/$defs/${REFERENCE}` };

/** As `ComponentId` reads it. */
export const SPACE = "[\\s\\u0085]*";
const NAME = "[^\\p{Z}\\p{S}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}]+";
export const AFTER_TYPE = `${SPACE}(?:/${SPACE}${NAME}${SPACE})?$`;
/** A key that is a path: what it leads to is not looked at. */
export const PATHS: JsonSchema = { "::": {} };

/** Which components a list of ids may name: the last part of its definition's name. */
export type IdKind = "extension" | "receiver" | "processor" | "exporter";

/** The name under `$defs` of ids of one kind. */
export function idDefinition(kind: IdKind): string {
  return `ferrule-${kind}-id`;
}

/** Ids of components of these types. An id of any other type can be configured nowhere. */
export function idSchema(kind: IdKind, types: readonly string[]): JsonSchema {
  const description = `The id of ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}: \`type\` or \`type/name\`.`;
  if (types.length === 0) return { description, not: {} };
  return { description, type: "string", pattern: `^${SPACE}(?:${types.join("|")})${AFTER_TYPE}` };
}

/** A list of ids.
 * @param more keywords of the list */
export function idsSchema(kind: IdKind, description: string, more: JsonSchema = {}): JsonSchema {
  const items = { anyOf: [{ $ref: `#/$defs/${idDefinition(kind)}` }, reference] };
  return orReference({ type: ["array", "null"], items, ...more }, description);
}

/** The section of a service without pipelines. */
export function serviceSchema(): JsonSchema {
  const logs = section({
    level: {
      description: "Least level of what is logged.",
      anyOf: [
        { enum: [...LEVELS, null] },
        { type: "string", pattern: `^(?:${LEVELS.map(inAnyCase).join("|")})$` },
        reference,
      ],
    },
  });
  const telemetry = section({ logs: orReference(logs, "How the service logs.") });
  return wholeSchema({ telemetry: orReference(telemetry, "What the service tells of itself.") });
}

/** The section of a service with pipelines.
 * @param telemetry the defaults of `service::telemetry` */
export function collectorServiceSchema(telemetry: unknown): JsonSchema {
  const own = embedded(schemaOfDefaults(telemetry), "#", reference);
  const told = { description: "What the service tells of itself.", anyOf: [own, { type: "null" }, reference] };
  const pipeline = section({
    receivers: idsSchema("receiver", "Where its data comes from.", { minItems: 1 }),
    processors: idsSchema("processor", "What its data passes, in this order.", { uniqueItems: true }),
    exporters: idsSchema("exporter", "Where its data goes.", { minItems: 1 }),
  });
  const pipelines = {
    type: ["object", "null"],
    patternProperties: {
      [`^${SPACE}(?:${SIGNALS.join("|")})${AFTER_TYPE}`]: orReference(pipeline, "A pipeline of one signal."),
      ...PATHS,
    },
    additionalProperties: false,
  };
  return wholeSchema({ telemetry: told, pipelines: orReference(pipelines, "By id, `signal` or `signal/name`.") });
}

function wholeSchema(properties: JsonSchema): JsonSchema {
  const extensions = idsSchema("extension", "Which of the extensions run.");
  return orReference(section({ extensions, ...properties }), "What runs, and how.");
}

/** A pattern has no flag for it. */
function inAnyCase(word: string): string {
  return [...word].map((letter) => `[${letter}${letter.toUpperCase()}]`).join("");
}

/** A map with these keys, or nothing. */
export function section(properties: JsonSchema): JsonSchema {
  return { type: ["object", "null"], properties, patternProperties: PATHS, additionalProperties: false };
}

export function orReference(schema: JsonSchema, description: string): JsonSchema {
  return { description, anyOf: [schema, reference] };
}
