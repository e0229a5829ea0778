/** Every message of RFC 4475 and RFC 5118 on the wire: answered as corpus/manifest.tsv says, and then the edge still answers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type CorpusEntry, readCorpusFile, readManifest, type Wire } from "../corpus/manifest.ts";
import type { Address } from "../src/demo/index.ts";
import { type Edge, startEdge } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";

/** As corpus/README.md says: no accounts, no backend, this domain; half a message is given up soon, to save time. */
const OPTIONS = { domain: "example.com", sip: "tcp = { half_message = 1 }" } as const;

/** Longer than half a message may take, ms. */
const PATIENCE = 4_000;

/** What is asked after each message: its answer ends the wait, and proves that the edge lives. */
function lifeSign(transport: "UDP" | "TCP", from: string): string {
  const lines = ["From: <sip:test@elsewhere.example>;tag=life", "To: <sip:example.com>"];
  return rawRequest("OPTIONS", "sip:example.com", from, lines).replace("SIP/2.0/UDP", `SIP/2.0/${transport}`);
}

const isLifeSign = (text: string): boolean => text.includes(";tag=life\r\n") && statusOf(text) === 200;

/** Sends one message as a datagram from a socket of its own; the statuses that come back before the sign of life. */
async function overUdp(t: TestContext, edge: Edge, bytes: string): Promise<number[]> {
  const raw = await openRaw(t, edge.udp4);
  raw.send(bytes);
  raw.send(lifeSign("UDP", raw.at));
  const statuses: number[] = [];
  for (;;) {
    const answer = await raw.next();
    assert.ok(answer !== undefined, "the edge no longer answers OPTIONS");
    if (isLifeSign(answer)) return statuses;
    statuses.push(statusOf(answer));
  }
}

/** The same on a connection of its own; "close" when it is closed without a word. */
async function overTcp(edge: Address, bytes: string, expected: Wire): Promise<readonly number[] | string> {
  const socket = connect({ ...edge, noDelay: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  const closed = once(socket, "close");
  socket.write(bytes, "latin1");
  const late = setTimeout(PATIENCE, undefined, { ref: false });
  // A message without an end would swallow the sign of life, so there it is not sent.
  if (expected !== "close") socket.write(lifeSign("TCP", "127.0.0.1:9"), "latin1");
  const life = new Promise<void>((resolve) => {
    socket.on("data", () => text.includes(";tag=life\r\n") && resolve());
  });
  await Promise.race([life, closed, late]);
  const open = !socket.closed;
  socket.destroy();
  const replies = text.split(/(?=^SIP\/2\.0 )/m).filter((reply) => reply !== "");
  const statuses = replies.filter((reply) => !isLifeSign(reply)).map(statusOf);
  // A wrong Content-Length leaves bytes that garble the sign of life: what was answered before them counts.
  if (replies.length > statuses.length || statuses.length > 0) return statuses;
  return open ? "nothing, and it stays open" : "close";
}

const corpus = readManifest();

test("the corpus is whole: 49 messages of RFC 4475 and 12 of RFC 5118", () => {
  const count = (set: string): number => new Set(corpus.filter((e) => e.file.startsWith(set)).map((e) => e.file)).size;
  assert.deepEqual([count("rfc4475/"), count("rfc5118/")], [49, 12]);
});

test("over UDP", async (t) => {
  const edge = await startEdge(t, OPTIONS);
  const wrong: string[] = [];
  for (const entry of corpus) {
    const got = await overUdp(t, edge, readCorpusFile(entry.file));
    compare(wrong, entry, entry.udp, got);
  }
  assert.deepEqual(wrong, []);
});

test("over TCP", { timeout: 30_000 }, async (t) => {
  const edge = await startEdge(t, OPTIONS);
  const wrong: string[] = [];
  await Promise.all(
    corpus.map(async (entry) =>
      compare(wrong, entry, entry.tcp, await overTcp(edge.tcp4, readCorpusFile(entry.file), entry.tcp)),
    ),
  );
  assert.deepEqual(wrong.sort(), []);
  assert.deepEqual(await overTcp(edge.tcp4, "", []), [], "the edge still answers");
  const { counters } = (await edge.command("status")) as { counters: { bugs: number } };
  assert.equal(counters.bugs, 0);
});

function compare(wrong: string[], entry: CorpusEntry, expected: Wire, got: Wire | string): void {
  if (String(got) !== String(expected)) wrong.push(`${entry.file}: ${got} instead of ${expected}`);
}
