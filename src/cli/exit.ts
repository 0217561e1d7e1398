/** The end of a process in which others may have left something open. */

/** Milliseconds for what extensions wrote to Node's streams. */
const FLUSH_MAX = 5_000;

/** From here on an extension may write to a pipe that nobody reads any more: that is no reason to crash. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** Ends the process once what stands in stdout and stderr has gone out, or nobody has read it for too long. */
export async function exit(code: number): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

/** Never rejects: a reader that went away is no reason to stay. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MAX);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    stream.on("error", done);
    stream.write("", done);
  });
}
