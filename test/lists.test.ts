/** Block lists and countries in the whole daemon: who is kept out, who is spared, and what stays in force when a source fails. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DOMAIN, type Edge, scratch, startEdge } from "./support/edge.ts";
import { inCountry, writeMmdb } from "./support/mmdb.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const LISTED = "127.0.0.66";
const OFFICE = "127.0.0.80";
const OTHER = "127.0.0.90";

interface View {
  readonly lists: readonly {
    readonly name: string;
    readonly entries: number;
    readonly at: number;
    readonly hits: number;
    readonly enforced: boolean;
    readonly leftOut: { readonly reserved: number };
    readonly never: number;
    readonly busy: boolean;
    readonly trouble: { readonly code: string; readonly what: string } | null;
  }[];
  readonly country: {
    readonly hits: Readonly<Record<string, number>>;
    readonly countries: number;
    readonly trouble: { readonly code: string } | null;
  } | null;
}

const lists = async (edge: Edge): Promise<View> => (await edge.command("lists.show")) as View;
const refresh = async (edge: Edge, name = ""): Promise<View> => (await edge.command("lists.refresh", { name })) as View;

/** How long nothing has to come before that is believed. */
const SILENCE = 400;

/** Sends one OPTIONS from `local` and gives the status of what comes back; 0 for nothing. */
async function ask(t: TestContext, edge: Edge, local: string, ms = 5_000): Promise<number> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  const at = `${local}:${socket.address().port}`;
  const ends = [`From: <sip:a@${at}>;tag=1`, `To: <sip:100@${DOMAIN}>`];
  socket.send(rawRequest("OPTIONS", `sip:${DOMAIN}`, at, ends), edge.udp4.port, edge.udp4.host);
  const answer = await Promise.race([
    once(socket, "message").then(([bytes]) => bytes as Buffer),
    new Promise<undefined>((none) => setTimeout(none, ms, undefined).unref()),
  ]);
  return answer === undefined ? 0 : statusOf(answer.toString("latin1"));
}

/** A list on the loopback: what it says and how can be changed while it serves. */
interface Served {
  readonly url: string;
  text: string;
  status: number;
  asked: number;
  unchanged: number;
  close(): void;
}

async function serveList(t: TestContext, text: string): Promise<Served> {
  const server: Server = createServer((asked, answer) => {
    served.asked++;
    const etag = `"${served.text.length}"`;
    const isSame = served.status === 200 && asked.headers["if-none-match"] === etag;
    if (isSame) served.unchanged++;
    answer.writeHead(isSame ? 304 : served.status, { etag }).end(isSame ? "" : served.text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  t.after(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bad.txt`;
  const served: Served = { url, text, status: 200, asked: 0, unchanged: 0, close };
  return served;
}

/** A daemon that enforces, and what stands in [shield]. */
function startWith(t: TestContext, folder: string, shield: string, mode = "enforce"): Promise<Edge> {
  const listen = ["udp", "tcp"]
    .flatMap((transport) =>
      ["127.0.0.1:0", "[::1]:0"].map((a) => `[[sip.listen]]\ntransport = "${transport}"\naddress = "${a}"\n`),
    )
    .join("");
  const users = existsSync(join(folder, "state")) ? [] : ["anna"];
  return startEdge(t, { users, top: `mode = "${mode}"`, listen: `${listen}\n${shield}` }, folder);
}

const fileList = (more = ""): string => `[[shield.list]]\nname = "own"\nfile = "own.txt"\nprivate = true\n${more}`;
const urlList = (url: string, more = ""): string =>
  `[[shield.list]]\nname = "served"\nurl = "${url}"\nprivate = true\n${more}`;

test("a listed source is dropped and counted, its neighbour is not, and never-list and standing win", async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "own.txt"), `# ours\n${LISTED}\n127.0.0.91\n127.0.0.1\n`);
  const edge = await startWith(t, folder, `[shield]\nnever = ["127.0.0.91"]\n${fileList()}`);
  assert.equal(await ask(t, edge, LISTED, SILENCE), 0);
  assert.equal(await ask(t, edge, OTHER), 200);
  assert.equal(await ask(t, edge, "127.0.0.91"), 200, "on the list, and on the never-list");
  assert.equal(await ask(t, edge, "127.0.0.1"), 200, "this machine");
  await until("it is counted", async () => (await lists(edge)).lists[0].hits > 0);
  const [own] = (await lists(edge)).lists;
  assert.deepEqual([own.entries, own.hits, own.enforced, own.never, own.trouble], [3, 1, true, 2, null]);
  const why = async (name: string): Promise<unknown> => {
    const { lists: named, refused } = (await edge.command("why", { name })) as { lists: string[]; refused: boolean };
    return [named, refused];
  };
  assert.deepEqual(await why(LISTED), [["own"], true]);
  assert.deepEqual(await why("127.0.0.91"), [["own"], false]);

  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register()).status, 200);
  writeFileSync(join(folder, "own.txt"), `${OFFICE}\n${OTHER}\n`);
  await until("the file is read again by itself", async () => (await lists(edge)).lists[0].entries === 2);
  assert.equal(await ask(t, edge, OTHER, SILENCE), 0);
  assert.equal(await ask(t, edge, OFFICE), 200, "an account was used from there with its password");
  assert.deepEqual(await why(OFFICE), [["own"], false]);
  assert.equal(await ask(t, edge, LISTED), 200, "no longer listed");
  await edge.stop();

  const again = await startWith(t, folder, fileList());
  assert.equal(await ask(t, again, OTHER, SILENCE), 0, "from the first packet on");
  assert.equal(await ask(t, again, OFFICE), 200, "standing is known after a restart");
});

test("observe: listed sources are counted and let in; so they are where only the list observes", async (t) => {
  for (const [mode, more] of [
    ["observe", ""],
    ["enforce", 'mode = "observe"\n'],
  ]) {
    const folder = scratch(t);
    writeFileSync(join(folder, "own.txt"), LISTED);
    const edge = await startWith(t, folder, fileList(more), mode);
    assert.equal(await ask(t, edge, LISTED), 200);
    await until("it is counted", async () => (await lists(edge)).lists[0].hits === 1);
    assert.equal((await lists(edge)).lists[0].enforced, false);
  }
});

test("a list from a URL: 304, errors and bad lists keep the old one; a start without network has the last one", async (t) => {
  const folder = scratch(t);
  const served = await serveList(t, `${LISTED}\n192.168.7.0/24\n`);
  const edge = await startWith(t, folder, urlList(served.url));
  await until("it is fetched", async () => (await lists(edge)).lists[0].entries === 2);
  assert.equal(await ask(t, edge, LISTED, SILENCE), 0);
  const { at } = (await lists(edge)).lists[0];
  assert.equal((await refresh(edge, "served")).lists[0].trouble, null);
  assert.equal(served.unchanged, 1, "it was asked for what is new, and nothing is");

  for (const [status, text, code] of [
    [500, "", "LIST_REFUSED"],
    [200, "<html>\n", "LIST_INVALID"],
    [200, "# nobody\n", "LIST_INVALID"],
    [200, `${LISTED}\n`.repeat(500_001), "LIST_TOO_LARGE"],
  ] as const) {
    Object.assign(served, { status, text });
    const [list] = (await refresh(edge)).lists;
    assert.deepEqual([list.trouble?.code, list.entries], [code, 2], code);
    assert.equal(await ask(t, edge, LISTED, SILENCE), 0, "the old one stays in force");
  }
  Object.assign(served, { status: 200, text: `${OTHER}\n` });
  const [fresh] = (await refresh(edge)).lists;
  assert.deepEqual([fresh.trouble, fresh.entries], [null, 1]);
  assert.ok(fresh.at > at);
  assert.equal(await ask(t, edge, LISTED), 200);
  const kept = join(folder, "state", "lists", "served.list");
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  assert.ok(!readFileSync(kept, "latin1").includes("127.0.0.1:"), "the URL is not in it");
  await edge.stop();

  served.close();
  const again = await startWith(t, folder, urlList(served.url));
  assert.equal(await ask(t, again, OTHER, SILENCE), 0);
  await until("it was tried", async () => (await lists(again)).lists[0].trouble !== null);
  const [old] = (await lists(again)).lists;
  assert.deepEqual([old.trouble?.code, old.entries, old.at], ["LIST_UNREACHABLE", 1, fresh.at]);
  await again.stop();

  const elsewhere = await startWith(t, folder, urlList("http://127.0.0.1:1/other.txt"));
  assert.equal(await ask(t, elsewhere, OTHER), 200, "what was kept of another URL is not its list");
});

test("a server that says nothing keeps nobody waiting, neither at the start nor at the end", async (t) => {
  let asked = 0;
  const server = createServer(() => asked++).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const edge = await startWith(t, scratch(t), urlList(url));
  await until("it is asked", () => asked === 1);
  assert.equal(await ask(t, edge, OTHER), 200);
  const [list] = (await lists(edge)).lists;
  assert.deepEqual([list.busy, list.entries, list.trouble], [true, 0, null]);
  const from = performance.now();
  await edge.stop();
  assert.ok(performance.now() - from < 5_000, "it would be given up after 10 s");
});

test("a file of ours that goes bad, or away: the old one stays, status says why; private entries only when asked for", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "own.txt");
  writeFileSync(file, LISTED);
  const edge = await startWith(t, folder, `${fileList()}[[shield.list]]\nname = "strict"\nfile = "own.txt"\n`);
  const strict = (await lists(edge)).lists[1];
  assert.deepEqual([strict.entries, strict.leftOut.reserved], [0, 1]);
  writeFileSync(file, `${LISTED}\nnobody\n`);
  await until("it is refused", async () => (await lists(edge)).lists[0].trouble !== null);
  const [bad] = (await lists(edge)).lists;
  assert.match(bad.trouble?.what ?? "", /^list own: line 2: found "nobody", expected an address or a block$/);
  rmSync(file);
  await until("it is missed", async () => (await lists(edge)).lists[0].trouble?.code === "LIST_UNREADABLE");
  assert.equal(await ask(t, edge, LISTED, SILENCE), 0);
  const status = (await edge.command("status")) as { lists: View };
  assert.equal(status.lists.lists[0].trouble?.code, "LIST_UNREADABLE");
  writeFileSync(file, OTHER);
  await until("it is read again", async () => (await lists(edge)).lists[0].trouble === null);
  assert.equal(await ask(t, edge, LISTED), 200);
  await assert.rejects(edge.command("lists.refresh", { name: "nobody" }), /^Error: LIST_UNKNOWN$/);
});

const COUNTRIES = {
  "127.0.0.0/26": inCountry("ES"),
  "127.0.0.64/28": inCountry("FR"),
  "127.0.0.80/28": inCountry("DE"),
  "2001:db8::/32": inCountry("FR"),
};

test("countries: the denied are dropped and counted, standing spares, another file is taken, a bad one is not", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "countries.mmdb");
  writeFileSync(file, writeMmdb(COUNTRIES));
  const edge = await startWith(t, folder, '[shield.country]\nfile = "countries.mmdb"\ndeny = ["FR"]\n');
  assert.equal(await ask(t, edge, LISTED, SILENCE), 0);
  assert.equal(await ask(t, edge, OFFICE), 200, "of another country");
  assert.equal(await ask(t, edge, "127.0.1.1"), 200, "of none that is known");
  await until("it is counted", async () => (await lists(edge)).country?.hits.FR === 1);
  const why = async (name: string): Promise<unknown> => {
    const { country, refused } = (await edge.command("why", { name })) as { country: string; refused: boolean };
    return [country, refused];
  };
  assert.deepEqual(
    [await why(LISTED), await why("2001:db8::7"), await why("127.0.1.1"), await why(OFFICE)],
    [
      ["FR", true],
      ["FR", true],
      ["", false],
      ["DE", false],
    ],
  );
  await edge.command("bans.add", { target: "127.0.0.85" });
  const { bans } = (await edge.command("bans.list")) as { bans: { country: string }[] };
  assert.equal(bans[0].country, "DE");

  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register()).status, 200);
  writeFileSync(file, writeMmdb({ "127.0.0.64/26": inCountry("FR"), "127.0.0.0/26": inCountry("ES") }));
  await until("it is read again by itself", async () => (await ask(t, edge, OTHER, SILENCE)) === 0);
  assert.equal(await ask(t, edge, OFFICE), 200, "an account was used from there with its password");
  writeFileSync(file, "no such thing");
  await until("it is refused", async () => (await lists(edge)).country?.trouble?.code === "COUNTRY_INVALID");
  assert.equal(await ask(t, edge, OTHER, SILENCE), 0, "what was read before stays in force");
  assert.equal((await lists(edge)).country?.countries, 2);
});

test("countries: all but those that are allowed; private networks have none and are let in", async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "countries.mmdb"), writeMmdb(COUNTRIES));
  const country = '[shield.country]\nfile = "countries.mmdb"\nallow = ["DE"]\nunknown = "deny"\n';
  const edge = await startWith(t, folder, country);
  assert.equal((await refresh(edge)).country?.countries, 3, "at once, also where there is no list");
  assert.deepEqual(
    [await ask(t, edge, LISTED, SILENCE), await ask(t, edge, OFFICE), await ask(t, edge, "127.0.1.1")],
    [0, 200, 200],
  );
});

test("what is exported of the book: whole sources of the internet, no account, no words of the operator", async (t) => {
  const folder = scratch(t);
  const edge = await startWith(t, folder, "");
  for (const target of ["203.0.113.7", "198.51.100.0/24", "2001:db8:1:2::3", "192.168.1.7"])
    await edge.command("bans.add", { target, reason: "Mr Smith", seconds: 60 });
  const { bans } = (await edge.command("bans.export")) as { bans: { source: string; label: string }[] };
  assert.deepEqual(bans.map((b) => b.source).sort(), ["198.51.100.0/24", "2001:db8:1:2::/64", "203.0.113.7"]);
  assert.deepEqual([...new Set(bans.map((b) => b.label))], ["by-hand"]);
  assert.deepEqual(
    readdirSync(join(folder, "state")).includes("lists"),
    false,
    "nothing is kept where no list is configured",
  );
});
