// What a function of ferrule may take of one call, in nanoseconds of its own time, with 512 calls in flight. A helper
// is whatever has no line of its own here; a line says why it may take more. Each is about twice what a quiet machine
// shows: a virtual machine is easily half as fast a minute later.
export const HELPER_NS_MAX = 25;

// V8 puts functions into their callers, and not the same ones in each run: the whole sending of a call, the allocation
// of its promise included, is found in one of these three.
const SENDING_NS_MAX = 90;
// They look for an answer, which is how long Rust took, and not what they cost.
const LOOKING_NS_MAX = 80;

/** `file function`, as `npm run profile` prints it. */
export const BUDGETS = {
  "dist/runtime/extension.js call": SENDING_NS_MAX,
  "dist/runtime/engine.js tryCall": SENDING_NS_MAX,
  "dist/runtime/sender.js tryCall": SENDING_NS_MAX,
  // The entry's line comes from the other core's cache, and goes back there.
  "dist/ring/request-ring.js write": 60,
  "dist/ring/request-ring.js #write": 60,
  "dist/runtime/receiver.js takeCompletions": 60,
  // It calls the promise's own function: what V8 does to fulfil it is found here.
  "dist/runtime/receiver.js #settle": 60,
  "dist/ring/words.js load": LOOKING_NS_MAX,
  "dist/runtime/engine.js get hasCompletions": LOOKING_NS_MAX,
  "dist/runtime/waiter.js #lookForCompletion": LOOKING_NS_MAX,
  "dist/runtime/waiter.js #turn": LOOKING_NS_MAX,
};
