/**
 * The JSON Schema of a whole configuration file, for editors and for checks without ferrule: sections, ids, and each
 * component's own schema, kept apart under `$defs/<section>.<type>`.
 */
import { isSelfReading } from "../component/config.ts";
import { DEPENDS_ON } from "../component/depends-on.ts";
import type { ExtensionFactory } from "../component/extension.ts";
import type { ComponentFactory } from "../component/factory.ts";
import type { JsonSchema } from "../component/standard-schema.ts";
import type { CollectorFactories } from "./collector-config.ts";
import { embedded } from "./embedded-schema.ts";
import { jsonSchemaOf } from "./known-keys.ts";
import { schemaOfDefaults } from "./schema-of-defaults.ts";
import {
  AFTER_TYPE,
  collectorServiceSchema,
  type IdKind,
  idDefinition,
  idSchema,
  idsSchema,
  orReference,
  PATHS,
  REFERENCE,
  reference,
  SPACE,
  section,
  serviceSchema,
} from "./service-schema.ts";
import { isObject } from "./shapes.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A section of components, and who makes them. */
interface Section {
  readonly name: "extensions" | "receivers" | "processors" | "exporters" | "connectors";
  readonly what: string;
  readonly factories: readonly ComponentFactory[];
}

/**
 * The schema of a file whose components these factories make. It accepts what ferrule accepts, also references
 * (`${env:NAME}`) in place of any value, keys that are paths, and files that are a part of a configuration. Where a
 * factory has no schema, its defaults say which keys there are.
 * @param factories of extensions; or of everything, for files with pipelines
 * @param title for people
 */
export function configJsonSchema(
  factories: readonly ExtensionFactory[] | CollectorFactories,
  title = "ferrule",
): JsonSchema {
  const collector = isWhole(factories) ? factories : undefined;
  const extensions = isWhole(factories) ? factories.extensions : factories;
  const { receivers = [], processors = [], exporters = [], connectors = [], telemetry = {} } = collector ?? {};
  const sections: readonly Section[] = [
    { name: "extensions", what: "An extension", factories: extensions },
    ...(collector === undefined
      ? []
      : ([
          { name: "receivers", what: "A receiver", factories: receivers },
          { name: "processors", what: "A processor", factories: processors },
          { name: "exporters", what: "An exporter", factories: exporters },
          { name: "connectors", what: "A connector", factories: connectors },
        ] as const)),
  ];
  const ids: readonly (readonly [IdKind, readonly ComponentFactory[]])[] = [
    ["extension", extensions],
    ...(collector === undefined
      ? []
      : ([
          ["receiver", [...receivers, ...connectors]],
          ["processor", processors],
          ["exporter", [...exporters, ...connectors]],
        ] as const)),
  ];
  return {
    $schema: DIALECT,
    title: `Configuration of ${title}`,
    ...section({
      ...Object.fromEntries(sections.map((each) => [each.name, sectionSchema(each)])),
      service: collector === undefined ? serviceSchema() : collectorServiceSchema(telemetry),
    }),
    $defs: {
      [REFERENCE]: {
        description: "A reference, which stands for what a source gives.",
        type: "string",
        pattern: "\\$\\{[^}]*\\}",
      },
      ...Object.fromEntries(ids.map(([kind, makers]) => [idDefinition(kind), idSchema(kind, typesOf(makers))])),
      ...Object.fromEntries(
        sections.flatMap(({ name, factories: makers }) =>
          byType(makers).map((factory) => [`${name}.${factory.type}`, componentSchema(name, factory)]),
        ),
      ),
    },
  };
}

function isWhole(factories: readonly ExtensionFactory[] | CollectorFactories): factories is CollectorFactories {
  return !Array.isArray(factories);
}

function byType<Factory extends ComponentFactory>(factories: readonly Factory[]): Factory[] {
  return factories.toSorted((one, other) => (one.type < other.type ? -1 : 1));
}

function typesOf(factories: readonly ComponentFactory[]): string[] {
  return [...new Set(byType(factories).map(({ type }) => type))];
}

function sectionSchema({ name, what, factories }: Section): JsonSchema {
  const entries = byType(factories).map(({ type }): [pattern: string, schema: JsonSchema] => [
    `^${SPACE}${type}${AFTER_TYPE}`,
    {
      anyOf: [{ type: "null" }, reference, { $ref: `#/$defs/${name}.${type}` }],
      description: `${what} of type ${type}. Without anything it has its defaults.`,
    },
  ]);
  const patternProperties = { ...Object.fromEntries(entries), ...PATHS };
  return orReference(
    { type: ["object", "null"], patternProperties, additionalProperties: false },
    `The ${name} that there are, by id: \`type\` or \`type/name\`.`,
  );
}

function componentSchema(name: string, factory: ComponentFactory & Partial<ExtensionFactory>): JsonSchema {
  const schema = embedded(ownSchema(factory), `#/$defs/${name}.${factory.type}`, reference);
  if (factory.takesDependsOn !== true) return { title: factory.type, ...schema };
  const dependsOn = idsSchema("extension", "Extensions that start before this one, and stop after it.");
  const properties = { ...(isObject(schema.properties) ? schema.properties : {}), [DEPENDS_ON]: dependsOn };
  return { title: factory.type, ...schema, properties };
}

/** Of the section alone. Without a schema of its own, what decodes the section decides what is known of it. */
function ownSchema(factory: ComponentFactory): JsonSchema {
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
