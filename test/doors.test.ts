/** What bad input gets at the doors of TLS and WebSocket: it ends, is counted, has a word in the log, and harms nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import type { Address } from "../src/demo/index.ts";
import { newAuthority } from "./support/authority.ts";
import { type Daemon, startDaemon } from "./support/child.ts";
import { DOMAIN, listener, scratch, writeConfig } from "./support/edge.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const LISTEN = ["udp", "tcp", "tls", "ws", "wss"].map((transport) => listener(transport, "127.0.0.1:0")).join("");
const HEADERS = (user: string): string[] => [`From: <sip:${user}@${DOMAIN}>;tag=1`, `To: <sip:${user}@${DOMAIN}>`];

function requestOver(transport: string, user: string, uri = `sip:${DOMAIN}`): string {
  return rawRequest("OPTIONS", uri, "127.0.0.1:9", HEADERS(user)).replace("SIP/2.0/UDP", `SIP/2.0/${transport}`);
}

/** A TLS client that says one thing: what came back, and why it ended, if it did. */
async function say(at: Address, text: string, o: ConnectionOptions = {}): Promise<{ text: string; error: string }> {
  const socket: TLSSocket = connectTls({ ...at, rejectUnauthorized: false, ...o });
  const { promise, resolve } = Promise.withResolvers<void>();
  const got = { text: "", error: "" };
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    got.text += chunk;
    resolve();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    got.error = String(error.code);
  });
  socket.on("close", () => resolve());
  socket.write(text);
  await promise;
  socket.destroy();
  return got;
}

/** A WebSocket that is refused: the status of the answer. */
async function refusedWeb(url: string, protocol: string[], origin?: string): Promise<number> {
  const web = new WebSocket(url, protocol, { rejectUnauthorized: false, ...(origin === undefined ? {} : { origin }) });
  web.on("error", () => {});
  const [, response] = (await once(web, "unexpected-response")) as [unknown, { statusCode: number }];
  return response.statusCode;
}

/** Bytes on a bare TCP connection until the other side ends it; what it answered. */
async function untilClosed(at: Address, bytes: string): Promise<string> {
  const socket = connect(at.port, at.host);
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => {});
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return text;
}

async function certificates(folder: string) {
  const good = await newAuthority("good CA");
  const other = await newAuthority("other CA");
  const anna = await good.issue([`anna@${DOMAIN}`]);
  const bert = await good.issue([`bert@${DOMAIN}`]);
  writeFileSync(join(folder, "ca.pem"), good.cert);
  writeFileSync(join(folder, "fresh.crl"), await good.revoke([bert.serial]));
  writeFileSync(join(folder, "stale.crl"), await good.revoke([], -1));
  return { anna, bert, past: await good.issue([`anna@${DOMAIN}`], -1), wrong: await other.issue([`anna@${DOMAIN}`]) };
}

const peer = (name: string, address: string, ask: string, crl: string): string =>
  `[[tls.peer]]\nname = "${name}"\naddress = ["${address}"]\ncertificate = "${ask}"\nca = "ca.pem"\ncrl = "${crl}"\n`;

async function start(t: TestContext) {
  const folder = scratch(t);
  const issued = await certificates(folder);
  const peers = [
    peer("strict", "127.0.0.2", "require", "fresh.crl"),
    peer("stale", "127.0.0.3", "require", "stale.crl"),
    peer("lenient", "127.0.0.4", "want", "fresh.crl"),
  ];
  const daemon = await startDaemon(t, writeConfig(folder, { listen: LISTEN + peers.join(""), log: "warn" }));
  return { daemon, ...issued };
}

async function counted(daemon: Daemon, what: string): Promise<number> {
  const { doors } = (await daemon.command("status")) as { doors: Record<string, number> };
  return doors[what];
}

test("bad input at the doors: ended, counted, named in the log", { timeout: 60_000 }, async (t) => {
  const { daemon, anna, bert, past, wrong } = await start(t);
  const { tls: shown } = (await daemon.command("status")) as { tls: { lists: { peer: string; until: number }[] } };
  assert.deepEqual(
    shown.lists.map(({ peer: name, until: end }) => [name, end < Date.now()]),
    [
      ["strict", false],
      ["stale", true],
      ["lenient", false],
    ],
  );
  const tls = daemon.at("tls");
  const wss = daemon.at("wss");
  // A connection of somebody else, which has to live through all of it.
  const bystander = connectTls({ ...tls, rejectUnauthorized: false });
  await once(bystander, "secureConnect");
  const text = requestOver("TLS", "anna");
  const from = (localAddress: string, who?: { cert: string; key: string }): ConnectionOptions =>
    ({ localAddress, ...(who === undefined ? {} : { cert: who.cert, key: who.key }) }) as ConnectionOptions;

  type Row = readonly [what: string, counter: string, word: RegExp, act: () => Promise<unknown>];
  const nothing = async (o: ConnectionOptions): Promise<void> => assert.equal((await say(tls, text, o)).text, "");
  const rows: readonly Row[] = [
    [
      "no certificate where one is required",
      "badCertificate",
      /strict: none was shown/,
      () => nothing(from("127.0.0.2")),
    ],
    ["one of another CA", "badCertificate", /strict: UNABLE_TO_/, () => nothing(from("127.0.0.2", wrong))],
    ["one that has expired", "badCertificate", /strict: CERT_HAS_EXPIRED/, () => nothing(from("127.0.0.2", past))],
    ["one that was revoked", "badCertificate", /strict: CERT_REVOKED/, () => nothing(from("127.0.0.2", bert))],
    [
      "a good one, but the revocation list has expired",
      "badCertificate",
      /stale: CRL_HAS_EXPIRED/,
      () => nothing(from("127.0.0.3", anna)),
    ],
    [
      "a wrong one where one is wanted",
      "badCertificate",
      /lenient: UNABLE_TO_/,
      () => nothing(from("127.0.0.4", wrong)),
    ],
    [
      "SNI of a foreign name: served with the first certificate",
      "foreignName",
      /"door":"foreignName".*evil\.example/,
      async () => assert.equal(statusOf((await say(tls, text, { servername: "evil.example" })).text), 200),
    ],
    [
      "plain SIP on the TLS port",
      "plainOnTls",
      /"door":"plainOnTls"/,
      async () => assert.equal(await untilClosed(tls, requestOver("TCP", "anna")), ""),
    ],
    [
      "a TLS version from before 2008",
      "handshakeFailed",
      /"door":"handshakeFailed"/,
      () => nothing({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    ],
    [
      "TLS on the plain port",
      "tlsOnPlain",
      /"door":"tlsOnPlain"/,
      async () => assert.equal((await say(daemon.at("tcp"), text)).text, ""),
    ],
    [
      "half a handshake that hangs up",
      "halfHandshake",
      /"door":"halfHandshake"/,
      async () => {
        const socket = connect(tls.port, tls.host);
        await once(socket, "connect");
        socket.end("\x16\x03\x01");
        socket.resume();
        await once(socket, "close");
      },
    ],
    [
      "half a handshake that waits",
      "halfHandshake",
      /"door":"halfHandshake".*took too long/,
      async () => assert.equal(await untilClosed(wss, "\x16\x03\x01"), ""),
    ],
    [
      "a page of a foreign site",
      "foreignOrigin",
      /"door":"foreignOrigin".*https:\/\/evil\.example/,
      async () => assert.equal(await refusedWeb(`wss://127.0.0.1:${wss.port}`, ["sip"], "https://evil.example"), 403),
    ],
    [
      "a WebSocket that is not for SIP",
      "notWebSocket",
      /"door":"notWebSocket".*no subprotocol sip/,
      async () => assert.equal(await refusedWeb(`wss://127.0.0.1:${wss.port}`, ["chat"]), 400),
    ],
    [
      "a browser that only looks",
      "notWebSocket",
      /HTTP without upgrade/,
      async () =>
        assert.match(await untilClosed(daemon.at("ws"), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 426 /),
    ],
    [
      "plain SIP on the WebSocket port",
      "notWebSocket",
      /HPE_/,
      async () => assert.equal(await untilClosed(daemon.at("ws"), requestOver("TCP", "anna")), ""),
    ],
    [
      "TLS on the port of plain WebSocket",
      "tlsOnPlain",
      /"door":"tlsOnPlain"/,
      () => unanswered(daemon.at("ws"), text),
    ],
  ];
  for (const [what, counter, word, act] of rows) {
    await t.test(what, async () => {
      const before = await counted(daemon, counter);
      await act();
      await until(`${counter} is counted`, async () => (await counted(daemon, counter)) === before + 1);
      assert.match(daemon.log(), word);
    });
  }

  await t.test("meanwhile nobody else was harmed", async () => {
    bystander.write(text);
    const [answer] = (await once(bystander, "data")) as [Buffer];
    assert.equal(statusOf(answer.toString("latin1")), 200);
    bystander.destroy();
  });

  await t.test("a good certificate gets in, for its own name alone", async () => {
    for (const address of ["127.0.0.2", "127.0.0.4"]) {
      assert.equal(statusOf((await say(tls, text, from(address, anna))).text), 200);
      const calls = (user: string): Promise<{ text: string }> =>
        say(
          tls,
          requestOver("TLS", user).replaceAll("OPTIONS", "MESSAGE").replace(`sip:${DOMAIN}`, `sip:x@${DOMAIN}`),
          from(address, anna),
        );
      assert.equal(statusOf((await calls("anna")).text), 407);
      const other = await calls("bert");
      assert.match(other.text, /^SIP\/2\.0 403 From Is Not In The Certificate\r\n/);
      const registers = (user: string): Promise<{ text: string }> =>
        say(
          tls,
          requestOver("TLS", "anna").replaceAll("OPTIONS", "REGISTER").replace("To: <sip:anna", `To: <sip:${user}`),
          from(address, anna),
        );
      assert.equal(statusOf((await registers("anna")).text), 401);
      assert.match((await registers("bert")).text, /^SIP\/2\.0 403 To Is Not In The Certificate\r\n/);
    }
    assert.equal(statusOf((await say(tls, text, from("127.0.0.4"))).text), 200, "wanted is not required");
  });

  await t.test("no word of a key is in the log", () => {
    assert.doesNotMatch(daemon.log(), /PRIVATE KEY/);
  });
});

async function unanswered(at: Address, text: string): Promise<void> {
  assert.equal((await say(at, text)).text, "");
}
