/** The states that a component reports, and the moves between them: the Collector's, exactly. */
import type { ComponentId } from "../core/id.ts";
import type { InstanceId } from "../core/instance-id.ts";

/** What a component reports of itself. */
export type Status =
  | "None"
  | "Starting"
  | "OK"
  | "RecoverableError"
  | "PermanentError"
  | "FatalError"
  | "Stopping"
  | "Stopped";

/** A component has moved to a status. */
export interface StatusEvent {
  /** What runs: one configured component may run several times, in several pipelines. */
  readonly instance: InstanceId;
  /** Its id in the configuration: `instance.id`. */
  readonly id: ComponentId;
  readonly status: Status;
  /** Why: what was reported with it. */
  readonly error?: Error;
}

/** Says of the component that it was made for how it is. A move that is not legal is passed over. */
export type ReportStatus = (status: Status, error?: Error) => void;

const WHILE_RUNNING: readonly Status[] = ["OK", "RecoverableError", "PermanentError", "FatalError", "Stopping"];

const MOVES: Readonly<Record<Status, readonly Status[]>> = {
  None: ["Starting"],
  Starting: WHILE_RUNNING,
  OK: WHILE_RUNNING,
  RecoverableError: WHILE_RUNNING,
  PermanentError: ["Stopping"],
  FatalError: [],
  Stopping: ["RecoverableError", "PermanentError", "FatalError", "Stopped"],
  Stopped: [],
};

/** Whether a component in status `from` may report `to`. */
export function mayMove(from: Status, to: Status): boolean {
  return MOVES[from].includes(to);
}

/** Whether a status says that something is wrong. */
export function isErrorStatus(status: Status): boolean {
  return status === "RecoverableError" || status === "PermanentError" || status === "FatalError";
}

/** Whether `text` names a status. */
export function isStatus(text: string): text is Status {
  return Object.hasOwn(MOVES, text);
}
