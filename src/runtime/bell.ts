/**
 * This side's bell: a socket whose other end Rust holds. A byte rings; its end says that nothing comes any more. It
 * owns the descriptor.
 */
import { Socket } from "node:net";

export interface BellHandlers {
  readonly onRing: () => void;
  readonly onEnd: () => void;
}

export class Bell {
  readonly #socket: Socket;

  constructor(descriptor: number, handlers: BellHandlers) {
    // The bytes mean nothing, so one small buffer takes them all.
    const onread = {
      buffer: Buffer.allocUnsafe(64),
      callback: (): boolean => {
        handlers.onRing();
        return true;
      },
    };
    const options = { fd: descriptor, readable: true, writable: false, onread };
    this.#socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      handlers.onEnd();
    };
    this.#socket.on("error", end);
    this.#socket.on("end", end);
    this.#socket.on("close", end);
    this.#socket.unref();
  }

  /** Whether the event loop is held for it. */
  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  close(): void {
    this.#socket.destroy();
  }
}
