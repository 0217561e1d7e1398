/** Typed clients in TypeScript, from what a library says of its extensions. */
import type { ComponentInfo } from "../runtime/types.ts";
import { clientText } from "./client-text.ts";
import { placed } from "./unsupported.ts";
import { clientFile } from "./words.ts";

/** A file of a client, under a path that is relative to where clients are kept. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** As a module of TypeScript, or as what a compiler makes of it: a module of JavaScript and its declarations. */
export type Form = "ts" | "js" | "d.ts";

export interface GeneratorOptions {
  /** A module, as the clients import it, whose `library` is the path of theirs: started without a runtime they open it. */
  readonly library?: string;
  /** The files of each client; one in TypeScript unless given. */
  readonly forms?: readonly Form[];
}

/** What every generated file begins with. */
export const HEADER = "/** Typed client of the extension ";

/**
 * The clients of a library's typed extensions; extensions that are not typed have none.
 * @param description what `components()` of a runtime answers, or one of its entries
 * @throws {FerruleError} `TYPE_UNSUPPORTED` for a type that TypeScript has no word for
 */
export function generateClient(
  description: ComponentInfo | readonly ComponentInfo[],
  options: GeneratorOptions = {},
): GeneratedFile[] {
  const components = Array.isArray(description) ? (description as readonly ComponentInfo[]) : [description];
  return (components as readonly ComponentInfo[]).flatMap((component) => {
    const { interface: described } = component;
    if (described === undefined) return [];
    const name = clientFile(component.type);
    return (options.forms ?? ["ts"]).map((form) => {
      const text = textOf(component, described, form, options.library);
      return {
        path: `${name}.${form}`,
        text: `${HEADER}"${component.type}". Written by \`ferrule build\`: ${LOST} */\n${text}`,
      };
    });
  });
}

/** @throws {FerruleError} `TYPE_UNSUPPORTED`, which says where */
function textOf(...parts: Parameters<typeof clientText>): string {
  try {
    return clientText(...parts);
  } catch (error) {
    throw placed(error, parts[1]);
  }
}

const LOST = "changes are lost with the next.";
