// Calls to the extensions of a service, all the while: each answer is checked, and a refusal says that its instance is
// not there.

/** Who calls at once. */
const CALLERS = 8;
/** Both configurations have these. */
const CALLED = ["echo/steady", "misbehaving/one"];
/** How a call may end whose instance has not started yet, ends, or has gone. */
const REFUSALS = new Set(["NOT_STARTED", "SHUT_DOWN", "STALE_HANDLE", "CANCELLED", "ABORTED"]);

export class Load {
  answered = 0;
  /** Refusals by code. */
  refused = {};
  #service;
  #random;
  #isStopped = false;

  constructor(service, random) {
    this.#service = service;
    this.#random = random;
  }

  stop() {
    this.#isStopped = true;
  }

  /** Resolves when it was stopped and the last call has ended.
   * @throws what is wrong with an answer */
  async run() {
    await Promise.all(Array.from({ length: CALLERS }, () => this.#caller()));
  }

  async #caller() {
    while (!this.#isStopped) {
      const payload = Buffer.alloc(this.#random.magnitude(20_000), this.#random.below(256));
      const extension = this.#service.extensions.get(this.#random.pick(CALLED));
      try {
        const answer = await extension.call("echo", payload);
        if (Buffer.compare(answer, payload) !== 0) throw new Error(`${payload.length} bytes came back changed`);
        this.answered++;
      } catch (error) {
        if (!REFUSALS.has(error.code)) throw error;
        this.refused[error.code] = (this.refused[error.code] ?? 0) + 1;
      }
      // The service is to have its turns, too.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
