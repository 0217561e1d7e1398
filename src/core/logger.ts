/** Where ferrule's log records go. A pino logger fits as it is. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger whose exceptions are its author's: raised as uncaught, and no harm to who logs. */
export function guardedLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    };
  return { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
}

const nothing = (): void => {};

/** A logger that drops everything: what a runtime uses unless it is given another. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
