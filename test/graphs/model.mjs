// What must happen to a graph of extensions, from the rules alone: dependencies first, and the order of the list
// wherever that leaves a choice; one after the other; back in reverse, past every failure.

export const isRust = (id) => id.startsWith("misbehaving/");

/** Again and again the first of the list that needs nothing which is not there yet. */
export function orderOf({ ids, needs }) {
  const order = [];
  const done = new Set();
  while (order.length < ids.length) {
    const next = ids.find((id) => !done.has(id) && needs.get(id).every((other) => done.has(other)));
    done.add(next);
    order.push(next);
  }
  return order;
}

/** The text with which an extension fails at a step. */
export const textOf = (step, id) => `${id} fails its ${step}`;

/**
 * One life.
 * @param failing ids by step: `create`, `start`, `shutdown`
 * @returns `log`, what TypeScript sees; `journal`, what Rust sees; `error`, the text of the run's; `componentId`, whose
 */
export function lifeOf({ ids }, order, failing) {
  const fails = (step, id) => failing[step]?.has(id) === true;
  const life = { log: [], journal: [], error: undefined, componentId: undefined };
  const { log } = life;
  for (const id of ids.filter((id) => !isRust(id))) {
    log.push(`create:${id}`);
    if (!fails("create", id)) continue;
    life.error = `failed to build extensions: failed to create extension "${id}": ${textOf("create", id)}`;
    life.componentId = id;
    return life;
  }
  const errors = [];
  const started = new Set();
  const failed = startAll(order, life, fails, started);
  if (failed !== undefined) {
    const step = isRust(failed) && fails("create", failed) ? "create" : "start";
    const text = `${isRust(failed) ? "rust extension start failed: " : ""}${textOf(step, failed)}`;
    errors.push(`failed to start extensions: ${text}`);
    life.componentId = failed;
  } else notifyAll(order, life, "ready", () => true);
  notifyAll(order, life, "notReady", (id) => !isRust(id) || started.has(id));
  const stuck = stopAll(order, life, fails, started, failed);
  if (stuck.length > 0) {
    const texts = stuck.map((id) => `${isRust(id) ? "rust shutdown failed: " : ""}${textOf("shutdown", id)}`);
    const frame = failed === undefined ? "failed to shutdown service after error: " : "";
    errors.push(`${frame}failed to shutdown extensions: ${texts.join("; ")}`);
    life.componentId ??= stuck[0];
  }
  life.error = errors.length === 0 ? undefined : errors.join("; ");
  return life;
}

/** Returns the one that did not start. */
function startAll(order, { log, journal }, fails, started) {
  for (const id of order) {
    log.push(`${id}=Starting`, `start:${id}`);
    if (isRust(id)) journal.push(`create:${id}`);
    const isMade = !isRust(id) || !fails("create", id);
    if (isRust(id) && isMade) journal.push(`start:${id}`);
    if (!isMade || fails("start", id)) {
      if (isRust(id) && isMade) journal.push(`drop:${id}`);
      log.push(`${id}=PermanentError`);
      return id;
    }
    log.push(`started:${id}`, `${id}=OK`);
    started.add(id);
  }
  return undefined;
}

function notifyAll(order, { log, journal }, step, isThere) {
  for (const id of order.filter(isThere)) {
    log.push(`${step}:${id}`, `${step} done:${id}`);
    if (isRust(id)) journal.push(`${step === "ready" ? "ready" : "not_ready"}:${id}`);
  }
}

/** Returns those whose shutdown failed. */
function stopAll(order, { log, journal }, fails, started, failed) {
  const stuck = [];
  for (const id of order.toReversed()) {
    const hasStatus = started.has(id) || id === failed;
    if (hasStatus) log.push(`${id}=Stopping`);
    const isCalled = !isRust(id) || started.has(id);
    if (isCalled) log.push(`shutdown:${id}`);
    if (isRust(id) && isCalled) journal.push(`shutdown:${id}`, `drop:${id}`);
    if (isCalled && fails("shutdown", id)) {
      if (hasStatus) log.push(`${id}=PermanentError`);
      stuck.push(id);
      continue;
    }
    if (isCalled) log.push(`shutdown done:${id}`);
    if (hasStatus) log.push(`${id}=Stopped`);
  }
  return stuck;
}
