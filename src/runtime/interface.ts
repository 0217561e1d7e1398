/** What a typed extension says of itself, in the registry of its library. Twin of `interface.rs`. */

/** JSON Schema, as schemars writes it. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

/** What travels: nothing, bytes as they are, a value, or a stream of values. */
export type TypeDescription =
  | { readonly kind: "nothing" }
  | { readonly kind: "bytes" }
  | { readonly kind: "value"; readonly schema: Schema }
  | { readonly kind: "stream"; readonly schema: Schema };

export type ParameterDescription = TypeDescription & { readonly name: string };

export interface MethodDescription {
  /** As Rust names it, and calls do. */
  readonly name: string;
  /** As the client names it. */
  readonly clientName: string;
  readonly docs: string;
  /** Bytes travel as they are: its one parameter is the payload, or it has none. */
  readonly raw: boolean;
  readonly parameters: readonly ParameterDescription[];
  readonly result: TypeDescription;
  /** Codes that it fails with. */
  readonly errors: readonly string[];
  /** It may fail with other codes too. */
  readonly openErrors: boolean;
}

export interface ErrorDescription {
  /** The variant's name; empty for a type without variants. */
  readonly name: string;
  readonly code: string;
  readonly docs: string;
  readonly permanent: boolean;
  readonly retryable: boolean;
}

export interface InterfaceDescription {
  /** Of all the rest. */
  readonly fingerprint: string;
  readonly type: string;
  readonly config: Schema;
  readonly methods: readonly MethodDescription[];
  readonly errors: readonly ErrorDescription[];
  /** Named types of what goes in: fields that have a default may be missing. */
  readonly input: Readonly<Record<string, Schema>>;
  /** Named types of what comes out. */
  readonly output: Readonly<Record<string, Schema>>;
}
