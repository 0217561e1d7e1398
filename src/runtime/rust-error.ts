/** An error as Rust writes it: `runtime/src/error_message.rs`. */
import { type ErrorDetails, ExtensionError } from "../core/errors.ts";
import type { GrpcStatus } from "../core/grpc-status.ts";

export interface RustError {
  readonly code: string;
  readonly message: string;
  readonly permanent: boolean;
  readonly retryable: boolean;
  readonly downstream?: boolean;
  /** Milliseconds. */
  readonly retryAfter?: number;
  readonly httpStatus?: number;
  readonly grpcStatus?: GrpcStatus;
  readonly failed?: number;
  /** The component that it concerns, if that is another than the one that answered it. */
  readonly componentId?: string;
  readonly method?: string;
  readonly location?: string;
  /** What led to it, the nearest first: a text, or all that an error of ferrule's kind says. */
  readonly causes?: readonly (string | RustError)[];
}

/** What an error says beside its code and its text. @param answered the component and the method that answered it */
export function detailsOf(error: RustError, answered: Pick<ErrorDetails, "componentId" | "method">): ErrorDetails {
  const { code: _code, message: _message, location: _location, causes = [], ...said } = error;
  // What it says itself comes from further in.
  const place = said.componentId === undefined ? { ...answered, ...said } : said;
  const cause = causes.reduceRight<Error | undefined>((inner, each) => causeOf(each, inner, place), undefined);
  return cause === undefined ? place : { ...place, cause };
}

function causeOf(each: string | RustError, cause: Error | undefined, { componentId }: ErrorDetails): Error {
  if (typeof each === "string") return new Error(each, cause === undefined ? undefined : { cause });
  const about = componentId === undefined ? {} : { componentId };
  return new ExtensionError(each.code, each.message, {
    ...detailsOf(each, about),
    ...(cause === undefined ? {} : { cause }),
  });
}
