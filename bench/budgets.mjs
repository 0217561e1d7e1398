// What a function of ferrule may take of one call, in nanoseconds of its own time, with 512 calls in flight. A helper
// is whatever has no line of its own here; a line says why it may take more.
export const HELPER_NS_MAX = 25;

/** `file function`, as `npm run profile` prints it. */
export const BUDGETS = {};
