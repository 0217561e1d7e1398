/** Where ferrule's log records go. A pino logger fits as it is. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

/** A logger that drops everything: what a runtime uses unless it is given another. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
