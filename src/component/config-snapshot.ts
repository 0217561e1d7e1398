/** A configuration as extensions see it that look at the whole. */

/** Plain values by section. Secrets are `[REDACTED]` in both. */
export interface ConfigSnapshot {
  /** What runs: every default filled in. Sections that nobody wrote are null. */
  readonly effective: Readonly<Record<string, unknown>>;
  /** What was written, the sources laid over each other: references stand as they are. */
  readonly unexpanded: Readonly<Record<string, unknown>>;
}
