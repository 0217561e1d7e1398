// A server in Rust behind a Unix socket, in MessagePack. `batched` gathers the calls of a turn and writes them at once,
// in one frame; the other form writes each call by itself. Answers of a frame come back in one frame.
import { connect } from "node:net";
import { Packr, Unpackr } from "msgpackr";
import { startServer } from "./server.mjs";

const LENGTH_SIZE = 4;
const METHOD_ECHO = 0;
const METHOD_WAIT = 1;

/** Calls `onFrame` with each whole frame of what comes. Chunks of an unfinished frame are joined once, at its end. */
export function frameReader(onFrame) {
  let chunks = [];
  let size = 0;
  let wanted = LENGTH_SIZE;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let from = 0;
    wanted = LENGTH_SIZE;
    while (bytes.length - from >= LENGTH_SIZE) {
      const length = bytes.readUInt32LE(from);
      const end = from + LENGTH_SIZE + length;
      if (end > bytes.length) {
        wanted = LENGTH_SIZE + length;
        break;
      }
      onFrame(bytes.subarray(from + LENGTH_SIZE, end));
      from = end;
    }
    chunks = from === bytes.length ? [] : [bytes.subarray(from)];
    size = bytes.length - from;
  };
}

async function openClient(path, batched) {
  const socket = connect(path);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false });
  const resolvers = new Map();
  let next = 0;
  let parts = [];
  let size = 0;

  const write = () => {
    const head = Buffer.allocUnsafe(LENGTH_SIZE);
    head.writeUInt32LE(size);
    const frame = Buffer.concat([head, ...parts], LENGTH_SIZE + size);
    parts = [];
    size = 0;
    socket.write(frame);
  };
  const send = (method, payload) =>
    new Promise((resolve) => {
      const id = next++ >>> 0;
      resolvers.set(id, resolve);
      const packed = packr.pack([id, method, payload]);
      if (parts.length === 0 && batched) process.nextTick(write);
      parts.push(packed);
      size += packed.length;
      if (!batched) write();
    });
  const settle = ([id, answer]) => {
    const resolve = resolvers.get(id);
    resolvers.delete(id);
    resolve(answer);
  };
  socket.on(
    "data",
    frameReader((frame) => unpackr.unpackMultiple(frame, settle)),
  );
  return { send, close: () => socket.destroy() };
}

export async function openSocket() {
  const server = await startServer("socket");
  const peer = async (name, batched) => {
    const { send, close } = await openClient(server.path, batched);
    return {
      name,
      call: (number) => send(METHOD_ECHO, number),
      echo: (bytes) => send(METHOD_ECHO, bytes),
      wait: (milliseconds) => send(METHOD_WAIT, milliseconds),
      accept: (number, answer) => answer === number,
      process: server.process,
      close,
    };
  };
  const batched = await peer("socket, batched", true);
  const unbatched = await peer("socket, unbatched", false);
  const { close } = unbatched;
  unbatched.close = () => {
    close();
    server.close();
  };
  return [batched, unbatched];
}
