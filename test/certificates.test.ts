/** Certificates of the running daemon: read again by command and by SIGHUP, no connection dropped; domains that want TLS; sips. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { Address } from "../src/demo/index.ts";
import { H } from "../src/sip/index.ts";
import { newAuthority } from "./support/authority.ts";
import { runProgram, startDaemon } from "./support/child.ts";
import { DOMAIN, listener, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const LISTEN = ["udp", "tcp", "tls", "wss"].map((transport) => listener(transport, "127.0.0.1:0")).join("");
const CERTIFICATE = `[[tls.certificate]]\ndomain = "${DOMAIN}"\ncert = "cert.pem"\nkey = "key.pem"\n`;

async function dial(at: Address): Promise<TLSSocket> {
  const socket = connect({ ...at, rejectUnauthorized: false, servername: DOMAIN });
  await once(socket, "secureConnect");
  return socket;
}

async function shownAt(at: Address): Promise<string> {
  const socket = await dial(at);
  const names = String(socket.getPeerCertificate().subjectaltname);
  socket.destroy();
  return names;
}

test("certificates are read again, by command and by SIGHUP; a broken one is told and changes nothing", async (t) => {
  const folder = scratch(t);
  const ca = await newAuthority("CA");
  const write = async (name: string): Promise<void> => {
    const { cert, key } = await ca.issue([DOMAIN, name]);
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
  };
  await write("first.example");
  const file = writeConfig(folder, { listen: LISTEN + CERTIFICATE, log: "info" });
  const daemon = await startDaemon(t, file);
  const [tls, wss] = [daemon.at("tls"), daemon.at("wss")];
  assert.match(await shownAt(tls), /first\.example/);
  const standing = await dial(tls);
  t.after(() => standing.destroy());

  await write("second.example");
  const told = await runProgram(["tls", "reload", "--config", file]);
  assert.deepEqual([told.code, told.err], [0, ""]);
  assert.match(told.out, /^pbx\.example\.org: by CA, good until \d{4}-\d\d-\d\d \(19 days\)\n$/);
  for (const at of [tls, wss]) assert.match(await shownAt(at), /second\.example/);

  writeFileSync(join(folder, "key.pem"), "no key");
  process.kill(daemon.pid, "SIGHUP");
  await until("the log says it", () => /CERTIFICATE_BROKEN.*stays in use/.test(daemon.log()));
  assert.match(await shownAt(tls), /second\.example/);
  const status = await runProgram(["status", "--config", file]);
  assert.equal(status.code, 1);
  assert.match(status.out, /certificates +pbx\.example\.org: by CA, good until/);
  assert.match(status.out, /NOT TAKEN: the certificate of pbx\.example\.org: the key file .* \[CERTIFICATE_BROKEN\]/);
  const doctor = await runProgram(["doctor", "--config", file]);
  assert.match(doctor.out, /fail +tls +the certificate of pbx\.example\.org/);

  const text = rawRequest("OPTIONS", `sip:${DOMAIN}`, "127.0.0.1:9", [
    `From: <sip:${DOMAIN}>;tag=1`,
    `To: <sip:${DOMAIN}>`,
  ]);
  standing.write(text.replace("SIP/2.0/UDP", "SIP/2.0/TLS"));
  const [answer] = (await once(standing, "data")) as [Buffer];
  assert.equal(statusOf(answer.toString("latin1")), 200, "the connection from before stands");
});

test("without a TLS listener there is nothing to read, and no certificate is made", async (t) => {
  const edge = await startEdge(t);
  await assert.rejects(edge.command("tls.reload"), /^Error: TLS_ABSENT$/);
  assert.equal(existsSync(join(edge.config.state, "tls")), false);
});

test("a file that is broken at the start is refused, and says so", async (t) => {
  const folder = scratch(t);
  const ended = await runProgram(["run", "--config", writeConfig(folder, { listen: LISTEN + CERTIFICATE })]);
  assert.equal(ended.code, 2);
  assert.match(ended.err, /CERTIFICATE_UNREADABLE/);
});

test("require_tls: users of the domain are refused elsewhere before any password, strangers still reach them", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"], listen: `${LISTEN}[tls]\nrequire = ["${DOMAIN}"]\n` });
  const plain = await edge.phone("bert");
  const refused = await plain.register();
  assert.match(refused.text, /^SIP\/2\.0 403 TLS Required\r\n/);
  assert.equal(refused.has(H.wwwAuthenticate), false);
  assert.equal((await plain.call(`sip:anna@${DOMAIN}`).final).status, 403);
  for (const transport of ["tls", "wss"] as const) {
    const phone = await edge.phone("anna", { edge: edge.at(transport), transport });
    assert.equal((await phone.register()).status, 200, transport);
  }
  const stranger = await edge.phone("mallory", { domain: "elsewhere.example" });
  assert.equal((await stranger.request("OPTIONS", `sip:anna@${DOMAIN}`)).status, 200);
  const { counters } = (await edge.command("status")) as { counters: Record<string, number> };
  assert.equal(counters.withoutTls, 2);
});

test("sips: TLS on every hop, or the call is refused", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert", "carl"], listen: LISTEN });
  const anna = await edge.phone("anna", { edge: edge.at("tls"), transport: "tls" });
  const bert = await edge.phone("bert", { edge: edge.at("tls"), transport: "tls" });
  const carl = await edge.phone("carl");
  for (const phone of [anna, bert, carl]) assert.equal((await phone.register()).status, 200);
  // RFC 3261 26.2.2: the last hop.
  assert.equal((await anna.call(`sips:carl@${DOMAIN}`).final).status, 480);
  // And the first.
  assert.equal((await carl.call(`sips:bert@${DOMAIN}`).final).status, 403);
  const call = anna.call(`sips:bert@${DOMAIN}`);
  const answer = await call.final;
  assert.equal(answer.status, 200);
  // RFC 3261 16.6.4.
  assert.match(String(answer.text), /\r\nRecord-Route: <sips:[^;>]*;lr>\r\n/);
  await bert.calls[0].confirmed;
  assert.equal((await bert.calls[0].request("BYE")).status, 200);
});
