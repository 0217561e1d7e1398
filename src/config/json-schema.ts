/**
 * The JSON Schema of a whole configuration file, for editors and for checks without ferrule: sections, ids, and each
 * component's own schema, kept apart under `$defs/<type>`.
 */
import { isSelfReading } from "../component/config.ts";
import { DEPENDS_ON } from "../component/depends-on.ts";
import type { ExtensionFactory } from "../component/extension.ts";
import type { JsonSchema } from "../component/standard-schema.ts";
import { embedded } from "./embedded-schema.ts";
import { jsonSchemaOf } from "./known-keys.ts";
import { schemaOfDefaults } from "./schema-of-defaults.ts";
import { LEVELS } from "./service-section.ts";
import { isObject } from "./shapes.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
/** No component has such a type: a hyphen is no part of one. */
const REFERENCE = "ferrule-reference";
const EXTENSION_ID = "ferrule-extension-id";
/** As `ComponentId` reads it. */
const SPACE = "[\\s\\u0085]*";
const NAME = "[^\\p{Z}\\p{S}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}]+";
const AFTER_TYPE = `${SPACE}(?:/${SPACE}${NAME}${SPACE})?$`;
/** A key that is a path: what it leads to is not looked at. */
const PATHS = { "::": {} };

const reference = { $ref: `#/$defs/${REFERENCE}` };
const EXTENSION_OR_REFERENCE = { anyOf: [{ $ref: `#/$defs/${EXTENSION_ID}` }, reference] };

/**
 * The schema of a file whose extensions these factories make. It accepts what ferrule accepts, also references
 * (`${env:NAME}`) in place of any value, keys that are paths, and files that are a part of a configuration. Where a
 * factory has no schema, its defaults say which keys there are.
 * @param title for people
 */
export function configJsonSchema(factories: readonly ExtensionFactory[], title = "ferrule"): JsonSchema {
  const sorted = factories.toSorted((one, other) => (one.type < other.type ? -1 : 1));
  return {
    $schema: DIALECT,
    title: `Configuration of ${title}`,
    ...section({
      extensions: {
        description: "What there is to run: components by id, `type` or `type/name`.",
        anyOf: [
          {
            type: ["object", "null"],
            patternProperties: { ...Object.fromEntries(sorted.map(entryOf)), ...PATHS },
            additionalProperties: false,
          },
          reference,
        ],
      },
      service: serviceSchema(),
    }),
    $defs: {
      [REFERENCE]: {
        description: "A reference, which stands for what a source gives.",
        type: "string",
        pattern: "\\$\\{[^}]*\\}",
      },
      [EXTENSION_ID]: {
        description: "The id of an extension: `type` or `type/name`.",
        type: "string",
        pattern: `^${SPACE}[a-zA-Z][0-9a-zA-Z_]{0,62}${AFTER_TYPE}`,
      },
      ...Object.fromEntries(sorted.map((factory) => [factory.type, componentSchema(factory)])),
    },
  };
}

function entryOf({ type }: ExtensionFactory): [pattern: string, schema: JsonSchema] {
  return [
    `^${SPACE}${type}${AFTER_TYPE}`,
    { anyOf: [{ type: "null" }, reference, { $ref: `#/$defs/${type}` }], description: descriptionOf(type) },
  ];
}

function descriptionOf(type: string): string {
  return `An extension of type ${type}. Without anything it has its defaults.`;
}

function componentSchema(factory: ExtensionFactory): JsonSchema {
  const schema = embedded(ownSchema(factory), `#/$defs/${factory.type}`, reference);
  if (factory.takesDependsOn !== true) return { title: factory.type, ...schema };
  const properties = { ...(isObject(schema.properties) ? schema.properties : {}), [DEPENDS_ON]: idsSchema(DEPENDS) };
  return { title: factory.type, ...schema, properties };
}

/** Of the section alone. Without a schema of its own, what decodes the section decides what is known of it. */
function ownSchema(factory: ExtensionFactory): JsonSchema {
  const stated = jsonSchemaOf(factory);
  if (stated !== undefined && factory.configSchema === undefined) return stated;
  const defaults = factory.createDefaultConfig();
  if (stated !== undefined) return withoutDefaulted(stated, defaults);
  return factory.configSchema !== undefined || isSelfReading(defaults)
    ? { type: "object" }
    : schemaOfDefaults(defaults);
}

/** What has a default of the factory's is not required of a file, though the schema requires it of the whole. */
function withoutDefaulted(schema: JsonSchema, defaults: unknown): JsonSchema {
  if (!isObject(defaults)) return schema;
  const { required, properties } = schema;
  const left = Array.isArray(required) ? required.filter((key: unknown) => !Object.hasOwn(defaults, String(key))) : [];
  const inner = Object.entries(isObject(properties) ? properties : {}).map(([key, value]) => [
    key,
    isObject(value) && Object.hasOwn(defaults, key) ? withoutDefaulted(value, defaults[key]) : value,
  ]);
  return {
    ...schema,
    ...(Array.isArray(required) ? { required: left } : {}),
    ...(isObject(properties) ? { properties: Object.fromEntries(inner) } : {}),
  };
}

const DEPENDS = "Extensions that start before this one, and stop after it.";

function serviceSchema(): JsonSchema {
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
  return orReference(
    section({
      extensions: idsSchema("Which of the extensions run."),
      telemetry: orReference(telemetry, "What the service tells of itself."),
    }),
    "What runs, and how.",
  );
}

/** A pattern has no flag for it. */
function inAnyCase(word: string): string {
  return [...word].map((letter) => `[${letter}${letter.toUpperCase()}]`).join("");
}

function idsSchema(description: string): JsonSchema {
  return orReference({ type: ["array", "null"], items: EXTENSION_OR_REFERENCE }, description);
}

function section(properties: JsonSchema): JsonSchema {
  return { type: ["object", "null"], properties, patternProperties: PATHS, additionalProperties: false };
}

function orReference(schema: JsonSchema, description: string): JsonSchema {
  return { description, anyOf: [schema, reference] };
}
