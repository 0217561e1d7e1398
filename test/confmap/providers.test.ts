import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { EnvProvider, FileProvider, HttpProvider, Resolver, Retrieved, YamlProvider } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";
import { recordingLogger } from "../support/recording-logger.js";

/** A server of the test, and its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const mapOf = (retrieved: Retrieved): unknown => [...retrieved.asMap().entries.keys()];

describe("http", () => {
  test("is fetched, through redirects, and errors point into what came", async () => {
    const address = await serve(({ url }, response) => {
      if (url === "/old") response.writeHead(302, { location: "/new" }).end();
      else response.end(url === "/bad" ? "a: [1" : "a: 1\nb: {c: 2}");
    });
    const resolver = new Resolver({ uris: [`${address}/old`] });
    const conf = await resolver.resolve();
    expect(conf.toStringMap()).toEqual({ a: 1, b: { c: 2 } });
    expect(conf.locate("b::c")).toEqual({ file: `${address}/old`, line: 2, column: 5 });
    await resolver.shutdown();
    await expect(new Resolver({ uris: [`${address}/bad`] }).resolve()).rejects.toMatchObject({
      notes: [`${address}/bad:1:4`],
    });
  });

  test("what does not come is named", async () => {
    const address = await serve(({ url }, response) => {
      if (url === "/loop") response.writeHead(301, { location: "/loop" }).end();
      else if (url === "/cut") response.writeHead(200, { "content-length": "10" }).write("a", () => response.destroy());
      else response.writeHead(404).end();
    });
    const provider = new HttpProvider("http");
    await expect(provider.retrieve(`${address}/none`)).rejects.toThrow(
      `failed to load resource from uri "${address}/none". status code: 404`,
    );
    await expect(provider.retrieve(`${address}/loop`)).rejects.toThrow("stopped after 10 redirects");
    await expect(provider.retrieve(`${address}/cut`)).rejects.toThrow("fail to read the response body from uri");
    await expect(provider.retrieve("http://127.0.0.1:1/")).rejects.toThrow(
      'unable to download the file via HTTP GET for uri "http://127.0.0.1:1/": connect ECONNREFUSED',
    );
    const secret = address.replace("//", "//me:secret@");
    await expect(provider.retrieve(`${secret}/none`)).rejects.toThrow(`"${address.replace("//", "//me:xxxxx@")}/none"`);
    await expect(provider.retrieve("http:")).rejects.toThrow("unable to download the file via HTTP GET");
  });

  test("a request that hangs ends with the provider", async () => {
    let asked: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const address = await serve(() => asked());
    const provider = new HttpProvider("http");
    const failed = expect(provider.retrieve(`${address}/`)).rejects.toThrow("aborted");
    await arrived;
    provider.shutdown();
    await failed;
  });
});

describe("env", () => {
  test("says what is not set, and what is empty", () => {
    const logger = recordingLogger();
    const provider = new EnvProvider({ EMPTY: "", V: "{a: 1}" }, logger);
    expect(mapOf(provider.retrieve("env:V"))).toEqual(["a"]);
    for (const uri of ["env:EMPTY", "env:NONE", "env:NONE:-x", "env:toString"]) provider.retrieve(uri);
    const told = logger.lines.map(({ level, fields }) => [level, fields.name]);
    expect(told).toEqual([
      ["info", "EMPTY"],
      ["warn", "NONE"],
      ["warn", "toString"],
    ]);
  });

  test("is the process's own unless given", () => {
    process.env.FERRULE_TEST_VARIABLE = "a: 1";
    onTestFinished(() => {
      delete process.env.FERRULE_TEST_VARIABLE;
    });
    expect(mapOf(new EnvProvider().retrieve("env:FERRULE_TEST_VARIABLE"))).toEqual(["a"]);
  });
});

describe("file", () => {
  test("paths are cleaned, and what cannot be read is named as it was written", async () => {
    const directory = filesOfTest({ "a.yaml": "a: 1", empty: "" });
    const provider = new FileProvider();
    expect(mapOf(await provider.retrieve(`file:${directory}/./x/../a.yaml`))).toEqual(["a"]);
    expect(mapOf(await provider.retrieve(`file:${directory}/empty`))).toEqual([]);
    const refused = async (uri: string) => provider.retrieve(uri).catch((error: Error) => error.message);
    expect(await refused("file:./no//x.yaml")).toBe(
      "unable to read the file file:./no//x.yaml: open no/x.yaml: no such file or directory",
    );
    expect(await refused(`file:${directory}/`)).toBe(
      `unable to read the file file:${directory}/: read ${directory}: is a directory`,
    );
    expect(await refused("file:")).toBe("unable to read the file file:: read .: is a directory");
    expect(await refused(`file:${directory}/a.yaml/b`)).toContain("not a directory");
    expect(await refused("file:a\0b")).toBe("unable to read the file file:a\0b: open a\\x00b: invalid argument");
  });

  test("a value that is refused is no file that cannot be read", async () => {
    const directory = filesOfTest({ big: "9223372036854775808" });
    await expect(new FileProvider().retrieve(`file:${directory}/big`)).rejects.toThrow("unsupported type=uint64");
  });
});

test("yaml is the text itself", () => {
  expect(mapOf(new YamlProvider().retrieve("yaml:{a: 1, b: 2}"))).toEqual(["a", "b"]);
});

test("what was retrieved is closed once", async () => {
  let closed = 0;
  const retrieved = Retrieved.fromYaml("a: 1", { close: () => void closed++ });
  await Promise.all([retrieved.close(), retrieved.close()]);
  expect(closed).toBe(1);
});
