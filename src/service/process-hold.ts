/** Keeps the process alive. */

/** The longest time that a timer of Node can wait. */
const TIMER_MAX = 2 ** 31 - 1;

/**
 * Holds the event loop until the returned function is called. A service has a hold of its own: that of a runtime ends
 * when the runtime does, and then there is still something to stop.
 */
export function holdProcess(): () => void {
  const timer = setInterval(() => undefined, TIMER_MAX);
  return () => clearInterval(timer);
}
