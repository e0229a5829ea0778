/** The same as a person types it: words on stdout, exit codes, and one object with `-o json`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { callProgram, type Daemon, PROGRAM, runProgram, startDaemon } from "./support/child.ts";
import { DOMAIN, scratch, writeConfig } from "./support/edge.ts";
import { rawRequest } from "./support/raw.ts";
import { until } from "./support/until.ts";

const SCANNER = "127.0.0.66";

async function scan(t: TestContext, daemon: Daemon): Promise<void> {
  const socket = createSocket("udp4").bind(0, SCANNER);
  await once(socket, "listening");
  t.after(() => socket.close());
  const at = `${SCANNER}:${socket.address().port}`;
  const ends = [`From: <sip:scan@${at}>;tag=1`, `To: <sip:x@${DOMAIN}>`, "User-Agent: friendly-scanner"];
  socket.send(rawRequest("OPTIONS", `sip:${DOMAIN}`, at, ends), daemon.udp.port, daemon.udp.host);
  await until("it is noted", async () => ((await daemon.command("bans.list")) as { all: number }).all > 0);
}

test("enforce, events, metrics, top and why on the command line", { timeout: 120_000 }, async (t) => {
  const file = writeConfig(scratch(t));
  const daemon = await startDaemon(t, file);
  const run = async (words: string, code = 0): Promise<string> => {
    // What streams, or prints before it acts, has a process of its own.
    const apart = /^(events|top|enforce on)/.test(words);
    const done = await (apart ? runProgram : callProgram)([...words.split(" "), "--config", file]);
    assert.equal(done.code, code, `${words}: ${done.out}${done.err}`);
    return done.out + done.err;
  };
  await scan(t, daemon);
  assert.match(
    await run("enforce"),
    /observe \(the configuration says so\).*Nobody is kept out\..*127\.0\.0\.66 +mute/s,
  );
  assert.match(await run("enforce confirm", 1), /ENFORCE_NOTHING.*next: .*enforce/s);
  assert.match(await run("enforce on --confirm soon", 2), /USAGE_LENGTH/);
  const on = await run("enforce on --confirm 5m");
  // First who, then that it is so.
  assert.ok(on.indexOf("127.0.0.66") >= 0 && on.indexOf("127.0.0.66") < on.indexOf("Attackers are kept out for"), on);
  assert.match(
    await run("status"),
    /mode +enforce \(by command since .*not confirmed: ends .*; the configuration says observe\)/,
  );
  assert.match(await run("enforce confirm"), /Confirmed/);
  assert.match(await run("enforce on"), /already; nothing was changed/);
  assert.match(await run("enforce"), /Let everybody in: .*enforce off/);
  assert.match(await run("enforce off"), /Nobody is kept out by the shield any more/);

  const top = JSON.parse(await run("top -o json")) as { rates: object; noted: readonly { source: string }[] };
  assert.deepEqual(Object.keys(top.rates), ["packets", "requests", "answers", "refused", "lines"]);
  assert.match(await run("top --once"), /^Rempart {2}observe: nobody is kept out.*SOURCE/s);
  const events = (await run("events -o json")).trimEnd().split("\n");
  assert.deepEqual(
    events.map((line) => (JSON.parse(line) as { event: string }).event),
    ["start", "mute", "enforce", "enforce", "enforce"],
  );
  assert.match(await run("events"), /mute {5}scenario=scanner source=127\.0\.0\.66/);
  assert.match(await run("metrics"), /^rempart_verdicts_total\{scenario="scanner",action="mute"\} 1$/m);
  const why = await run("why 127.0.0.66");
  for (const words of [
    "would be muted: scanner",
    "rule     1 in 1 d",
    "What happened:",
    "the mark of a scanner",
    "undo",
  ])
    assert.ok(why.includes(words), `${words} in\n${why}`);
  assert.match(why, /The message, without credentials:\n\n {2}OPTIONS sip:/);
  assert.match(await run("why 192.0.2.77"), /^Nothing is held against 192\.0\.2\.77\.\n$/);
  await run("enforce on --confirm 5m");
  assert.match(await run("enforce on"), /Attackers stay kept out, also after a restart\. It is confirmed by that/);
});

test("events --follow goes on with what happens", { timeout: 60_000 }, async (t) => {
  const file = writeConfig(scratch(t));
  const daemon = await startDaemon(t, file);
  const child = spawn(PROGRAM, ["events", "--follow", "--config", file], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  await until("it began", () => out.includes("start"));
  await daemon.command("enforce.on");
  await until("it goes on", () => /enforce +mode=enforce by=command/.test(out));
});
