/** `http:` and `https:`. */
import type { IncomingMessage } from "node:http";
import { FerruleError, messageOf } from "../../core/errors.ts";
import { quote } from "../../core/quote.ts";
import type { Provider } from "../provider.ts";
import { Retrieved } from "../retrieved.ts";

/** Redirects that are followed, as upstream. */
const REDIRECTS_MAX = 10;
/** Milliseconds without a byte. */
const SILENCE_MAX = 30_000;
/** Bytes of a body. */
const BODY_MAX = 64 * 2 ** 20;

/** Fetches a configuration with GET. It is not watched. */
export class HttpProvider implements Provider {
  readonly scheme: "http" | "https";
  readonly #closing = new AbortController();

  constructor(scheme: "http" | "https") {
    this.scheme = scheme;
  }

  async retrieve(address: string): Promise<Retrieved> {
    const uri = withoutPassword(address);
    let response: IncomingMessage;
    try {
      response = await get(new URL(address), this.#closing.signal);
    } catch (error) {
      throw failed(`unable to download the file via HTTP GET for uri ${quote(uri)}: ${messageOf(error)} `, error);
    }
    if (response.statusCode !== 200) {
      response.destroy();
      throw failed(`failed to load resource from uri ${quote(uri)}. status code: ${response.statusCode}`);
    }
    try {
      return Retrieved.fromYaml(await bodyOf(response), { source: uri });
    } catch (error) {
      if (error instanceof FerruleError) throw error;
      throw failed(`fail to read the response body from uri ${quote(uri)}: ${messageOf(error)}`, error);
    }
  }

  shutdown(): void {
    this.#closing.abort();
  }
}

/** For errors, and for places in what came. */
function withoutPassword(uri: string): string {
  return uri.replace(/^(https?:\/\/[^/@:]*):[^/@]*@/, "$1:xxxxx@");
}

async function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  let target = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const response = await request(target, signal);
    const { location } = response.headers;
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return response;
    response.destroy();
    target = new URL(location, target);
  }
  throw new Error(`stopped after ${REDIRECTS_MAX} redirects`);
}

/** One request on a connection of its own: nothing stays open afterwards. */
async function request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  // Loaded here: most configurations are files.
  const client = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  return new Promise((resolve, reject) => {
    const sent = client.request(url, { agent: false, signal, timeout: SILENCE_MAX }, resolve);
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${SILENCE_MAX} ms`)));
    sent.end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > BODY_MAX) throw new Error(`the body is longer than ${BODY_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failed(text: string, cause?: unknown): FerruleError {
  return new FerruleError("CONFIG_INVALID", text, { permanent: true, cause });
}
