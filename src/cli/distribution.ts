/** What one program made with ferrule consists of. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { BuildInfo } from "../component/settings.ts";

/** Give one to `main`, and it is a command line of its own. */
export interface Distribution {
  readonly buildInfo: BuildInfo;
  /** Path of its Rust library; ferrule's bundled one unless given. `--library` goes before it. */
  readonly library?: string;
  /** Its TypeScript extensions. */
  readonly factories?: readonly ExtensionFactory[];
}
