/**
 * Certificates by ACME, over real conversations with an authority of our own: the daemon starts without waiting for it, shows what is
 * issued without a restart, and goes on with what it has when nothing is.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { acmePlace } from "../src/certificates/index.ts";
import { type AcmeServer, startAcmeServer } from "./support/acme-server.ts";
import { callProgram, runProgram, startDaemon } from "./support/child.ts";
import { DOMAIN, type Edge, type EdgeOptions, listener, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { freePort } from "./support/port.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

interface Status {
  readonly tls: {
    readonly certificates: readonly { readonly selfSigned: boolean; readonly issuer: string }[];
    readonly acme: {
      readonly ordering: boolean;
      readonly next: number;
      readonly failures: number;
      readonly trouble: { readonly code: string; readonly what: string; readonly next: string } | null;
    };
  };
}

const HOUR = 3_600_000;

/** An authority, and the options of a daemon that asks it. */
async function site(t: TestContext, more = "") {
  const acme = await startAcmeServer(t);
  const folder = scratch(t);
  acme.challengePort = await freePort();
  writeFileSync(join(folder, "ca.pem"), acme.authority.cert);
  return { acme, folder, options: optionsFor(acme, more) };
}

function optionsFor({ directory, challengePort }: AcmeServer, more = "", port = challengePort): EdgeOptions {
  const table = `directory = "${directory}"\nlisten = "127.0.0.1:${port}"\nca = "ca.pem"\nagree_tos = true\n${more}`;
  const listen = ["udp", "tls"].map((transport) => listener(transport, "127.0.0.1:0")).join("");
  return { listen: `${listen}[tls.acme]\nemail = "admin@example.org"\n${table}` };
}

async function dial(edge: Edge): Promise<TLSSocket> {
  const socket = connect({ ...edge.at("tls"), rejectUnauthorized: false, servername: DOMAIN });
  await once(socket, "secureConnect");
  return socket;
}

/** Issuer and serial number of what a client is shown. */
async function shown(edge: Edge): Promise<{ issuer: string; serial: string }> {
  const socket = await dial(edge);
  const { issuer, serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return { issuer: String(issuer.CN), serial: serialNumber };
}

async function statusOfDaemon(edge: Edge): Promise<Status["tls"]> {
  return ((await edge.command("status")) as Status).tls;
}

async function issued(edge: Edge): Promise<void> {
  await until("the issued certificate is shown", async () => (await shown(edge)).issuer === "ACME test CA", 15_000);
}

test("first certificate: the start waits for nobody, and what is issued is shown without a restart", async (t) => {
  const { acme, folder, options } = await site(t);
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  acme.beforeAsking = () => asked;
  const edge = await startEdge(t, options, folder);
  assert.equal((await shown(edge)).issuer, DOMAIN, "self-signed while the order is under way");
  await until("the order is placed", () => acme.events.includes(`newOrder ${DOMAIN}`));
  assert.equal((await statusOfDaemon(edge)).acme.ordering, true);
  const standing = await dial(edge);
  t.after(() => standing.destroy());

  await t.test("the listener answers nothing but questions of the authority, and costs little", async () => {
    await until("it listens", async () => (await fetchStatus(acme.challengePort, "/")) === 404);
    for (const path of [
      "/.well-known/acme-challenge/",
      "/.well-known/acme-challenge/no",
      "/.well-known/acme-challenge/../x",
    ])
      assert.equal(await fetchStatus(acme.challengePort, path), 404, path);
    assert.equal(await fetchStatus(acme.challengePort, `/${"a".repeat(8_000)}`), 431);
  });

  ask();
  await issued(edge);
  assert.deepEqual(acme.events, [
    "newAccount 201 mailto:admin@example.org",
    `newOrder ${DOMAIN}`,
    `asked ${DOMAIN}`,
    `issued ${DOMAIN}`,
  ]);
  const status = await statusOfDaemon(edge);
  assert.deepEqual([status.certificates.length, status.certificates[0].issuer], [1, "ACME test CA"]);
  assert.equal(status.acme.trouble, null);
  const wait = status.acme.next - Date.now();
  assert.ok(wait > 10.9 * HOUR && wait <= 13 * HOUR, `next look in ${wait} ms`);
  assert.equal(await fetchStatus(acme.challengePort, "/"), "ECONNREFUSED", "open only while an order is under way");
  await answersOptions(standing);

  const files = globSync(join(edge.config.state, "tls/acme/*/*"));
  assert.deepEqual(files.map((f) => f.split("/").at(-1)).sort(), ["account.key", "certificate.pem"]);
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  assert.doesNotMatch(JSON.stringify(await edge.command("status")), /PRIVATE/);
});

test("renewal: near its end a new one is ordered by the same account; a good one survives restarts unasked", async (t) => {
  const { acme, folder, options } = await site(t);
  // Of 40 days 10 are left: less than a third.
  acme.days = 10;
  const first = await startEdge(t, options, folder);
  await issued(first);
  const { serial } = await shown(first);
  const { next } = (await statusOfDaemon(first)).acme;
  assert.ok(next - Date.now() > 0.9 * HOUR, "no order after the other, whatever the authority issues");
  await first.stop();

  acme.days = 60;
  const second = await startEdge(t, options, folder);
  await until("the new one is shown", async () => (await shown(second)).serial !== serial, 15_000);
  assert.deepEqual(
    acme.events.filter((e) => e.startsWith("newAccount")).map((e) => e.split(" ")[1]),
    ["201", "200"],
  );
  const renewed = (await shown(second)).serial;
  await second.stop();

  const third = await startEdge(t, options, folder);
  assert.equal((await shown(third)).serial, renewed, "from the first connection on");
  await until("it has looked", async () => (await statusOfDaemon(third)).acme.next > Date.now() + HOUR);
  assert.equal(acme.events.filter((e) => e.startsWith("newOrder")).length, 2);

  const standing = await dial(third);
  t.after(() => standing.destroy());
  await third.command("tls.renew");
  await until("`tls renew` brings another", async () => (await shown(third)).serial !== renewed);
  await answersOptions(standing);
});

test("a name that came into the configuration is ordered at once", async (t) => {
  const { acme, folder, options } = await site(t);
  const first = await startEdge(t, options, folder);
  await issued(first);
  await first.stop();
  const second = await startEdge(t, optionsFor(acme, `domains = ["${DOMAIN}", "b.example.org"]`), folder);
  await until("both are in it", async () => {
    const socket = await dial(second);
    const names = String(socket.getPeerCertificate().subjectaltname);
    socket.destroy();
    return names.includes("b.example.org") && names.includes(DOMAIN);
  });
});

test("the authority refuses: its words are told, the self-signed one goes on, and a restart does not press it", async (t) => {
  const { acme, folder, options } = await site(t);
  acme.refused.add(DOMAIN);
  const file = writeConfig(folder, { ...options, log: "info" });
  const daemon = await startDaemon(t, file);
  await until("the log says it", () => /ACME_REFUSED.*policy forbids issuing for pbx\.example\.org/.test(daemon.log()));
  const told = await runProgram(["status", "--config", file]);
  assert.equal(told.code, 1);
  assert.match(told.out, /certificates +pbx\.example\.org: self-signed/);
  assert.match(told.out, /authority +NOT ISSUED \(\d+ s, 1 attempt\): .*policy forbids .*\[ACME_REFUSED\]/);
  assert.match(told.out, /next attempt in (59 min|1 h)/);
  assert.match(told.out, /tls renew/);
  await daemon.kill("SIGTERM");

  const again = await startDaemon(t, file);
  assert.equal((await callProgram(["status", "--config", file])).code, 1, "still told");
  assert.equal(acme.events.filter((e) => e.startsWith("newOrder")).length, 1);
  const forced = await runProgram(["tls", "renew", "--config", file]);
  assert.equal(forced.code, 1);
  assert.match(forced.out, /2 attempts.*ACME_REFUSED/);
  assert.match((await callProgram(["status", "--config", file])).out, /next attempt in (1 h 59 min|2 h)/);

  assert.match(
    (await callProgram(["doctor", "--config", file])).out,
    /warn +tls +the authority has issued no certificate/,
  );

  acme.refused.clear();
  const mended = await runProgram(["tls", "renew", "--config", file]);
  assert.deepEqual([mended.code, mended.err], [0, ""]);
  assert.match(mended.out, /^pbx\.example\.org: by ACME test CA, good until/);
  assert.equal((await callProgram(["status", "--config", file])).code, 0);
  assert.match((await callProgram(["doctor", "--config", file])).out, /ok +tls +pbx\.example\.org: good until/);
  assert.doesNotMatch(again.log(), /PRIVATE/);
});

test("what stands in the way is told by its code, and calls go on", async (t) => {
  const { acme, folder, options } = await site(t);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const busy = (taken.address() as AddressInfo).port;
  const nobody = `https://localhost:${await freePort()}/directory`;
  for (const [what, changed, code, words] of [
    [
      "the question goes to another port",
      optionsFor(acme, "", await freePort()),
      "ACME_REFUSED",
      /Fetching .*ECONNREFUSED/,
    ],
    ["the port of the question is taken", optionsFor(acme, "", busy), "ACME_LISTEN", /EADDRINUSE/],
    ["nobody answers", optionsFor({ ...acme, directory: nobody }), "ACME_UNREACHABLE", /ECONNREFUSED/],
    [
      "no directory is there",
      optionsFor({ ...acme, directory: acme.directory.replace("directory", "page") }),
      "ACME_REFUSED",
      /405/,
    ],
    ["a foreign authority signed for it", noAuthority(options), "ACME_UNREACHABLE", /certificate/],
    ["`ca` is no file", elsewhere(options), "CERTIFICATE_UNREADABLE", /tls\.acme\.ca/],
  ] as const) {
    await t.test(what, async (t) => {
      const own = scratch(t);
      writeFileSync(join(own, "ca.pem"), readFileSync(join(folder, "ca.pem")));
      const edge = await startEdge(t, changed, own);
      await until(what, async () => (await statusOfDaemon(edge)).acme.trouble !== null, 15_000);
      const { trouble, failures, next } = (await statusOfDaemon(edge)).acme;
      assert.deepEqual([trouble?.code, failures], [code, 1]);
      assert.match(String(trouble?.what), words);
      assert.ok(Math.abs(next - Date.now() - HOUR) < 60_000, "an hour from now");
      assert.equal((await shown(edge)).issuer, DOMAIN);
      await answersOptions(await dial(edge));
    });
  }
});

test("where failures cannot be written nobody is asked: no restart could know of them", async (t) => {
  const { acme, folder, options } = await site(t);
  mkdirSync(join(acmePlace(join(folder, "state"), acme.directory).folder, "failures.json.new"), { recursive: true });
  const edge = await startEdge(t, options, folder);
  await until("it says so", async () => (await statusOfDaemon(edge)).acme.trouble !== null, 15_000);
  const { trouble, failures, next } = (await statusOfDaemon(edge)).acme;
  assert.deepEqual([trouble?.code, failures], ["ACME_UNWRITABLE", 1]);
  assert.ok(next - Date.now() > HOUR - 60_000, "an hour from now");
  assert.deepEqual(acme.events, []);
});

test("a stop in the middle of an order is no failure: the next start orders at once; a kill counts", async (t) => {
  const { acme, folder, options } = await site(t);
  acme.beforeAsking = () => new Promise(() => {});
  const orders = (): number => acme.events.filter((e) => e.startsWith("newOrder")).length;
  const listens = async (): Promise<boolean> => (await fetchStatus(acme.challengePort, "/")) === 404;
  const edge = await startEdge(t, options, folder);
  await until("the first order is placed", async () => orders() === 1 && (await listens()), 15_000);
  await edge.stop();
  await until("its process is gone", async () => (await fetchStatus(acme.challengePort, "/")) === "ECONNREFUSED");

  const file = writeConfig(folder, options);
  const daemon = await startDaemon(t, file);
  await until("the second order is placed", async () => orders() === 2 && (await listens()), 15_000);
  await daemon.kill("SIGKILL");
  await until("its process is gone", async () => (await fetchStatus(acme.challengePort, "/")) === "ECONNREFUSED");
  const again = await startDaemon(t, file);
  const { tls } = (await again.command("status")) as Status;
  assert.deepEqual([tls.acme.trouble?.code, tls.acme.failures], ["ACME_UNFINISHED", 1]);
});

test("without [tls.acme] nothing can be renewed", async (t) => {
  const edge = await startEdge(t, { listen: listener("tls", "127.0.0.1:0") });
  await assert.rejects(edge.command("tls.renew"), /^Error: ACME_ABSENT$/);
});

function noAuthority(o: EdgeOptions): EdgeOptions {
  return { ...o, listen: String(o.listen).replace('ca = "ca.pem"\n', "") };
}

function elsewhere(o: EdgeOptions): EdgeOptions {
  return { ...o, listen: String(o.listen).replace("ca.pem", "no.pem") };
}

/** The status of GET, or the code of the fault. */
function fetchStatus(port: number, path: string): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const asking = request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    asking.end();
  });
}

async function answersOptions(socket: TLSSocket): Promise<void> {
  const ends = [`From: <sip:${DOMAIN}>;tag=1`, `To: <sip:${DOMAIN}>`];
  socket.write(rawRequest("OPTIONS", `sip:${DOMAIN}`, "127.0.0.1:9", ends).replace("SIP/2.0/UDP", "SIP/2.0/TLS"));
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.equal(statusOf(answer.toString("latin1")), 200);
  socket.destroy();
}
