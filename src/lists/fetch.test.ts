/** Lists over real connections: what is taken, what is refused, and that nothing waits for ever. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { type TestContext, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { newAuthority } from "../../test/support/authority.ts";
import { isTrouble, type Trouble } from "../base/index.ts";
import { type ApibanState, fetchApiban, pageOf } from "./apiban.ts";
import { type Fetched, fetchList } from "./fetch.ts";
import { FETCH_LIMITS, LIST_LIMITS } from "./limits.ts";

/** A server on a port of its own; its URL. */
async function serve(
  t: TestContext,
  answer: RequestListener,
  make = () => createServer(answer) as Server,
): Promise<string> {
  const server = make().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    if ("closeAllConnections" in server) (server as { closeAllConnections(): void }).closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string, more: { headers?: Record<string, string>; insecure?: boolean } = {}, limits = FETCH_LIMITS) =>
  fetchList({ url, headers: {}, insecure: false, ...more }, limits);

function troubleOf(answer: Fetched | Trouble): string {
  assert.ok(isTrouble(answer), "it was taken");
  assert.ok(!answer.what.includes("secret"), answer.what);
  return `${answer.code}: ${answer.what.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")}`;
}

test("a list with its marks, and 304 when it is still the same", async (t) => {
  const url = await serve(t, (asked, answer) => {
    const same = asked.headers["if-none-match"] === '"1"';
    answer.writeHead(same ? 304 : 200, { etag: '"1"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" });
    answer.end(same ? "" : `# ${asked.headers["x-key"]}\n203.0.113.7\n`);
  });
  const first = await get(url, { headers: { "x-key": "k" } });
  assert.deepEqual(first, {
    status: 200,
    body: "# k\n203.0.113.7\n",
    etag: '"1"',
    modified: "Mon, 01 Jan 2024 00:00:00 GMT",
  });
  assert.equal(((await get(url, { headers: { "if-none-match": '"1"' } })) as Fetched).status, 304);
});

for (const [what, answer, expected] of [
  ["an error", (_, a) => a.writeHead(503).end("no"), "LIST_REFUSED: HOST answers 503"],
  ["a wrong key", (_, a) => a.writeHead(403).end("secret"), "LIST_REFUSED: HOST answers 403"],
  [
    "another host",
    (_, a) => a.writeHead(302, { location: "http://localhost/x" }).end(),
    "LIST_REFUSED: HOST redirects to another host, localhost",
  ],
  ["nowhere", (_, a) => a.writeHead(302).end(), "LIST_REFUSED: HOST redirects more than 3 times"],
  [
    "itself for ever",
    (_, a) => a.writeHead(307, { location: "/" }).end(),
    "LIST_REFUSED: HOST redirects more than 3 times",
  ],
  [
    "a file of this machine",
    (_, a) => a.writeHead(302, { location: "file:///etc/passwd" }).end(),
    "LIST_REFUSED: HOST redirects to another host, ",
  ],
  [
    "what is packed",
    (_, a) => a.writeHead(200, { "content-encoding": "gzip" }).end("x"),
    "LIST_REFUSED: HOST answers with gzip though it was not asked for",
  ],
  [
    "half of it",
    (_, a) => {
      a.writeHead(200, { "content-length": "100" });
      a.write("203.0.113.7\n");
      setTimeout(() => a.destroy(), 20);
    },
    "LIST_UNREACHABLE: HOST cannot be asked: the connection broke off",
  ],
] as const satisfies readonly (readonly [string, RequestListener, string])[]) {
  test(`refused: ${what}`, async (t) => {
    assert.equal(troubleOf(await get(await serve(t, answer))), expected);
  });
}

test("a redirect on the same host is followed", async (t) => {
  const url = await serve(t, (asked, answer) => {
    if (asked.url === "/new") answer.end("203.0.113.7\n");
    else answer.writeHead(301, { location: "/new" }).end();
  });
  assert.equal(((await get(url)) as Fetched).body, "203.0.113.7\n");
});

test("too much is cut off where the limit is, not when all has come", async (t) => {
  let sent = 0;
  const url = await serve(t, (_, answer) => {
    const chunk = Buffer.alloc(1_048_576, "x");
    const more = (): void => {
      while (!answer.destroyed && sent < 200 && answer.write(chunk)) sent++;
      if (sent < 200 && !answer.destroyed) answer.once("drain", more);
    };
    more();
  });
  assert.equal(troubleOf(await get(url)), "LIST_TOO_LARGE: HOST sends more than 32 MiB");
  assert.ok(sent < LIST_LIMITS.bytes / 1_048_576 + 20, `${sent} MiB`);
});

test("silence, and an answer that trickles for ever, are given up", async (t) => {
  const silent = await serve(t, () => {});
  assert.match(
    troubleOf(await get(silent, {}, { whole: 5_000, silence: 100 })),
    /LIST_UNREACHABLE: .*nothing for 0\.1 s/,
  );
  const slow = await serve(t, (_, answer) => {
    const timer = setInterval(() => answer.write("#\n"), 20);
    answer.on("close", () => clearInterval(timer));
  });
  assert.match(troubleOf(await get(slow, {}, { whole: 300, silence: 200 })), /LIST_UNREACHABLE: .*it takes too long/);
});

test("a mark that is no header is a reason, not a fault of ours", async () => {
  assert.match(
    troubleOf(await get("http://127.0.0.1:1/", { headers: { etag: "a\nb" } })),
    /LIST_UNREACHABLE: .*Invalid character/,
  );
});

test("nobody there; http to others, and other schemes, are not even asked", async () => {
  assert.match(troubleOf(await get("http://127.0.0.1:1/")), /LIST_UNREACHABLE: .*ECONNREFUSED/);
  assert.match(troubleOf(await get("http://192.0.2.1/")), /LIST_REFUSED: http: anybody on the way/);
  assert.match(troubleOf(await get("ftp://127.0.0.1/")), /LIST_REFUSED: ftp: is neither/);
  assert.match(troubleOf(await get("https://u:secret@127.0.0.1/")), /LIST_REFUSED: a user or password/);
});

test("TLS: an authority that is known is needed, and the name; from https no way leads to http", async (t) => {
  const authority = await newAuthority("lists of a test");
  const { cert, key } = await authority.issue(["localhost"]);
  const plain = (_: unknown, answer: Parameters<RequestListener>[1]): void => {
    answer.end("203.0.113.7\n");
  };
  const redirecting: RequestListener = (_, answer) =>
    void answer.writeHead(302, { location: "http://localhost/" }).end();
  const at = async (answer: RequestListener): Promise<string> =>
    (await serve(t, answer, () => createTlsServer({ cert, key }, answer))).replace(
      "http://127.0.0.1",
      "https://localhost",
    );
  const url = await at(plain);
  assert.match(troubleOf(await get(url)), /LIST_UNREACHABLE: .*(self-signed|unable to (verify|get))/);
  const known = getCACertificates();
  setDefaultCACertificates([...known, authority.cert]);
  t.after(() => setDefaultCACertificates(known));
  assert.equal(((await get(url)) as Fetched).body, "203.0.113.7\n");
  assert.match(
    troubleOf(await get(url.replace("localhost", "127.0.0.1"))),
    /LIST_UNREACHABLE: .*(does not match|altnames)/,
  );
  assert.match(troubleOf(await get(await at(redirecting))), /LIST_REFUSED: .*redirects to http/);
});

/** APIBAN as its documentation has it: pages by ID, 400 when there is nothing new. */
async function apiban(t: TestContext, pages: Readonly<Record<string, readonly [string[], string]>>, most = 99) {
  const asked: string[] = [];
  const url = await serve(t, (request, answer) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const { set, id } = JSON.parse(body) as { set: string; id: string };
      asked.push(`${request.method} ${set} ${id} ${request.headers.authorization}`);
      const page = pages[id];
      if (asked.length > most) answer.writeHead(429).end('{"ipaddress":"rate limit exceeded", "ID":"unauthorized"}');
      else if (page === undefined) answer.writeHead(400).end('{"ipaddress":["no new bans"], "ID":"none"}');
      else answer.end(JSON.stringify({ ipaddress: page[0], ID: page[1] }));
    });
  });
  const fetch = (before: ApibanState, now: number) =>
    fetchApiban({ url, headers: { authorization: "Bearer k" }, insecure: false }, before, now, FETCH_LIMITS);
  return { asked, fetch };
}

const NOTHING = { text: "", cursor: "" };
const DAY = 86_400_000;

test("APIBAN: page after page, then only what is new; what is not seen for 7 days falls out", async (t) => {
  const pages: Record<string, readonly [string[], string]> = {
    "100": [["203.0.113.7"], "200"],
    "200": [["203.0.113.8"], "300"],
  };
  const { asked, fetch } = await apiban(t, pages);
  const first = await fetch(NOTHING, 1_000);
  assert.deepEqual(first, { text: "203.0.113.7 1000\n203.0.113.8 1000", cursor: "300", more: false });
  assert.deepEqual(
    asked,
    ["100", "200", "300"].map((id) => `POST sip ${id} Bearer k`),
  );
  pages["300"] = [["203.0.113.9", "203.0.113.8"], "400"];
  const second = await fetch(first as ApibanState, 2 * DAY);
  assert.deepEqual(second, {
    text: `203.0.113.7 1000\n203.0.113.8 ${2 * DAY}\n203.0.113.9 ${2 * DAY}`,
    cursor: "400",
    more: false,
  });
  const third = await fetch(second as ApibanState, 8 * DAY);
  assert.deepEqual(third, { text: `203.0.113.8 ${2 * DAY}\n203.0.113.9 ${2 * DAY}`, cursor: "400", more: false });
});

test("APIBAN: its limit on requests keeps what came before it; met at once, nothing changes", async (t) => {
  const page = (n: number): [string[], string] => [[`203.0.113.${n}`], String(100 + n)];
  const pages = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [String(100 + n), page(n + 1)]));
  const limited = await apiban(t, pages, 2);
  assert.deepEqual(await limited.fetch(NOTHING, 1), {
    text: "203.0.113.1 1\n203.0.113.2 1",
    cursor: "102",
    more: true,
  });
  assert.equal(isTrouble(await limited.fetch(NOTHING, 1)), true);
  const long = await apiban(t, pages);
  const first = (await long.fetch(NOTHING, 1)) as ApibanState & { more: boolean };
  assert.deepEqual([first.more, first.cursor, long.asked.length], [true, "110", 10]);
});

for (const [what, status, body] of [
  ["a key that is not known", 403, '{"ipaddress":"none", "ID":"unauthorized"}'],
  ["HTML", 200, "<html>"],
  ["an ID that is none", 200, '{"ipaddress":["203.0.113.7"],"ID":"../x"}'],
  ["no list", 200, '{"ipaddress":"203.0.113.7","ID":"200"}'],
] as const) {
  test(`APIBAN, refused: ${what}`, () => {
    assert.ok(isTrouble(pageOf({ status, body })));
  });
}
