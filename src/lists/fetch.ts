import { request as overPlain } from "node:http";
import { request as overTls } from "node:https";
import { type Trouble, trouble } from "../base/index.ts";
import { FETCH_LIMITS, type FetchLimits, LIST_LIMITS } from "./limits.ts";
import { urlFault } from "./url.ts";

const REDIRECTS = 3;

/** What is asked. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of a POST; undefined: a GET. */
  readonly body?: string | undefined;
  /** http:// is allowed to hosts other than this machine. */
  readonly insecure: boolean;
  /** Gives up at once. */
  readonly signal?: AbortSignal | undefined;
}

/** What came back; a body only with 200 and 400. */
export interface Fetched {
  readonly status: number;
  readonly body: string;
  readonly etag: string;
  readonly modified: string;
}

const SAFE = "the list in force stays in force";

/** Asks for a list. LIST_UNREACHABLE, LIST_REFUSED, LIST_TOO_LARGE. */
export async function fetchList(asked: Asked, limits: FetchLimits = FETCH_LIMITS): Promise<Fetched | Trouble> {
  const late = AbortSignal.timeout(limits.whole);
  const signal = asked.signal === undefined ? late : AbortSignal.any([late, asked.signal]);
  let url = new URL(asked.url);
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    const forbidden = urlFault(url, asked.insecure);
    if (forbidden !== undefined) return refused(forbidden);
    const answer = await once(url, asked, signal, limits.silence).catch((error: unknown) => unreachable(url, error));
    if (!("location" in answer)) return answer;
    if (!URL.canParse(answer.location, url.href)) return refused(`${url.host} redirects to nowhere`);
    const next = new URL(answer.location, url);
    // A key goes with the request, and a list decides who is kept out: neither is for others than the operator has named.
    if (next.hostname !== url.hostname) return refused(`${url.host} redirects to another host, ${next.host}`);
    if (url.protocol === "https:" && next.protocol !== "https:") return refused(`${url.host} redirects to http`);
    url = next;
  }
  return refused(`${url.host} redirects more than ${REDIRECTS} times`);
}

type Answer = Fetched | { readonly location: string } | Trouble;

async function once(url: URL, { headers, body }: Asked, signal: AbortSignal, silence: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const send = url.protocol === "https:" ? overTls : overPlain;
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const method = body === undefined ? "GET" : "POST";
  const options = { method, headers: { "user-agent": "rempart", ...json, ...headers }, signal, agent: false };
  const asking = send(url, options, (response) => {
    const { statusCode: status = 0, headers: told } = response;
    const end = (answer: Answer): void => {
      resolve(answer);
      asking.destroy();
    };
    if (status >= 301 && status <= 308 && status !== 304) return end({ location: told.location ?? "" });
    if (status === 304) return end({ status, body: "", etag: told.etag ?? "", modified: "" });
    if (status !== 200 && status !== 400) return end(refused(`${url.host} answers ${status}`));
    const encoding = told["content-encoding"] ?? "identity";
    if (encoding !== "identity")
      return end(refused(`${url.host} answers with ${encoding} though it was not asked for`));
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > LIST_LIMITS.bytes) end(tooLarge(url));
      else chunks.push(chunk);
    });
    response.on("error", reject);
    response.on("aborted", () => reject(new Error("the connection broke off")));
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      end({ status, body: text, etag: told.etag ?? "", modified: told["last-modified"] ?? "" });
    });
  });
  asking.setTimeout(silence, () => asking.destroy(new Error(`nothing for ${silence / 1_000} s`)));
  asking.on("error", reject);
  asking.end(body);
  return promise;
}

function unreachable(url: URL, error: unknown): Trouble {
  const said =
    error instanceof Error ? error.message || ("code" in error ? String(error.code) : error.name) : String(error);
  const why =
    error instanceof Error && ["TimeoutError", "AbortError"].includes(error.name) ? "it takes too long" : said;
  const what = `${url.host} cannot be asked: ${why}`;
  return trouble("LIST_UNREACHABLE", what, SAFE, "it is tried again; at once with `rempart lists refresh`");
}

function refused(what: string): Trouble {
  return trouble("LIST_REFUSED", what, SAFE, "look at its `url` and `header_file`, then `rempart lists refresh`");
}

function tooLarge(url: URL): Trouble {
  const what = `${url.host} sends more than ${LIST_LIMITS.bytes / 1_048_576} MiB`;
  return trouble("LIST_TOO_LARGE", what, SAFE, "name a smaller list in [[shield.list]]");
}
