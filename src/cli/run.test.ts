import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { callProgram } from "../../test/support/child.ts";
import { BIN, program, type Site, site } from "./cli.fixture.ts";

interface Daemon {
  readonly child: ChildProcess;
  /** What it printed once it ran. */
  readonly out: string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const daemons = new Set<ChildProcess>();
// What a failed test has left running.
after(() => {
  for (const child of daemons) child.kill("SIGKILL");
});

/** Starts `rempart run` and waits for its screen, or for its end. */
async function start(s: Site, args: readonly string[] = []): Promise<Daemon> {
  const child = spawn(BIN, ["run", "--config", s.file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  daemons.add(child);
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = once(child, "close");
  await new Promise<void>((ready, broken) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.endsWith("Ctrl+C\n") || out.endsWith("}\n")) ready();
    });
    child.once("close", () => broken(new Error(`it ended: ${out}${err}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    const [code] = await ended;
    return code;
  };
  return { child, out, stop };
}

test("run says on one screen what a newcomer needs; nobody else takes its state, nor works around it", async (t) => {
  const s = site();
  const daemon = await start(s);
  assert.ok(daemon.out.split("\n").length < 24, "one screen");
  for (const words of [
    /listens +udp 127\.0\.0\.1:\d+ \((batch|dgram)\)/,
    /domains +pbx\.example\.org, other\.example\.org/,
    /also named +localhost/,
    new RegExp(`state +${s.state}\n`),
    /holds +0 accounts, 0 registrations/,
    new RegExp(`add an account +${BIN} --config ${s.file} account add\n`),
    /see a call .* demo\n/,
  ]) {
    assert.match(daemon.out, words);
  }
  assert.equal(statSync(`${s.state}/control.sock`).mode & 0o777, 0o600);

  await t.test("a second daemon on the same state is refused, and the first goes on", async () => {
    const second = await s.run(["run"]);
    assert.equal(second.code, 2, second.out);
    assert.match(second.err, /^rempart: a daemon runs with the state .* already \[STORE_IN_USE\]\n/);
    assert.equal((await s.call(["status"])).code, 0);
  });

  await t.test("a daemon whose socket is gone is not worked around", async () => {
    rmSync(`${s.state}/control.sock`);
    const done = await s.call(["account", "add"]);
    assert.match(done.err, /holds the state .* and is not reachable \[STORE_IN_USE\]/);
    assert.equal(done.code, 1);
  });
  assert.equal(await daemon.stop(), 0);
});

test("account commands go through the running daemon and outlive it", async (t) => {
  const s = site();
  const daemon = await start(s, ["-o", "json"]);
  const report = JSON.parse(daemon.out);
  assert.equal(report.accounts, 0);
  assert.equal((await s.run(["account", "add", "reception"])).code, 0);
  const weak = await s.call(["account", "add", "1001"]);
  assert.match(weak.err, /ACCOUNT_WEAK/);
  assert.equal(weak.code, 1);
  const status = JSON.parse((await s.call(["status", "-o", "json"])).out);
  assert.equal(status.accounts, 1);
  const human = await s.call(["status"]);
  assert.match(human.out, / accounts +1\n/);
  assert.match(human.out, / store +all is written/);
  assert.equal((await s.call(["registrations", "list"])).out, "Nobody is registered.\n");
  const drop = await s.call(["registrations", "drop", "reception"]);
  assert.match(drop.err, /reception@pbx\.example\.org is not registered \[AOR_UNKNOWN\]/);
  assert.equal(drop.code, 1);
  assert.match((await s.call(["doctor"])).out, /ok +ports +held by the running daemon\n/);
  await t.test("import of 10,000 accounts", async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `phone-${i}-x,pbx.example.org,secret-${i}-Wq7#mT`).join("\n");
    writeFileSync(`${s.folder}/many.csv`, `user,domain,password\n${rows}\n`);
    assert.equal((await s.call(["account", "import", `${s.folder}/many.csv`])).out, "Imported 10000 accounts.\n");
    assert.equal(JSON.parse((await s.call(["status", "-o", "json"])).out).accounts, 10_001);
  });
  assert.equal(await daemon.stop("SIGINT"), 0);
  assert.ok(!existsSync(`${s.state}/control.sock`), "the socket is gone with it");
  assert.match((await s.call(["account", "list"])).out, /^USER.*\n(phone.*\n)*reception /);
});

test("killed, it starts again with what it knew", async () => {
  const s = site();
  const daemon = await start(s);
  await s.call(["account", "add", "reception"]);
  await daemon.stop("SIGKILL");
  assert.equal((await s.call(["status"])).code, 3, "the socket left behind is nobody's");
  const again = await start(s);
  assert.match(again.out, /holds +1 account,/);
  assert.equal(await again.stop(), 0);
});

test("a port in use: exit 2, told in three lines, nothing left behind", async () => {
  const s = site();
  const holder = await hold();
  writeFileSync(s.file, readFileSync(s.file, "utf8").replace("127.0.0.1:0", `127.0.0.1:${holder.address().port}`));
  const done = await s.run(["run"]);
  assert.equal(done.code, 2, done.err);
  assert.equal(done.out, "");
  assert.match(
    done.err,
    new RegExp(`^rempart: .*udp 127\\.0\\.0\\.1:${holder.address().port}.* \\[\\w+\\]\nsafe: .*\nnext: .*\n$`),
  );
  assert.ok(!existsSync(`${s.state}/control.sock`));
  const found = JSON.parse((await s.call(["doctor", "-o", "json"])).out).find(
    (f: { name: string }) => f.name === "ports",
  );
  assert.deepEqual([found.level, found.run], ["fail", "ss -lntup"]);
  holder.close();
});

test("demo: two phones register and call, drawn as ladders, nothing left behind", async () => {
  const done = await program(BIN, ["demo"], "", "/");
  assert.equal(done.code, 0, done.out + done.err);
  const ladder = [
    "REGISTER",
    "401",
    "INVITE",
    "180",
    "200",
    "lost on purpose",
    "sent again",
    "ACK",
    "BYE",
    "CANCEL",
    "487",
  ];
  for (const word of ladder) {
    assert.ok(done.out.includes(word), word);
  }
  const json = await callProgram(["demo", "-o", "json"]);
  assert.equal(JSON.parse(json.out).ok, true);
});

async function hold(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
