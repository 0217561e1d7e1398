/** What generated clients import. */
export type { CallOptions, RustRuntime } from "../runtime/types.ts";
export { type ClientDefinition, type ClientOptions, RustClient, type StreamOptions, startClient } from "./client.ts";
export { TypedError } from "./errors.ts";
export { narrowBy } from "./mixed-integers.ts";
export { RustStream } from "./stream.ts";
export { narrow, nothing, widen } from "./values.ts";
