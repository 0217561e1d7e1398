import type { Extension, ExtensionFactory } from "../../dist/component/extension.js";
import { ComponentId } from "../../dist/core/id.js";

/** What one TypeScript extension of the tests does. */
export interface Script {
  depends_on?: string[];
  fail_create?: string;
  nil_create?: boolean;
  fail_start?: string;
  fail_ready?: string;
  fail_notready?: string;
  fail_shutdown?: string;
  /** The start (or the shutdown) never ends, whatever its context says. */
  hang_start?: boolean;
  hang_shutdown?: boolean;
}

/** Factories of TypeScript extensions that do what their configuration says, and tell `events`. */
export function scriptedFactories(types: readonly string[], events: string[]): ExtensionFactory<Script>[] {
  const never = new Promise<void>(() => undefined);
  const tell = async (event: string, failure?: string, hang?: boolean): Promise<void> => {
    events.push(event);
    if (hang) await never;
    if (failure) throw new Error(failure);
  };
  return types.map((type) => ({
    type,
    stability: "Stable",
    createDefaultConfig: () => ({
      depends_on: [],
      fail_create: "",
      nil_create: false,
      fail_start: "",
      fail_ready: "",
      fail_notready: "",
      fail_shutdown: "",
      hang_start: false,
      hang_shutdown: false,
    }),
    dependencies: (script) => (script.depends_on ?? []).map((id) => ComponentId.parse(id)),
    create: ({ id }, script) => {
      if (script.nil_create) return undefined as unknown as Extension;
      events.push(`create:${id}`);
      if (script.fail_create) throw new Error(script.fail_create);
      return {
        start: () => tell(`start:${id}`, script.fail_start, script.hang_start),
        ready: () => tell(`ready:${id}`, script.fail_ready),
        notReady: () => tell(`notready:${id}`, script.fail_notready),
        shutdown: () => tell(`stop:${id}`, script.fail_shutdown, script.hang_shutdown),
      };
    },
  }));
}
