/** What generated clients import. */
export type { Schema } from "../runtime/interface.ts";
export type { CallOptions, RustRuntime } from "../runtime/types.ts";
export {
  type ClientConstructor,
  type ClientDefinition,
  type ClientOptions,
  RustClient,
  type StreamOptions,
  startClient,
} from "./client.ts";
export { type ErrorClasses, TypedError, type TypedErrorClass } from "./errors.ts";
export { narrowBy } from "./mixed-integers.ts";
export { RustStream } from "./stream.ts";
export { narrow, nothing, widen } from "./values.ts";
