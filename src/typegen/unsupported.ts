/** Where in an extension a type stands that TypeScript has no word for. */
import { FerruleError } from "../core/errors.ts";
import type { InterfaceDescription, MethodDescription, TypeDescription } from "../runtime/interface.ts";
import { methodText } from "./method-text.ts";
import { NamedTypes } from "./named-types.ts";

/** The error with the extension, the method and the parameter before its text. Other errors stay as they are. */
export function placed(error: unknown, description: InterfaceDescription): unknown {
  if (!(error instanceof FerruleError) || error.code !== "TYPE_UNSUPPORTED") return error;
  const text = `extension "${description.type}", ${placeIn(description)}: ${error.message}`;
  return new FerruleError(error.code, text, { permanent: true, cause: error });
}

/** Each part is tried alone. */
function placeIn(description: InterfaceDescription): string {
  const nothing: TypeDescription = { kind: "nothing" };
  for (const method of description.methods) {
    const fails = (part: Partial<MethodDescription>): boolean =>
      isRefused(description, { ...method, raw: false, parameters: [], result: nothing, ...part });
    const parameter = method.parameters.find((each) => fails({ parameters: [each] }));
    if (parameter !== undefined) return `method "${method.name}", parameter "${parameter.name}"`;
    if (fails({ result: method.result })) return `method "${method.name}", its result`;
  }
  return "its configuration";
}

function isRefused(description: InterfaceDescription, method: MethodDescription): boolean {
  try {
    methodText(method, new NamedTypes({ ...description, methods: [method], config: true }, []), "ts");
    return false;
  } catch {
    return true;
  }
}
