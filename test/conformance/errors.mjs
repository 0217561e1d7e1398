/** Area `errors`: what an error says about itself, built from the inside out. */
import {
  downstream,
  FerruleError,
  grpcCodeName,
  grpcStatusError,
  isDownstream,
  isPermanent,
  isRetryable,
  join,
  permanent,
  retryable,
  toGrpcStatus,
  toHttpStatus,
  withGrpcStatus,
  withHttpStatus,
  wrap,
} from "../../dist/index.js";

/** Each step takes the error so far. */
const STEPS = {
  new: (_, message) => new Error(message),
  context_canceled: () => new Error("context canceled"),
  deadline: () => new Error("context deadline exceeded"),
  status: (_, code, message) => grpcStatusError({ code, message }),
  permanent: (error) => permanent(error),
  retryable: (error) => retryable(error),
  downstream: (error) => downstream(error),
  http: (error, code) => withHttpStatus(error, code),
  grpc: (error, code, message) => withGrpcStatus(error, { code, message }),
  wrap: (error, words) => wrap(words, error),
  join: (error, message) => join(error, new Error(message)),
};

export function runCase({ build }) {
  let error;
  try {
    for (const [step, ...values] of build) error = STEPS[step](error, ...values);
  } catch (refused) {
    // What cannot be an error, such as a code of success, is refused where it is made.
    if (refused instanceof FerruleError) return { error: refused.message };
    throw refused;
  }
  const { code, message } = toGrpcStatus(error);
  return {
    message: error.message,
    permanent: isPermanent(error),
    retryable: isRetryable(error) ?? null,
    downstream: isDownstream(error),
    http: toHttpStatus(error),
    grpc: { code, name: grpcCodeName(code), message },
  };
}
