/** `rempart watch` as a whole, without a kernel: lines of a log lead to bans in the file that says what the kernel would be told. */
import assert from "node:assert/strict";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callProgram, runProgram, startWatchProgram } from "./support/child.ts";
import { mustLoad, scratch } from "./support/edge.ts";
import { until } from "./support/until.ts";
import { type Guard, line, refusedGuard, startGuard, write, writeAsterisk, writeWatch } from "./support/watch.ts";

const BAD = "198.51.100.7";
const OFFICE = "203.0.113.9";

interface Ban {
  readonly source: string;
  readonly action: string;
  readonly reason: string;
  readonly enforced: boolean;
}

async function bans(guard: Guard): Promise<readonly Ban[]> {
  return ((await guard.command("bans.list")) as { bans: readonly Ban[] }).bans;
}

/** "ban wrong-password", or "" for none. */
async function doneTo(guard: Guard, source: string): Promise<string> {
  return (await bans(guard))
    .filter((b) => b.source === source)
    .map((b) => `${b.action} ${b.reason}`)
    .join(", ");
}

/** Facts of all sources so far. */
async function facts(guard: Guard): Promise<number> {
  const status = (await guard.command("status")) as { watch: { sources: readonly { facts: number }[] } };
  return status.watch.sources.reduce((sum, s) => sum + s.facts, 0);
}

async function read(guard: Guard, count: number): Promise<void> {
  await until(`${count} facts`, async () => (await facts(guard)) >= count);
}

test("six wrong passwords over TCP are in the kernel as a ban, and `why` shows the lines", async (t) => {
  const guard = await startGuard(t);
  for (let i = 0; i < 5; i++) write(guard.log, line(BAD, { transport: "TCP" }));
  await read(guard, 5);
  assert.equal(await doneTo(guard, BAD), "");
  write(guard.log, line(BAD, { transport: "TCP" }));
  await until("it is told", () => new RegExp(`ban4 \\{ ${BAD} timeout \\d+s \\}`).test(guard.paper()));
  const story = async () =>
    (await guard.command("why", { name: BAD })) as { entries: { evidence: { message: string; proved: boolean }[] }[] };
  await until("it is stored", async () => (await story()).entries[0].evidence.length === 6);
  const [{ evidence }] = (await story()).entries;
  assert.ok(evidence.every(({ proved }) => proved));
  const shown = evidence.flatMap(({ message }) => (message === "" ? [] : message));
  assert.ok(shown.length >= 3, "of the latest");
  for (const message of shown) {
    assert.match(message, new RegExp(`SECURITY\\[11\\] res_security_log\\.c: .*RemoteAddress="IPV4/TCP/${BAD}/5060"`));
    assert.doesNotMatch(message, /c0ffee/, "no answer to a challenge");
  }
  assert.equal(
    ((await guard.command("why", { name: "100" })) as { latest: unknown[] }).latest.length,
    6,
    "by account, too",
  );
});

test("the same over UDP mutes in the kernel and bans nobody; with udp_evidence = ban it bans, and the story says by whose word", async (t) => {
  const guard = await startGuard(t);
  for (let i = 0; i < 6; i++) write(guard.log, line(BAD));
  await until("it is told", () => new RegExp(`mute4 \\{ ${BAD} timeout \\d+s \\}`).test(guard.paper()));
  assert.equal(await doneTo(guard, BAD), "mute wrong-password");
  await guard.command("bans.remove", { target: BAD });
  await until("it is let in", () => guard.paper().includes(`delete element inet rempart_watch mute4 { ${BAD} }`));
  const other = await startGuard(t, { watch: 'asterisk = ""\nudp_evidence = "ban"\n[[watch.log]]\npath = "full"\n' });
  for (let i = 0; i < 6; i++) write(other.log, line(BAD));
  await until("it is banned", async () => (await doneTo(other, BAD)) === "ban wrong-password");
  const told = JSON.stringify(await other.command("why", { name: BAD }));
  assert.match(told, /taken as proof: udp_evidence/);
});

test("an office behind one address, where a password was shown, is never kept out as a whole", async (t) => {
  const guard = await startGuard(t);
  write(guard.log, line(OFFICE, { event: "SuccessfulAuth", account: "200" }));
  await until("it has standing", () => /standing4 \{ 203\.0\.113\.9 timeout 90060s \}/.test(guard.paper()));
  for (let i = 0; i < 30; i++)
    write(guard.log, line(OFFICE, { account: "201", transport: i % 2 === 0 ? "TCP" : "UDP" }));
  await read(guard, 31);
  assert.doesNotMatch(guard.paper(), /(?:ban|mute)4 \{ 203\.0\.113\.9/);
  // Of one account only an edge could keep out: it is noted, and nobody says that it is in force.
  const [entry] = await bans(guard);
  assert.deepEqual([entry.source, entry.action, entry.enforced], [OFFICE, "mute", false]);
});

test("observe: everything is judged, nothing is told to the kernel; enforce on puts it into force", async (t) => {
  const guard = await startGuard(t, { mode: "observe" });
  for (let i = 0; i < 6; i++) write(guard.log, line(BAD, { transport: "TLS" }));
  await until("it is noted", async () => (await doneTo(guard, BAD)) === "ban wrong-password");
  assert.doesNotMatch(guard.paper(), /drop\b|198\.51\.100\.7/);
  await guard.command("enforce.on", { seconds: 300 });
  await until("it is told", () => new RegExp(`ban4 \\{ ${BAD} timeout`).test(guard.paper()), 10_000);
  await guard.command("enforce.off");
  await until(
    "the table has none",
    () => guard.paper().lastIndexOf("delete table") > guard.paper().lastIndexOf(`ban4 { ${BAD}`),
    10_000,
  );
});

test("a restart counts no line twice and misses none that came meanwhile, also in a file that was rotated", async (t) => {
  const folder = scratch(t);
  const first = await startGuard(t, {}, folder);
  for (let i = 0; i < 3; i++) write(first.log, line(BAD, { transport: "TCP" }));
  await read(first, 3);
  await first.stop();
  write(first.log, line(OFFICE, { transport: "TCP" }));
  renameSync(first.log, `${first.log}.1`);
  writeFileSync(first.log, line(OFFICE, { transport: "TCP", account: "101" }));
  const second = await startGuard(t, {}, folder);
  await read(second, 2);
  const latest = async (name: string): Promise<number> =>
    ((await second.command("why", { name })) as { latest: unknown[] }).latest.length;
  assert.equal(await latest(BAD), 0, "what the first one has read");
  assert.equal(await latest(OFFICE), 2, "one of the old file, one of the new one");
  for (let i = 0; i < 3; i++) write(second.log, line(BAD, { transport: "TCP" }));
  await read(second, 5);
  renameSync(second.log, `${second.log}.2`);
  writeFileSync(second.log, line(BAD, { transport: "TCP" }));
  await read(second, 6);
  assert.equal(await latest(BAD), 4, "through a rotation while it runs");
});

test("what stood in the log before the first start is the past", async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "full"), Array.from({ length: 9 }, () => line(BAD, { transport: "TCP" })).join(""));
  const guard = await startGuard(t, {}, folder);
  write(guard.log, line(OFFICE, { transport: "TCP" }));
  await read(guard, 1);
  assert.equal(await doneTo(guard, BAD), "");
});

test("facts carry the time of their line: six within half a day are none in ten minutes", async (t) => {
  const guard = await startGuard(t);
  for (let i = 6; i > 0; i--) write(guard.log, line(BAD, { transport: "TCP", ago: i * 3_600_000 }));
  await read(guard, 6);
  assert.equal(await doneTo(guard, BAD), "");
  const { latest } = (await guard.command("why", { name: BAD })) as { latest: { at: number }[] };
  const ages = latest.map(({ at }) => Math.round((Date.now() - at) / 3_600_000));
  assert.deepEqual(ages, [6, 5, 4, 3, 2, 1]);
});

test("two files with the same lines count once; a decoy is known; an address of the never-list is spared", async (t) => {
  const folder = scratch(t);
  const watch = 'asterisk = ""\n[[watch.log]]\npath = "full"\n[[watch.log]]\npath = "security"\n';
  const guard = await startGuard(t, { watch, more: '[shield]\nnever = ["198.51.100.99"]\n' }, folder);
  writeFileSync(join(folder, "security"), "");
  await until("it is there", async () => !JSON.stringify(await guard.command("status")).includes("FOLLOW_MISSING"));
  for (let i = 0; i < 5; i++) {
    const each = line(BAD, { transport: "TCP" });
    write(guard.log, each);
    write(join(folder, "security"), each);
  }
  await read(guard, 10);
  assert.equal(await doneTo(guard, BAD), "", "five attempts");
  write(guard.log, line(BAD, { transport: "TCP", event: "InvalidAccountID", account: "admin" }));
  await until("it is banned", async () => (await doneTo(guard, BAD)) === "ban decoy");
  for (let i = 0; i < 9; i++) write(guard.log, line("198.51.100.99", { transport: "TCP" }));
  await read(guard, 20);
  assert.equal(await doneTo(guard, "198.51.100.99"), "");
});

test("by hand: add, remove, undo, clear of one reason and of all", async (t) => {
  const guard = await startGuard(t);
  for (let i = 0; i < 6; i++) write(guard.log, line(BAD, { transport: "TCP" }));
  await until("it is banned", async () => (await doneTo(guard, BAD)) !== "");
  for (const target of ["198.51.100.20", "198.51.100.21"])
    await guard.command("bans.add", { target, seconds: 60, reason: "noise" });
  await assert.rejects(guard.command("bans.clear", { reason: "nonsense" }), /^Error: BAN_UNKNOWN$/);
  assert.deepEqual(await guard.command("bans.clear", { reason: "noise" }), { removed: 2 });
  assert.deepEqual(
    (await bans(guard)).map((b) => b.source),
    [BAD],
  );
  await until("the kernel lets them in", () =>
    /delete element inet rempart_watch ban4 \{ [^}]*198\.51\.100\.20/.test(guard.paper()),
  );
  assert.deepEqual(await guard.command("bans.clear"), { removed: 1 });
  assert.deepEqual(await bans(guard), []);
});

test("the ports of Asterisk's own configuration are the doors, its carriers are spared, and its log is found", async (t) => {
  const folder = scratch(t);
  const etc = writeAsterisk(folder, {
    "pjsip.conf":
      "[u]\ntype=transport\nbind=0.0.0.0:5072\n[c]\ntype=identify\nendpoint=c\nmatch=198.51.100.40,sip.example.net\n",
    "iax.conf": "[general]\nbindport=4570\n",
    "asterisk.conf": `[directories]\nastlogdir => ${folder}\n`,
    "logger.conf": "[logfiles]\nconsole => notice,security\nfull => notice,warning,security\nmessages => notice\n",
  });
  const guard = await startGuard(t, { watch: `asterisk = "${etc}"\n` }, folder);
  assert.deepEqual(guard.report.sources, [join(folder, "full")]);
  assert.deepEqual(guard.report.ports, ["5072/udp", "4570/udp"]);
  assert.deepEqual(
    guard.report.findings.filter((f) => f.code !== "WATCH_FAIL2BAN"),
    [],
  );
  assert.match(
    guard.paper(),
    /meta nfproto ipv4 udp dport 5072 goto strangers\nmeta nfproto ipv6 udp dport 5072 goto strangers\nmeta nfproto ipv4 udp dport 4570/,
  );
  assert.doesNotMatch(guard.paper(), /limit rate over 20\/second/, "carriers are strangers, too");
  await assert.rejects(guard.command("bans.add", { target: "198.51.100.40" }), /^Error: BAN_NEVER$/);
});

const LOGGERS: readonly [why: string, logger: string, next: RegExp][] = [
  [
    "no security events",
    "[logfiles]\nfull => notice,warning\n",
    /as line 2, in the place of what stands there: full => notice,warning,security; then: asterisk -rx 'logger reload'/,
  ],
  [
    "the module is not loaded",
    "[logfiles]\nfull => security,notice\n",
    /below \[modules\]: load = res_security_log\.so/,
  ],
  ["as JSON alone", "[logfiles]\nfull => notice\nsec => [json]security\n", /below \[logfiles\]: security => security/],
];

for (const [why, logger, next] of LOGGERS) {
  test(`logger.conf: ${why}: which line to add, and the command`, async (t) => {
    const folder = scratch(t);
    const conf = `[directories]\nastlogdir => ${folder}\n`;
    const modules = why.includes("module") ? { "modules.conf": "[modules]\nautoload = no\n" } : {};
    const etc = writeAsterisk(folder, { "pjsip.conf": "", "asterisk.conf": conf, "logger.conf": logger, ...modules });
    const guard = await startGuard(t, { watch: `asterisk = "${etc}"\n` }, folder);
    const found = guard.report.findings.find((f) => f.code === "WATCH_LOGGER");
    assert.match(found?.next ?? "", next);
    const status = (await guard.command("status")) as { watch: { findings: { code: string }[] } };
    assert.ok(status.watch.findings.some((f) => f.code === "WATCH_LOGGER"));
  });
}

test("nothing to be watched, and a secret that is not there: it does not start, and says why", async (t) => {
  const folder = scratch(t);
  assert.equal((await refusedGuard(folder, { watch: `asterisk = "${folder}/nowhere"\n` })).code, "WATCH_NOTHING");
  const watch = 'asterisk = ""\n[watch.manager]\nuser = "rempart"\nsecret_file = "none"\n';
  assert.equal((await refusedGuard(folder, { watch })).code, "WATCH_SECRET");
});

test("the program: it says what it reads, status, top, metrics and why answer, SIGTERM ends it with nothing lost", async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "full"), "");
  const config = writeWatch(folder);
  const watch = await startWatchProgram(t, config);
  assert.match(watch.out(), /"sources": \[\s*"[^"]*\/full"/);
  for (let i = 0; i < 6; i++) write(join(folder, "full"), line(BAD, { transport: "TCP" }));
  const run = async (...words: string[]) => (await callProgram([...words, "--config", config])).out;
  await until("it is banned", async () => (await run("bans", "list")).includes(BAD));
  assert.match(
    await run("status"),
    /reads +\S+\/full \(asterisk\): 6 lines, 6 facts, the last about a caller \d+ s ago/,
  );
  assert.match(await run("why", BAD), /is banned: wrong-password[\s\S]*SECURITY\[11\]/);
  assert.match(await run("metrics"), /rempart_facts_total\{kind="wrongPassword"\} 6/);
  assert.match(await run("top", "--once"), /198\.51\.100\.7[\s\S]*|log lines/);
  assert.equal(
    (await runProgram(["account", "list", "--config", config])).code,
    1,
    "there are no accounts beside a phone system",
  );
  await watch.kill("SIGTERM");
  assert.match(readFileSync(join(folder, "state", "firewall.nft"), "utf8"), new RegExp(BAD));
});

test("watch import: a configuration that is read back, and a report; what is there is not written over", async (t) => {
  const folder = scratch(t);
  const jail = join(folder, "jail.local");
  writeFileSync(
    jail,
    "[asterisk]\nenabled = true\nlogpath = /var/log/asterisk/full\nmaxretry = 4\nbantime = 1w\nignoreip = 203.0.113.5\n",
  );
  const out = join(folder, "rempart.toml");
  const first = await callProgram(["watch", "import", jail, "--out", out]);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^Taken:\n {2}jail asterisk: maxretry 4[\s\S]*\nNot taken:\n {2}jail asterisk: /);
  const { watch, shield } = mustLoad(out);
  assert.deepEqual(watch.logs, [{ path: "/var/log/asterisk/full", format: "asterisk" }]);
  assert.deepEqual(shield.never, ["203.0.113.5"]);
  const limits = shield.scenarios.find((s) => s.name === "wrong-password")?.limits;
  assert.deepEqual(limits, [{ count: 4, within: 600_000 }]);
  const second = await callProgram(["watch", "import", jail, "--out", out]);
  assert.deepEqual([second.code, /\[USAGE_IMPORT\]/.test(second.err)], [2, true]);
  writeFileSync(join(folder, "other.conf"), "[x]\ny = z\n");
  assert.equal((await callProgram(["watch", "import", join(folder, "other.conf")])).code, 2);
  assert.match((await callProgram(["watch", "import", jail])).out, /^# Taken:\n# {2}- jail asterisk/);
});

const KAMAILIO = 'asterisk = ""\n[[watch.log]]\npath = "full"\nformat = "kamailio"\n';

test("Kamailio: a line of the operator's own script is evidence; one whose address a caller could write keeps it from starting", async (t) => {
  const own = `${KAMAILIO}[[watch.line]]\nkind = "wrongPassword"\ntext = "LOGIN REFUSED $si over $pr for $fU"\n`;
  const guard = await startGuard(t, { watch: own });
  const at = new Date().toString().slice(4, 10).replace(" 0", "  ");
  const said = (text: string): string =>
    `${at} ${new Date().toString().slice(16, 24)} edge kamailio[7]: INFO: <script>: ${text}\n`;
  for (let i = 0; i < 6; i++) write(guard.log, said(`LOGIN REFUSED ${BAD} over tcp for anna`));
  await until("it is banned", async () => (await doneTo(guard, BAD)) === "ban wrong-password");
  const bad = await refusedGuard(scratch(t), { watch: own.replace("$si over $pr for $fU", "$fU from $si as $ua") });
  assert.equal(bad.code, "WATCH_LINE");
});

test("Kamailio's own output is no evidence: whoever can write lines into it bans nobody, and status says so", async (t) => {
  const guard = await startGuard(t, { watch: KAMAILIO });
  const forged = " 0(7) INFO: <script>: AUTHFAIL ip=203.0.113.9 proto=tcp user=anna\n";
  write(guard.log, ...Array.from({ length: 8 }, () => forged));
  const source = async () =>
    (
      (await guard.command("status")) as {
        watch: { sources: { lines: number; facts: number; trouble?: { code: string } }[] };
      }
    ).watch.sources[0];
  await until("it is read", async () => (await source()).lines === 8);
  assert.deepEqual([(await source()).facts, (await source()).trouble?.code], [0, "WATCH_EXPOSED"]);
  assert.equal(await doneTo(guard, OFFICE), "");
});
