/** What an operator sees of the running daemon: `top`, events in their file and by command, figures for Prometheus, and why. */
import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { snapshotOf } from "../src/cli/top/snapshot.ts";
import { startDaemon } from "./support/child.ts";
import { DOMAIN, type Edge, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { until } from "./support/until.ts";

const SCANNER = "127.0.0.66";
const GUESSER = "127.0.0.67";
const OFFICE = "127.0.0.80";
const AGENT = "User-Agent: friendly-scanner\r\n";

/** A scanner over TCP, which is banned for it (or noted). */
async function scan(edge: Edge): Promise<void> {
  const phone = await edge.phone("anna", { local: SCANNER, transport: "tcp", edge: edge.tcp4 });
  await phone.request("OPTIONS", `sip:${DOMAIN}`, "", AGENT);
  await until("it is in the book", async () => ((await edge.command("bans.list")) as { all: number }).all > 0);
}

test("top: who sends, what is refused and what for, and what would be banned", async (t) => {
  const edge = await startEdge(t, { users: ["anna"] });
  const before = await edge.command("top");
  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register(3600, "User-Agent: Desk Phone 1.0\r\n")).status, 200);
  await scan(edge);
  const phone = await edge.phone("bert", { local: SCANNER, t1: 20 });
  await phone.request("OPTIONS", `sip:${DOMAIN}`, "", AGENT);
  const seen = snapshotOf(before, await edge.command("top"));
  const bySource = new Map(seen.sources.map((s) => [s.source, s]));
  const scanner = bySource.get(SCANNER);
  assert.match(scanner?.verdict ?? "", /^would be banned 10m$/);
  assert.deepEqual([scanner?.reason, scanner?.device], ["scanner", "friendly-scanner"]);
  assert.match(scanner?.does ?? "", /scanner [12]/);
  const office = bySource.get(OFFICE);
  assert.deepEqual([office?.standing, office?.verdict, office?.device], [[`anna@${DOMAIN}`], "", "Desk Phone 1.0"]);
  assert.deepEqual(
    seen.noted.map((n) => n.source),
    [SCANNER],
  );
  assert.deepEqual(seen.verdicts.map((v) => [v.action, v.scenario, v.held, v.noted])[0], ["ban", "scanner", 0, 1]);

  await edge.command("enforce.on");
  const old = await edge.command("top");
  await phone.request("OPTIONS", `sip:${DOMAIN}`, "", AGENT).catch(() => undefined);
  const after = snapshotOf(old, await edge.command("top"));
  assert.ok(after.rates.refused > 0 && after.rates.refused === after.verdicts[0].refused, JSON.stringify(after.rates));
  assert.match(after.sources.find((s) => s.source === SCANNER)?.verdict ?? "", /^banned /);
});

test("events: one JSON line each, in a file of our own and by command; no secret in them", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "events.jsonl");
  const edge = await startEdge(t, { users: ["anna"], top: `events = "events.jsonl"` }, folder);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const guesser = await edge.phone("anna", { local: GUESSER, password: "not-the-password" });
  for (let i = 0; i < 4; i++) await guesser.register();
  await until("it is banned", async () => ((await edge.command("bans.list")) as { all: number }).all > 0);
  await edge.command("enforce.on");
  await edge.command("bans.remove", { target: GUESSER });
  await edge.command("trunk.add", { name: "carrier", addresses: ["198.51.100.9"] });
  const { events } = (await edge.command("events.since", { seq: 0 })) as { events: { event: string; seq: number }[] };
  assert.deepEqual(
    events.map((e) => e.event),
    ["start", "ban", "enforce", "unban", "trunk"],
  );
  const later = (await edge.command("events.since", { seq: 3 })) as { events: { event: string }[] };
  assert.deepEqual(
    later.events.map((e) => e.event),
    ["unban", "trunk"],
  );
  await edge.stop();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map((e) => e.event),
    ["start", "ban", "enforce", "unban", "trunk", "stop"],
  );
  const { scenario, source, proved, enforced, account } = told[1];
  assert.deepEqual([scenario, source, proved, enforced, account], ["wrong-password", GUESSER, true, false, ""]);
  assert.deepEqual([told[3].by, told[3].source], ["operator", GUESSER]);
  assert.doesNotMatch(lines.join(), /not-the-password|response|nonce/i);
});

test("events: after SIGHUP the file is opened anew, as logrotate needs it", { timeout: 30_000 }, async (t) => {
  const folder = scratch(t);
  const file = join(folder, "events.jsonl");
  const daemon = await startDaemon(t, writeConfig(folder, { top: `events = "events.jsonl"` }));
  renameSync(file, `${file}.old`);
  process.kill(daemon.pid, "SIGHUP");
  await until("it is there again", () => statSync(file, { throwIfNoEntry: false }) !== undefined);
  await daemon.command("enforce.on");
  assert.match(readFileSync(file, "utf8"), /"event":"enforce"/);
  assert.doesNotMatch(readFileSync(`${file}.old`, "utf8"), /enforce/);
});

/** Bytes to the port of metrics, and all that comes back until it is closed. */
async function http(at: string, request: string): Promise<string> {
  const [host, port] = at.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => {});
  socket.write(request);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  return text;
}

const get = (path: string, method = "GET", more = ""): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${more}\r\n`;

test("metrics: over HTTP and by command, with no address in them; what is no question for them is refused", async (t) => {
  const edge = await startEdge(t, {
    users: ["anna"],
    dial: 'allow_anonymous = true\n[metrics]\nlisten = "127.0.0.1:0"',
  });
  await scan(edge);
  await edge.command("enforce.on");
  const phone = await edge.phone("bert", { local: SCANNER, t1: 20 });
  await phone.request("OPTIONS", `sip:${DOMAIN}`).catch(() => undefined);
  const { metrics } = (await edge.command("status")) as { metrics: string };
  const answer = await http(metrics, get("/metrics"));
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /content-type: text\/plain; version=0\.0\.4/);
  for (const line of [
    /^rempart_requests_total\{method="OPTIONS"\} [1-9]/m,
    /^rempart_responses_sent_total\{class="2xx"\} [1-9]/m,
    /^rempart_refused_packets_total\{action="ban",reason="scanner"\} [1-9]/m,
    /^rempart_facts_total\{kind="scanner"\} [1-9]/m,
    /^rempart_verdicts_total\{scenario="scanner",action="ban"\} 1$/m,
    /^rempart_book_entries\{action="ban",reason="scanner",state="in_force"\} 1$/m,
    /^rempart_enforcing 1$/m,
    /^rempart_event_loop_delay_seconds\{thread="signalling",measure="p99"\} [0-9.]+$/m,
    /^process_resident_memory_bytes [1-9]/m,
  ])
    assert.match(answer, line);
  assert.doesNotMatch(answer, /127\.0\.0\.|anna|friendly/);
  const { text } = (await edge.command("metrics")) as { text: string };
  assert.match(text, /^rempart_packets_total [1-9]/m);

  for (const [request, status] of [
    [get("/"), 404],
    [get("/metrics", "POST", "content-length: 0\r\n"), 405],
    [get("/metrics", "GET", `x: ${"y".repeat(8_000)}\r\n`), 431],
    ["\0\0\0 nothing of HTTP\r\n\r\n", 400],
  ] as const)
    assert.match(await http(metrics, request), new RegExp(`^HTTP/1\\.1 ${status} `), request.slice(0, 40));
  assert.doesNotMatch(await http(metrics, get("/metrics", "HEAD")), /rempart_/);
});

test("metrics: whom `allow` does not name is refused", async (t) => {
  const dial = 'allow_anonymous = true\n[metrics]\nlisten = "127.0.0.1:0"\nallow = ["192.0.2.1"]';
  const edge = await startEdge(t, { dial });
  const { metrics } = (await edge.command("status")) as { metrics: string };
  assert.match(await http(metrics, get("/metrics")), /^HTTP\/1\.1 403 /);
});

interface Story {
  readonly entries: readonly { readonly evidence: readonly { readonly kind: string; readonly message: string }[] }[];
  readonly usedFrom: readonly string[];
}

test("why: the messages that decided, kept with the ban over a restart, without credentials", async (t) => {
  const folder = scratch(t);
  const edge = await startEdge(t, { users: ["anna"] }, folder);
  const good = await edge.phone("anna", { local: OFFICE });
  await good.register();
  const guesser = await edge.phone("anna", { local: GUESSER, password: "not-the-password" });
  for (let i = 0; i < 4; i++) await guesser.register(3600, "User-Agent: Guess 1.0\r\n");
  const why = async (of: Edge, name: string): Promise<Story> => (await of.command("why", { name })) as Story;
  await until("it is banned", async () => (await why(edge, GUESSER)).entries.length === 1);
  await until("and stored", async () => (await why(edge, GUESSER)).entries[0].evidence.length > 0);
  assert.deepEqual((await why(edge, "anna")).usedFrom, [OFFICE]);
  await edge.stop();

  const again = await startEdge(t, {}, folder);
  const [{ evidence }] = (await why(again, GUESSER)).entries;
  const messages = evidence.map((f) => f.message).filter((m) => m !== "");
  assert.ok(messages.length >= 1 && messages.length <= 3, `${messages.length} messages`);
  const lines = messages[messages.length - 1].split("\n");
  assert.equal(lines[0], `REGISTER sip:${DOMAIN} SIP/2.0`);
  for (const start of ["Via: SIP/2.0/UDP 127.0.0.67:", `From: <sip:anna@${DOMAIN}>`, `To: <sip:anna@`, "Call-ID: "])
    assert.ok(
      lines.some((line) => line.startsWith(start)),
      start,
    );
  assert.ok(lines.includes("User-Agent: Guess 1.0") && lines.includes("Authorization: ***"));
  assert.doesNotMatch(messages.join(), /response|nonce|cnonce/);
});
