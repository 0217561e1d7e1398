/** gRPC's status codes, and how they and HTTP's stand for each other: the tables of OTLP. */

/** What gRPC answers in place of a result. */
export interface GrpcStatus {
  /** A whole number; gRPC defines 0 to 16. */
  readonly code: number;
  readonly message: string;
}

/** In the order of their codes, as Go spells them. */
const NAMES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

/** A code's name: `Unavailable` for 14, `Code(99)` for one that gRPC does not define. */
export function grpcCodeName(code: number): string {
  return NAMES[code] ?? `Code(${code})`;
}

/** The codes that translations answer by themselves. */
export const GrpcCode = {
  unknown: 2,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Canceled, DeadlineExceeded, Aborted, OutOfRange, Unavailable, DataLoss: OTLP's list without ResourceExhausted. */
const RETRYABLE_GRPC: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const HTTP_OF_GRPC: ReadonlyMap<number, number> = new Map([
  [GrpcCode.resourceExhausted, 429],
  [GrpcCode.invalidArgument, 400],
  [GrpcCode.unauthenticated, 401],
  [GrpcCode.permissionDenied, 403],
  [GrpcCode.unimplemented, 404],
]);
const GRPC_OF_HTTP: ReadonlyMap<number, number> = new Map([
  [400, GrpcCode.invalidArgument],
  [401, GrpcCode.unauthenticated],
  [403, GrpcCode.permissionDenied],
  [404, GrpcCode.unimplemented],
  [429, GrpcCode.resourceExhausted],
  [502, GrpcCode.unavailable],
  [503, GrpcCode.unavailable],
  [504, GrpcCode.unavailable],
]);

/** Whether the same request may succeed later, by the code that a server answered over gRPC. */
export function isRetryableGrpc(code: number): boolean {
  return RETRYABLE_GRPC.has(code);
}

/** The same over HTTP. */
export function isRetryableHttp(status: number): boolean {
  return RETRYABLE_HTTP.has(status);
}

/** The HTTP status that stands for a gRPC code. */
export function httpOfGrpc(code: number): number {
  return HTTP_OF_GRPC.get(code) ?? (isRetryableGrpc(code) ? 503 : 500);
}

/** The gRPC code that stands for an HTTP status. */
export function grpcOfHttp(status: number): number {
  return GRPC_OF_HTTP.get(status) ?? GrpcCode.unknown;
}
