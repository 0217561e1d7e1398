import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { recordingLogger } from "../support/recording-logger.ts";
import { bundledLibrary, openForTest, rejection } from "../support/runtime.ts";

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ask(url: string): Promise<{ status: number; body: Record<string, string>; type: string | null }> {
  const response = await fetch(url, { headers: { connection: "close" } });
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
  return { status: response.status, body, type: response.headers.get("content-type") };
}

test("503 before ready, 200 while ready, 503 after, and the port is free once it was shut down", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const url = `http://127.0.0.1:${await freePort()}/`;
  const endpoint = url.slice("http://".length, -1);
  const check = await runtime.start("health_check", { endpoint });
  const notAvailable = { status: "Server not available", upSince: "0001-01-01T00:00:00Z", uptime: "" };
  expect(await ask(url)).toEqual({ status: 503, body: notAvailable, type: "application/json" });
  await check.ready();
  const available = await ask(url);
  expect(available.status).toBe(200);
  expect(available.body.status).toBe("Server available");
  expect(available.body.upSince).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(available.body.uptime).toMatch(/s$/);
  await check.notReady();
  expect((await ask(url)).status).toBe(503);
  await check.shutdown();
  await expect(fetch(url)).rejects.toThrow();
  const again = await runtime.start("health_check", { endpoint });
  await again.shutdown();
});

test("it answers on every address of the host name, and only on its path", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const port = await freePort();
  const check = await runtime.start("health_check", { endpoint: `localhost:${port}`, path: "/up" });
  await check.ready();
  const addresses = await lookup("localhost", { all: true });
  expect(addresses.length).toBeGreaterThan(0);
  for (const { address, family } of addresses) {
    const host = family === 6 ? `[${address}]` : address;
    expect((await ask(`http://${host}:${port}/up`)).status, address).toBe(200);
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(404);
  }
});

test("a path is a path, whatever stands in it", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const port = await freePort();
  await runtime.start("health_check", { endpoint: `127.0.0.1:${port}`, path: "/{" });
  expect((await fetch(`http://127.0.0.1:${port}/x`)).status).toBe(404);
});

test("the log has the port that the system chose", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger }, bundledLibrary);
  const check = await runtime.start("health_check", { endpoint: "127.0.0.1:0" });
  const line = logger.lines.find(({ message }) => message === "health check listens");
  expect((await ask(`http://${line?.fields.address}/`)).status).toBe(503);
  await check.shutdown();
});

test("the shutdown ends idle connections and requests that were only half sent", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const port = await freePort();
  const check = await runtime.start("health_check", { endpoint: `127.0.0.1:${port}` });
  const texts = ["", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"];
  const sockets = await Promise.all(
    texts.map(async (text) => {
      const socket = connect(port, "127.0.0.1").resume();
      await once(socket, "connect");
      socket.write(text);
      return socket;
    }),
  );
  const [whole] = sockets.slice(-1);
  await once(whole as Socket, "data");
  const closed = sockets.map((socket) => once(socket, "close"));
  await check.shutdown();
  await Promise.all(closed);
});

test("a port in use fails the start, and names the address", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const server = createServer();
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const error = await rejection(runtime.start("health_check/a", { endpoint: `127.0.0.1:${port}` }));
  expect(error).toMatchObject({ code: "ADDRESS_IN_USE", componentId: "health_check/a" });
  const address = `127.0.0.1:${port}`;
  expect(error.message).toMatch(
    new RegExp(`^rust extension start failed: cannot listen on ${address} \\(${address}\\): .*[Aa]ddress.*in use`),
  );
  expect(runtime.stats().handles).toBe(0);
});

test.each([
  ['{"endpoint": "localhost"}', 'endpoint must be host:port, got "localhost"'],
  ['{"endpoint": "localhost:99999"}', 'endpoint has no valid port: "localhost:99999"'],
  ['{"endpoint": "localhost:+23159"}', 'endpoint has no valid port: "localhost:+23159"'],
  ['{"path": "up"}', 'path must begin with /, got "up"'],
])("the configuration %s is refused", async (json, text) => {
  const runtime = await openForTest({}, bundledLibrary);
  expect(() => runtime.validateConfig("health_check", json)).toThrow(`rust config validation failed: ${text}`);
});
