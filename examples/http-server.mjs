// A plain HTTP server that runs Rust extensions beside it: they start before it listens, answer its requests, and stop
// after it has closed. Run it by `node examples/http-server.mjs`, once `npm run build` has run.
import { once } from "node:events";
import { createServer } from "node:http";
import { Service } from "ferrule";

const service = new Service({
  config: {
    extensions: { "rust_sample/echo": { endpoint: null } },
    service: { extensions: ["rust_sample/echo"] },
  },
  onStatus: ({ instance, status }) => console.error(`${instance.id}: ${status}`),
});

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    // Looked up at each request: a reload of the service puts another extension here.
    const sample = service.extensions.get("rust_sample/echo");
    response.end(await sample.call("echo", Buffer.concat(chunks)));
  } catch (error) {
    response.writeHead(503).end(error.message);
  }
});

await service.start();
server.listen(0, "127.0.0.1");
await once(server, "listening");
// A fatal status, or the end of the Rust library, ends the service: without it there is nothing to serve.
const ended = service.run().finally(() => server.close());

const { port } = server.address();
const ask = async (text) => (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: text })).text();
console.log(await ask("hello")); // hello
await service.reload();
console.log(await ask("hello again")); // hello again

server.close();
server.closeAllConnections();
await service.shutdown();
await ended;
console.log(service.state); // Closed
