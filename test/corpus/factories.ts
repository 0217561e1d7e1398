/** The TypeScript extensions that the corpus is validated with, beside those of the bundled library. */
import { ComponentId, Duration, type ExtensionFactory, Opaque, Optional } from "../../dist/index.js";
import { integer, schemaOf, text } from "../support/schema.js";

const base = {
  stability: "Alpha",
  create: () => ({ start: async () => undefined, shutdown: async () => undefined }),
} as const;

interface Linked {
  readonly after: readonly string[];
}

const linked: ExtensionFactory<Linked> = {
  ...base,
  type: "linked",
  createDefaultConfig: () => ({ after: [] }),
  dependencies: ({ after }) => after.map((id) => ComponentId.parse(id)),
};

export const corpusFactories: readonly ExtensionFactory[] = [
  linked as ExtensionFactory,
  {
    ...base,
    type: "typed",
    createDefaultConfig: () => ({
      port: 1,
      wait: Duration.parse("5s"),
      key: new Opaque(""),
      tls: Optional.none({ file: "", wait: Duration.parse("1s") }),
      queue: Optional.default({ size: 10 }),
      limits: { low: 1, inner: { high: 2 } },
      labels: {},
    }),
  },
  { ...base, type: "bare", createDefaultConfig: () => ({}) },
  {
    ...base,
    type: "checked",
    createDefaultConfig: () => ({ host: "localhost", port: 1, tls: { file: "f" } }),
    configSchema: schemaOf({ host: text, port: integer, tls: { file: text } }),
  },
];
