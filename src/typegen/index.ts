/** Typed clients in TypeScript, from what a library says of its extensions. */
import type { ComponentInfo } from "../runtime/types.ts";
import { clientText } from "./client-text.ts";

/** A file of a client, under a path that is relative to where clients are kept. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export interface GeneratorOptions {
  /** The library, as a path relative to the client: instances that are started without a runtime open it. */
  readonly library?: string;
}

/**
 * The clients of a library's typed extensions, one file each; extensions that are not typed have none.
 * @param description what `components()` of a runtime answers, or one of its entries
 * @throws {FerruleError} `TYPE_UNSUPPORTED` for a type that TypeScript has no word for
 */
export function generateClient(
  description: ComponentInfo | readonly ComponentInfo[],
  options: GeneratorOptions = {},
): GeneratedFile[] {
  const components = Array.isArray(description) ? (description as readonly ComponentInfo[]) : [description];
  return (components as readonly ComponentInfo[]).flatMap((component) => {
    if (component.interface === undefined) return [];
    const path = `${component.type.replaceAll("_", "-")}.ts`;
    return [{ path, text: clientText(component, component.interface, options) }];
  });
}
