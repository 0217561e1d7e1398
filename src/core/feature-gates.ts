/**
 * Feature gates: what can be switched on before everybody has it, or off once everybody does. Stages, rules and texts
 * are the Collector's.
 */
import { FerruleError, messageOf } from "./errors.ts";
import { GateVersion } from "./gate-version.ts";
import { quote } from "./quote.ts";

/** How far a gate has come. Alpha and deprecated gates are off at first, beta and stable ones on. */
export type GateStage = "Alpha" | "Beta" | "Stable" | "Deprecated";

const STARTS_ENABLED: Readonly<Record<GateStage, boolean>> = {
  Alpha: false,
  Beta: true,
  Stable: true,
  Deprecated: false,
};
const ID = /^[0-9a-zA-Z.]+$/;

/** What may be said of a gate when it is registered. */
export interface GateOptions {
  readonly description?: string;
  /** Where to read more. */
  readonly referenceUrl?: string;
  /** The version that brought the gate. */
  readonly fromVersion?: string;
  /** The last version that has it. Stable and deprecated gates must name one. */
  readonly toVersion?: string;
}

/** One gate, as its registry knows it. */
export class FeatureGate {
  readonly id: string;
  readonly stage: GateStage;
  readonly description: string;
  readonly referenceUrl: string;
  /** Like `v0.2.0`; `v<nil>` when there is none. */
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly #isEnabled: () => boolean;

  /** @internal */
  constructor(id: string, stage: GateStage, options: GateOptions, versions: Versions, isEnabled: () => boolean) {
    this.id = id;
    this.stage = stage;
    this.description = options.description ?? "";
    this.referenceUrl = options.referenceUrl ?? "";
    this.fromVersion = `v${versions.from ?? "<nil>"}`;
    this.toVersion = `v${versions.to ?? "<nil>"}`;
    this.#isEnabled = isEnabled;
  }

  get isEnabled(): boolean {
    return this.#isEnabled();
  }
}

interface Versions {
  readonly from: GateVersion | undefined;
  readonly to: GateVersion | undefined;
}

/** A set of gates. Programs share {@link featureGates}. */
export class FeatureGates {
  readonly #gates = new Map<string, FeatureGate>();
  readonly #enabled = new Map<string, boolean>();

  /** Adds a gate.
   * @throws {FerruleError} `INVALID_ARGUMENT` for an id, a stage or a version that is none, and for a second gate of one
   *   id */
  register(id: string, stage: GateStage, options: GateOptions = {}): FeatureGate {
    if (!ID.test(id)) {
      throw refused(`invalid ID ${quote(id)}: ${id === "" ? "empty ID" : "invalid character(s) in ID"}`);
    }
    checkUrl(options.referenceUrl);
    const versions = {
      from: versionOf("WithRegisterFromVersion", options.fromVersion, " "),
      to: versionOf("WithRegisterToVersion", options.toVersion, "  "),
    };
    if (!Object.hasOwn(STARTS_ENABLED, stage)) {
      throw refused(`unknown stage value ${quote(String(stage))} for gate ${quote(id)}`);
    }
    if ((stage === "Stable" || stage === "Deprecated") && versions.to === undefined) {
      throw refused(`no removal version set for ${stage} gate ${quote(id)}`);
    }
    const { from, to } = versions;
    if (from !== undefined && to?.isBefore(from)) {
      throw refused(`toVersion ${quote(String(to))} is before fromVersion ${quote(String(from))}`);
    }
    if (this.#gates.has(id)) throw refused(`failed to register ${quote(id)}: gate is already registered`);
    const gate = new FeatureGate(id, stage, options, versions, () => this.#enabled.get(id) ?? STARTS_ENABLED[stage]);
    this.#gates.set(id, gate);
    return gate;
  }

  /** Switches a gate.
   * @returns what there is to say of a gate that cannot be switched any more, and already is as it is wanted
   * @throws {FerruleError} `INVALID_ARGUMENT` for a gate that there is not, and for a wish that comes too late */
  set(id: string, enabled: boolean): string | undefined {
    const gate = this.#gates.get(id);
    if (gate === undefined) {
      const valid = this.list().map((known) => known.id);
      throw refused(`no such feature gate ${quote(id)}. valid gates: [${valid.join(" ")}]`);
    }
    if (gate.stage === "Alpha" || gate.stage === "Beta") {
      this.#enabled.set(id, enabled);
      return undefined;
    }
    const [state, wish] = gate.stage === "Stable" ? ["enabled", "disabled"] : ["disabled", "enabled"];
    const stage = gate.stage.toLowerCase();
    if (enabled !== STARTS_ENABLED[gate.stage]) {
      throw refused(`feature gate ${quote(id)} is ${stage}, can not be ${wish}`);
    }
    const version = gate.toVersion.slice(1);
    return `Feature gate ${quote(id)} is ${stage} and already ${state}. It will be removed in version ${version} and continued use of the gate after version ${version} will result in an error.`;
  }

  /**
   * Does what `--feature-gates` asks for: ids with commas between them, `-` before those that are switched off, `+` or
   * nothing before the others. All are tried, also after one that fails.
   * @returns what {@link set} had to say
   * @throws {FerruleError} `INVALID_ARGUMENT` with every failure
   */
  apply(text: string): string[] {
    const said: string[] = [];
    const failures: string[] = [];
    for (const [index, item] of (text === "" ? [] : text.split(",")).entries()) {
      if (item === "") {
        failures.push(`empty feature gate identifier at index ${index}`);
        continue;
      }
      try {
        const sentence = this.set(/^[-+]/.test(item) ? item.slice(1) : item, !item.startsWith("-"));
        if (sentence !== undefined) said.push(sentence);
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    if (failures.length > 0) throw refused(failures.join("; "));
    return said;
  }

  /** Whether a gate is there, and on. */
  isEnabled(id: string): boolean {
    return this.#gates.get(id)?.isEnabled ?? false;
  }

  /** The gate of this id. */
  get(id: string): FeatureGate | undefined {
    return this.#gates.get(id);
  }

  /** Every gate, in order of the ids. */
  list(): FeatureGate[] {
    return [...this.#gates.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}

function versionOf(option: string, text: string | undefined, space: string): GateVersion | undefined {
  if (text === undefined) return undefined;
  const version = GateVersion.read(text);
  if (version !== undefined) return version;
  const why = `invalid version ${quote(text)}:${space}malformed version: ${text}`;
  throw refused(`failed to apply option: ${option}: ${why}`);
}

/** Nearly everything is a URL to Go, relative ones too; only what no reader could follow is refused. */
function checkUrl(url: string | undefined): void {
  if (url === undefined || URL.canParse(url, "http://localhost/")) return;
  const option = "failed to apply option: WithRegisterReferenceURL";
  throw refused(`${option}: invalid reference URL ${quote(url)}: parse ${quote(url)}: invalid URL`);
}

function refused(message: string): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", message, { permanent: true });
}

/** The gates of this program: ferrule's own, and those that components register. */
export const featureGates = new FeatureGates();

/** Whether a service may run without pipelines. ferrule's own command turns it on. */
export const allowNoPipelines = featureGates.register("service.AllowNoPipelines", "Alpha", {
  description: "Allow starting the Collector without starting any pipelines.",
  fromVersion: "v0.122.0",
});

/** Whether pipelines may carry profiles. */
export const profilesSupport = featureGates.register("service.profilesSupport", "Alpha", {
  description: "Controls whether profiles support can be enabled",
  fromVersion: "v0.112.0",
});

/** Whether sources that come later add to lists instead of replacing them. */
export const mergeAppendOption = featureGates.register("confmap.enableMergeAppendOption", "Alpha", {
  description: "Combines lists when resolving configs from different sources.",
  fromVersion: "v0.120.0",
});
