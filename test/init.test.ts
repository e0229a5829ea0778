/** `rempart init --pbx` and `doctor` with something that answers in the place of a PBX. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { askSip } from "../src/cli/pbx/ask.ts";
import { callProgram, runProgram, startDaemon } from "./support/child.ts";
import { listener, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { PJSIP_TABLES } from "./support/realtime.ts";

interface Pbx {
  /** "127.0.0.1:port". */
  readonly at: string;
  /** First lines of what came, each with the address it came from. */
  readonly heard: string[];
}

/** Answers each request with what `answer` says for its method and source (0: nothing), with these header lines. */
async function startPbx(
  t: TestContext,
  answer: (method: string, from: string) => number,
  lines = "Server: Asterisk PBX 22.10.1\r\nAllow: INVITE, ACK, BYE, OPTIONS\r\n",
): Promise<Pbx> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const heard: string[] = [];
  socket.on("message", (bytes, from) => {
    const text = bytes.toString("latin1");
    const method = text.split(" ")[0];
    heard.push(`${method} ${from.address}`);
    const status = method === "ACK" ? 0 : answer(method, from.address);
    const kept = text.split("\r\n").filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
    const head = `SIP/2.0 ${status} Whatever\r\n${kept.join("\r\n")}\r\n`;
    if (status > 0)
      socket.send(Buffer.from(`${head}${lines}Content-Length: 0\r\n\r\n`, "latin1"), from.port, from.address);
  });
  return { at: `127.0.0.1:${socket.address().port}`, heard };
}

/** A configuration with that backend, on free ports. */
function before(t: TestContext, pbx: Pbx): string {
  const backend = `[[backend]]\nname = "asterisk-1"\nuri = "sip:${pbx.at}"\n[front]\nprivate_port = 1\n`;
  const listen = listener("udp", "127.0.0.1:0") + listener("udp", "127.0.0.1:0", 'side = "private"\n');
  return writeConfig(scratch(t), { listen: `${listen}${backend}` });
}

/** `ask`: with a process of its own where it counts that all is sent before it ends. */
async function findings(
  file: string,
  ask = callProgram,
): Promise<{ name: string; level: string; what: string; run?: string }[]> {
  const all = JSON.parse((await ask(["doctor", "-o", "json", "--config", file])).out);
  return all.filter((f: { name: string }) => f.name.startsWith("backend"));
}

test("init --pbx: shows what answers, writes what config check accepts, 0600, never over another file", async (t) => {
  const pbx = await startPbx(t, () => 200);
  const file = join(scratch(t), "rempart.toml");
  const words = ["--config", file, "init", "--pbx", pbx.at, "--domain", "pbx.example.org"];
  const done = await runProgram(words);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /phone system +Asterisk PBX 22\.10\.1\n/);
  assert.match(done.out, /udp 127\.0\.0\.1:\d+: this machine alone, answers 200 in \d+ ms\n/);
  assert.match(done.out, /allows +INVITE, ACK, BYE, OPTIONS\n/);
  assert.match(done.out, /permit = 127\.0\.0\.1\/255\.255\.255\.255/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const written = readFileSync(file, "utf8");
  assert.match(written, new RegExp(`^uri = "sip:${pbx.at}"$`, "m"));
  assert.match(written, /^register = "relay"$/m);
  assert.match(written, /^domains = \["pbx\.example\.org"\]$/m);
  assert.equal((await callProgram(["config", "check", "--config", file])).code, 0);
  const again = await callProgram(words);
  assert.deepEqual([again.code, /\[INIT_EXISTS\]/.test(again.err)], [1, true]);
  assert.equal(readFileSync(file, "utf8"), written);
  const forced = await callProgram([...words, "--force", "--register", "mirror", "-o", "json"]);
  const data = JSON.parse(forced.out);
  assert.deepEqual([data.file, data.register, data.backend], [file, "mirror", `sip:${pbx.at}`]);
  assert.match(readFileSync(file, "utf8"), /^register = "mirror"$/m);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("init --pbx: what a PBX calls itself breaks neither the file nor the terminal", async (t) => {
  const pbx = await startPbx(t, () => 405, 'Server: "\u001b[2J\u0000]] uri = \u0085x\r\n');
  const file = join(scratch(t), "rempart.toml");
  const done = await callProgram(["--config", file, "init", "--pbx", pbx.at]);
  assert.equal(done.code, 0, done.err);
  assert.ok(![...done.out, ...readFileSync(file, "utf8")].some((c) => /\p{Cc}/u.test(c) && c !== "\n"));
});

test("init: refusals write nothing", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "rempart.toml");
  const silent = await startPbx(t, () => 0);
  const cases: [string[], number, RegExp][] = [
    [["--pbx", silent.at], 1, /answers OPTIONS.*\[PBX_SILENT\]/],
    [["--pbx", "somewhere"], 2, /expected an address.*\[USAGE\]/],
    [["--pbx", "10.0.0.1:99999"], 2, /\[USAGE\]/],
    [["--register", "other"], 2, /relay, edge, mirror/],
    [
      ["--register", "edge", "--asterisk-config", folder, "--domain", "a b"],
      2,
      /rempart\.toml: sip\.domains.*\[CONFIG_INVALID\]/,
    ],
  ];
  for (const [words, code, says] of cases) {
    const done = await callProgram(["--config", file, "init", ...words]);
    assert.equal(done.code, code, done.err);
    assert.match(done.err, says);
    assert.throws(() => statSync(file), /ENOENT/);
  }
  const nowhere = await callProgram([
    "--config",
    join(folder, "no/rempart.toml"),
    "init",
    "--pbx",
    (await startPbx(t, () => 200)).at,
  ]);
  assert.match(nowhere.err, /\[INIT_UNWRITABLE\]/);
});

test("init reads the files of Asterisk, and moves it off the ports that phones come to", async (t) => {
  const folder = scratch(t);
  writeFileSync(
    join(folder, "pjsip.conf"),
    "[t]\ntype=transport\nbind=127.0.0.1:5060\n[phone](!)\ntype=endpoint\n[anna](phone)\nauth=a\n[a]\ntype=auth\npassword=s3cr3t\n" +
      "[carrier]\ntype=endpoint\noutbound_auth=a\n#include ../x\n",
  );
  writeFileSync(join(folder, "extconfig.conf"), "[settings]\nps_endpoints => pgsql,general\n");
  const file = join(folder, "rempart.toml");
  const done = await callProgram(["--config", file, "init", "--asterisk-config", folder, "--register", "edge"]);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /phones +1: anna\n +trunks +1: carrier\n +in a database +ps_endpoints/);
  assert.match(done.out, /not understood +pjsip\.conf:\d+: #include \.\.\/x: outside of the folder/);
  assert.match(
    done.out,
    /listen at 127\.0\.0\.1:5080 instead of udp 127\.0\.0\.1:5060: PJSIP: bind = 127\.0\.0\.1:5080/,
  );
  const written = readFileSync(file, "utf8");
  assert.match(written, /^uri = "sip:127\.0\.0\.1:5080"$/m);
  assert.ok(!`${done.out}${written}`.includes("s3cr3t"));
});

test("doctor: a PBX that only Rempart reaches", async (t) => {
  const pbx = await startPbx(t, (_, from) => (from === "127.0.0.1" ? 200 : 0));
  const [reached, closed] = await findings(before(t, pbx));
  assert.equal(reached.level, "ok");
  assert.match(reached.what, /answers 200 in \d+ ms/);
  assert.equal(closed.level, "ok");
  assert.match(closed.what, /nobody but Rempart gets an answer, as seen from 127\.0\.0\.2/);
  assert.ok(["OPTIONS", "REGISTER", "INVITE"].every((method) => pbx.heard.includes(`${method} 127.0.0.2`)));
});

test("doctor: a PBX that refuses others by its ACL", async (t) => {
  const pbx = await startPbx(t, (_, from) => (from === "127.0.0.1" ? 200 : 403));
  const [, closed] = await findings(before(t, pbx), runProgram);
  assert.deepEqual([closed.level, /refuses 127\.0\.0\.2 with 403/.test(closed.what)], ["ok", true]);
  assert.ok(pbx.heard.includes("ACK 127.0.0.2"), "a refused call is acknowledged");
});

test("doctor: a PBX that answers anybody is open, and the fix is named for both drivers", async (t) => {
  const pbx = await startPbx(t, (method) => (method === "OPTIONS" ? 200 : 401));
  const [, closed] = await findings(before(t, pbx));
  assert.equal(closed.level, "warn");
  assert.match(closed.what, /answers 127\.0\.0\.2 too.*OPTIONS 200, REGISTER 401, INVITE 401/);
  assert.match(
    closed.run ?? "",
    /PJSIP: .*type = acl.*permit = 127\.0\.0\.1.*chan_sip: .*iptables -I INPUT -p udp --dport \d+ ! -s 127\.0\.0\.1 -j DROP/,
  );
});

test("doctor: a PBX that takes a call from nobody has it given up at once", async (t) => {
  const pbx = await startPbx(t, () => 200);
  await findings(before(t, pbx), runProgram);
  assert.deepEqual(pbx.heard.slice(-3), ["INVITE 127.0.0.2", "ACK 127.0.0.2", "BYE 127.0.0.2"]);
  const ringing = await startPbx(t, (method) => (method === "INVITE" ? 180 : 200));
  await findings(before(t, ringing), runProgram);
  assert.equal(ringing.heard.at(-1), "CANCEL 127.0.0.2");
});

test("doctor: a PBX that is away, that does not know Rempart, whose clock is wrong", async (t) => {
  const [away, ...more] = await findings(before(t, await startPbx(t, () => 0)));
  assert.deepEqual([away.level, more.length], ["fail", 0]);
  assert.match(away.what, /does not answer OPTIONS from 127\.0\.0\.1: no call gets through/);
  const [unknown] = await findings(before(t, await startPbx(t, () => 401)));
  assert.deepEqual([unknown.level, /answers 401/.test(unknown.what)], ["warn", true]);
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const late = await findings(before(t, await startPbx(t, () => 200, `Date: ${date}\r\n`)));
  assert.match(late.find((f) => f.name.endsWith("clock"))?.what ?? "", /its clock is 36\d\d s behind/);
});

test("doctor: the database of [accounts] is there, or is not", async (t) => {
  const folder = scratch(t);
  const database = new DatabaseSync(join(folder, "asterisk.db"));
  for (const sql of PJSIP_TABLES) database.exec(sql);
  database.close();
  const accounts = (name: string): string => `[accounts]\nurl = "sqlite:${name}"\ntables = "pjsip"\n`;
  const asked = async (name: string): Promise<{ level: string; what: string } | undefined> => {
    const file = writeConfig(folder, { listen: listener("udp", "127.0.0.1:0") + accounts(name) });
    const all = JSON.parse((await callProgram(["doctor", "-o", "json", "--config", file])).out);
    return all.find((f: { name: string }) => f.name === "accounts");
  };
  const there = await asked("asterisk.db");
  assert.equal(there?.level, "ok", there?.what);
  assert.match(there.what, /asterisk\.db \(pjsip\) answers in \d+ ms/);
  const gone = await asked("gone.db");
  assert.equal(gone?.level, "fail");
  assert.match(gone.what, /gone\.db.*\[ACCOUNTS_\w+\]; the accounts read last serve/);
});

test("doctor: while Rempart runs, its listener for backends is taken, and its address does", async (t) => {
  const pbx = await startPbx(t, (_, from) => (from === "127.0.0.1" ? 200 : 0));
  const file = before(t, pbx);
  await startDaemon(t, file);
  const levels = (await findings(file)).map((f) => f.level);
  assert.deepEqual(levels, ["ok", "ok"]);
});

for (const transport of ["udp", "tcp", "tls"] as const) {
  test(`a question over ${transport} is answered, and one to nobody ends`, async (t) => {
    const edge = await startEdge(t, {
      listen: listener("udp", "127.0.0.1:0") + listener(transport === "udp" ? "tcp" : transport, "127.0.0.1:0"),
    });
    const { host, port } = edge.at(transport);
    const answer = await askSip({ method: "OPTIONS", host, port, transport });
    assert.ok(answer !== undefined && answer.status >= 200, JSON.stringify(answer));
    assert.equal(await askSip({ method: "OPTIONS", host, port: 1, transport, patience: 300 }), undefined);
  });
}
