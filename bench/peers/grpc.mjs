// gRPC on a Unix socket: grpc-js as the client, tonic as the server.
import { fileURLToPath } from "node:url";
import { startServer } from "./server.mjs";

export async function openGrpc() {
  const { credentials, loadPackageDefinition } = await import("@grpc/grpc-js");
  const { loadSync } = await import("@grpc/proto-loader");
  const server = await startServer("grpc");
  const definition = loadSync(fileURLToPath(new URL("server/echo.proto", import.meta.url)), { defaults: true });
  const { Echo } = loadPackageDefinition(definition).peer;
  const client = new Echo(`unix:${server.path}`, credentials.createInsecure());
  const unary = (method) => (value) =>
    new Promise((resolve, reject) => {
      client[method]({ value }, (error, answer) => (error ? reject(error) : resolve(answer.value)));
    });
  const peer = {
    name: "gRPC",
    call: unary("call"),
    echo: unary("echo"),
    wait: unary("wait"),
    accept: (number, answer) => answer === number,
    process: server.process,
    close: () => {
      client.close();
      server.close();
    },
  };
  return [peer];
}
