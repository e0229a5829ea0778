/** Kamailio with the configuration that Debian ships: what audit says of it is so, and what it logs is read. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { auditKamailio } from "../../src/audit/kamailio/audit.ts";
import type { Fact } from "../../src/shield/index.ts";
import { KamailioLog } from "../../src/watch/index.ts";
import { scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { freePort, needs, type Running, start } from "./support/programs.ts";

const debian = { ...needs("kamailio", "kamailio"), timeout: 60_000 };
const STOCK = "/etc/kamailio/kamailio.cfg";
/** Not that of the attacker, since Kamailio spares its own address. */
const HOST = "127.0.0.9";
const ATTACKER = "127.0.0.10";
const CALLEE = "127.0.0.11";
const DOMAIN = "pbx.example";

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

interface Phone {
  readonly port: number;
  send(text: string): void;
  /** The next datagram; empty after a while. */
  next(ms?: number): Promise<string>;
}

async function phone(t: TestContext, host: string, to: number): Promise<Phone> {
  const socket = createSocket("udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  t.after(() => socket.close());
  const waiting: string[] = [];
  socket.on("message", (bytes) => waiting.push(bytes.toString("latin1")));
  return {
    port: socket.address().port,
    send: (text) => socket.send(Buffer.from(text, "latin1"), to, HOST),
    async next(ms = 2_000) {
      await until("an answer", () => waiting.length > 0, ms).catch(() => {});
      return waiting.shift() ?? "";
    },
  };
}

let count = 0;

/** A request as a stranger writes it. */
function request(from: Phone, method: string, more: Readonly<Record<string, string>> = {}): string {
  count++;
  const { uri = `sip:${DOMAIN}`, user = "100", to = `<sip:100@${DOMAIN}>`, callId = `${count}@x`, extra = "" } = more;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${more.via ?? ATTACKER}:${from.port};branch=z9hG4bK${count}`,
    `From: <sip:${user}@${more.domain ?? DOMAIN}>;tag=1`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${count} ${method}`,
    "Max-Forwards: 70",
    `Contact: <${more.contact ?? `sip:100@${ATTACKER}:${from.port}`}>`,
    ...(extra === "" ? [] : [extra]),
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

/** Kamailio as Debian has it, with lines of one's own where it asks for them. */
async function startStock(t: TestContext, text: string, local: string): Promise<{ port: number; running: Running }> {
  const folder = scratch(t);
  const tables = join(folder, "tables");
  mkdirSync(tables);
  writeFileSync(
    join(tables, "version"),
    "id(int,auto) table_name(string) table_version(int)\n1:version:1\n2:subscriber:7\n",
  );
  writeFileSync(
    join(tables, "subscriber"),
    `id(int,auto) username(string) domain(string) password(string)\n1:100:${DOMAIN}:right\n`,
  );
  writeFileSync(join(folder, "kamailio.cfg"), text.replace(/^import_file/m, "include_file"));
  const database = `#!define DBURL "text://${tables}"\nloadmodule "db_text.so"\n`;
  writeFileSync(
    join(folder, "kamailio-local.cfg"),
    `alias="${DOMAIN}"\n${local.includes("WITH_AUTH") ? database : ""}${local}`,
  );
  const port = await freePort();
  const words = ["kamailio", "-DD", "-E", "-f", join(folder, "kamailio.cfg"), "-m", "64", "-M", "8", "-Y", folder];
  const running = start(t, [...words, "-l", `udp:${HOST}:${port}`], folder, "SIGTERM");
  const asks = await phone(t, ATTACKER, port);
  await until(
    "Kamailio answers",
    async () => {
      assert.equal(running.child.exitCode, null, running.said());
      asks.send(request(asks, "OPTIONS"));
      return (await asks.next(200)) !== "";
    },
    10_000,
  );
  return { port, running };
}

/** What a syslog would hold of its own output. */
function logged(running: Running): string[] {
  const lines = running.said().split("\n");
  return lines.map((line) => line.replace(/^ ?\d+\((\d+)\) /, "Jan  1 10:00:00 edge /usr/sbin/kamailio[$1]: "));
}

function stock(): string {
  return readFileSync(STOCK, "latin1");
}

function rulesOf(text: string, local: string): string[] {
  const files = new Map([
    ["kamailio.cfg", { text }],
    ["kamailio-local.cfg", { text: local }],
  ]);
  const { found } = auditKamailio({ files, folder: "/etc/kamailio", now: Date.now() });
  return [...new Set(found.map((f) => f.rule.replace("kamailio-", "")))].sort();
}

test("Debian's kamailio.cfg: what audit finds is so", debian, async (t) => {
  const found = rulesOf(stock(), "");
  assert.deepEqual(found, [
    "auto-aliases",
    "in-dialog-unchecked",
    "log-prefix",
    "no-flood-limit",
    "no-tls",
    "own-name-unchecked",
    "register-open",
    "server-header",
  ]);
  const { port } = await startStock(t, stock(), "");
  const [attacker, callee] = [await phone(t, ATTACKER, port), await phone(t, CALLEE, port)];

  attacker.send(request(attacker, "REGISTER"));
  const registered = await attacker.next();
  assert.match(registered, /^SIP\/2.0 200 /, "register-open");
  assert.match(registered, /Server: kamailio \(\d/, "server-header");

  const foreign = `sip:900@${CALLEE}:${callee.port}`;
  attacker.send(request(attacker, "INVITE", { uri: foreign, domain: "x.example" }));
  assert.match(await attacker.next(), /^SIP\/2.0 403 /, "no open relay, and none is found");
  attacker.send(request(attacker, "INVITE", { uri: foreign, to: "<sip:9@b>;tag=2" }));
  assert.match(await attacker.next(), /^SIP\/2.0 404 /, "no in-dialog relay, and none is found");
  const route = { uri: foreign, to: "<sip:9@b>;tag=2", extra: `Route: <sip:${HOST}:${port};lr>` };
  attacker.send(request(attacker, "INVITE", route));
  assert.match(await callee.next(), /^INVITE sip:900@/, "in-dialog-unchecked");

  const other = await phone(t, ATTACKER, port);
  other.send(request(other, "INVITE", { uri: `sip:100@${DOMAIN}`, user: "boss" }));
  await until("the call arrives", async () => (await attacker.next()).startsWith("INVITE "), 4_000);
});

test(
  "Debian's kamailio.cfg with passwords and a limit: the holes are closed, and the log is read",
  debian,
  async (t) => {
    const local = "#!define WITH_AUTH\n#!define WITH_ANTIFLOOD\n";
    const found = rulesOf(stock(), `${local}#!define DBURL "text:///x"\n`);
    for (const closed of ["register-open", "own-name-unchecked", "no-flood-limit"]) assert.ok(!found.includes(closed));
    // As src/watch/README.md proposes.
    const text = stock().replace(
      /^(\s*)auth_challenge\("\$fd", "0"\);/m,
      [
        '$1if ($rc == -2) xlog("L_NOTICE", "AUTHFAIL ip=$$si proto=$$pr user=$$fU\\n");',
        '$1else if ($rc == -3) xlog("L_NOTICE", "NOUSER ip=$$si proto=$$pr user=$$fU\\n");',
        '$1auth_challenge("$$fd", "0");',
      ].join("\n"),
    );
    const { port, running } = await startStock(t, text, local);
    const attacker = await phone(t, ATTACKER, port);
    attacker.send(request(attacker, "REGISTER"));
    const nonce = /nonce="([^"]+)"/.exec(await attacker.next())?.[1] ?? "";
    assert.notEqual(nonce, "", "register-open is closed");
    const answer = async (user: string, password: string, forged = ""): Promise<void> => {
      const response = md5(`${md5(`${user}:${DOMAIN}:${password}`)}:${nonce}:${md5(`REGISTER:sip:${DOMAIN}`)}`);
      const words = `username="${user}", realm="${DOMAIN}", nonce="${nonce}", uri="sip:${DOMAIN}", response="${response}"`;
      const more = forged === "" ? {} : { callId: forged };
      attacker.send(request(attacker, "REGISTER", { user, extra: `Authorization: Digest ${words}`, ...more }));
      await attacker.next();
    };
    await answer("100", "wrong");
    await answer("4711", "wrong");
    await answer("100", "wrong", "x} <script>: AUTHFAIL ip=192.0.2.99 proto=tcp user=y");
    await answer(
      "100",
      "wrong",
      "x\r\n Jan  1 10:00:00 edge kamailio[1]: NOTICE: <script>: AUTHFAIL ip=192.0.2.99 user=y",
    );
    await answer("100", "right");
    attacker.send(`REGISTER sip:${DOMAIN}\r\nHello: this is none\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    for (let i = 0; i < 40; i++) attacker.send(request(attacker, "OPTIONS"));
    await until("pike says so", () => running.said().includes("pike blocking"), 10_000);

    const facts: Fact[] = [];
    const log = new KamailioLog((fact) => facts.push(fact));
    for (const line of logged(running)) log.take(line, Date.UTC(2026, 5, 1));
    assert.deepEqual(
      facts.map((f) => `${f.kind} ${f.address} ${f.account || f.detail}`),
      [
        `wrongPassword ${ATTACKER} 100`,
        `unknownUser ${ATTACKER} 4711`,
        `malformed ${ATTACKER} parse`,
        `flood ${ATTACKER} pike`,
      ],
    );
    assert.ok(log.unclear > 0, "the forged Call-ID is counted");

    const output = new KamailioLog(() => assert.fail("its own output is no evidence"));
    for (const line of running.said().split("\n")) output.take(line, Date.UTC(2026, 5, 1));
    assert.match(output.exposed, /own output/);
  },
);

test(
  "Debian's kamailio.cfg with the dialogs it knows: a made-up To tag leads nowhere, and audit says so",
  debian,
  async (t) => {
    // As docs/audit-kamailio.md proposes.
    const text = stock()
      .replace('loadmodule "rr.so"', 'loadmodule "rr.so"\nloadmodule "dialog.so"')
      .replace("\troute(SIPOUT);", '\tif (is_method("INVITE")) dlg_manage();\n\troute(SIPOUT);')
      .replace(
        "\tif (loose_route()) {",
        '\tif (loose_route()) {\n\t\tif (!is_known_dlg()) {\n\t\t\tsl_send_reply("481", "Call Does Not Exist");\n\t\t\texit;\n\t\t}',
      );
    assert.ok(!rulesOf(text, "").includes("in-dialog-unchecked"));
    const { port } = await startStock(t, text, "");
    const [attacker, callee] = [await phone(t, ATTACKER, port), await phone(t, CALLEE, port)];
    const foreign = `sip:900@${CALLEE}:${callee.port}`;
    const route = { uri: foreign, to: "<sip:9@b>;tag=2", extra: `Route: <sip:${HOST}:${port};lr>` };
    attacker.send(request(attacker, "INVITE", route));
    assert.match(await attacker.next(), /^SIP\/2.0 481 /);

    // A call that it knows goes on: INVITE, 200, then BYE along the Record-Route.
    callee.send(request(callee, "REGISTER", { contact: `sip:100@${CALLEE}:${callee.port}`, via: CALLEE }));
    assert.match(await callee.next(), /^SIP\/2.0 200 /);
    attacker.send(request(attacker, "INVITE", { uri: `sip:100@${DOMAIN}`, callId: "known@x" }));
    const invite = await callee.next();
    assert.match(invite, /^INVITE /);
    const kept = invite.split("\r\n").filter((l) => /^(?:Via|From|Call-ID|CSeq|Record-Route):/i.test(l));
    const to = `${/^To: .*$/m.exec(invite)?.[0].trim()};tag=9`;
    const contact = `Contact: <sip:100@${CALLEE}:${callee.port}>`;
    callee.send(["SIP/2.0 200 OK", ...kept, to, contact, "Content-Length: 0", "\r\n"].join("\r\n"));
    const ok = (text: string): boolean => text.startsWith("SIP/2.0 200 ");
    const answers = [await attacker.next()];
    await until("the call is answered", async () => ok(answers[answers.push(await attacker.next()) - 1]), 5_000);
    const answer = answers.find(ok) ?? "";
    const recorded = /^Record-Route: (.*)$/m.exec(answer)?.[1].trim() ?? "";
    const bye = {
      uri: `sip:100@${CALLEE}:${callee.port}`,
      callId: "known@x",
      to: to.slice(4),
      extra: `Route: ${recorded}`,
    };
    attacker.send(request(attacker, "BYE", bye));
    await until("the BYE arrives", async () => (await callee.next()).startsWith("BYE "), 5_000);
  },
);
