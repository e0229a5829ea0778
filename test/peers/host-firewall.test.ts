/** docs/host-firewall.md in the kernel: a machine and its neighbour, each a network namespace. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Ended, PROGRAM, runProgram } from "../support/child.ts";
import { scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { cable, type Machine, needsNetworks, newMachine } from "./support/networks.ts";

const options = { ...needsNetworks(), timeout: 120_000 };
const ENDS = join(import.meta.dirname, "support/ends-host.ts");
const HERE = ["203.0.113.1", "2001:db8::1"] as const;
const THERE = ["203.0.113.9", "2001:db8::9"] as const;
const OTHER = "203.0.113.10";

interface Site {
  readonly machine: Machine;
  readonly outside: Machine;
  readonly state: string;
  /** Runs `rempart firewall …` on the machine; `before`: words before its own. */
  firewall(words: readonly string[], before?: readonly string[]): Promise<Ended>;
  /** Which of these ends of the machine answer somebody outside. */
  reached(ends: readonly string[], from?: string): Promise<string[]>;
  readonly file: string;
}

const SIP =
  '[[sip.listen]]\ntransport = "udp"\naddress = "0.0.0.0:5060"\n[[sip.listen]]\ntransport = "tcp"\naddress = "[::]:5061"\n';
const NO_SESSION = ["env", "-u", "SSH_CONNECTION"];

/** [outside] == net0 wan0 == [machine], with all sorts of listeners on both. */
async function siteOf(t: TestContext, toml: string): Promise<Site> {
  const [machine, outside] = [newMachine(t, "machine"), newMachine(t, "outside")];
  cable(
    { machine, name: "wan0", addresses: [`${HERE[0]}/24`, `${HERE[1]}/64`] },
    { machine: outside, name: "net0", addresses: [`${THERE[0]}/24`, `${OTHER}/24`, `${THERE[1]}/64`] },
  );
  const folder = scratch(t);
  const file = join(folder, "rempart.toml");
  writeFileSync(file, `state = "state"\n${SIP}${toml}`);
  // No guard outlives its test: it would change the rules of a namespace that is gone.
  const state = join(folder, "state");
  t.after(() => endGuard(state));
  return {
    machine,
    outside,
    file,
    state,
    firewall: (words, before = NO_SESSION) =>
      runProgram(["firewall", ...words, "--config", file], "", [...machine.within, ...before]),
    reached: (ends, from = "-") => probe(outside, ends, from),
  };
}

function endGuard(state: string): void {
  const { pid } = guardOf(state);
  if (pid !== undefined) process.kill(pid, "SIGTERM");
}

function guardOf(state: string): { pid?: number } {
  try {
    return (
      (JSON.parse(readFileSync(join(state, "firewall/pending.json"), "utf8")) as { guard?: { pid: number } }).guard ??
      {}
    );
  } catch {
    return {};
  }
}

function start(t: TestContext, machine: Machine, words: readonly string[]): ChildProcess {
  const [program = "", ...rest] = [...machine.within, process.execPath, ENDS, ...words];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function listen(t: TestContext, machine: Machine, ...ends: readonly string[]): Promise<void> {
  const child = start(t, machine, ["listen", ...ends]);
  if (child.stdout !== null) await once(child.stdout, "data");
}

async function probe(from: Machine, ends: readonly string[], local = "-"): Promise<string[]> {
  const [program = "", ...rest] = [...from.within, process.execPath, ENDS, "probe", local, ...ends];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"], timeout: 20_000 });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  await once(child, "close");
  return JSON.parse(out) as string[];
}

/** Not so where it has ended and nobody has asked for it: in a container there may be nobody. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const tables = (machine: Machine): string => machine.run(["nft", "list", "tables"]);
const isLoaded = (machine: Machine): boolean => tables(machine).includes("table inet rempart_host");
const of = (hosts: readonly string[], ...ends: readonly string[]): string[] =>
  hosts.flatMap((host) => ends.map((end) => end.replace(":", `:${host}:`)));

test("what must be open is open, all else is dropped, in and out, over IPv4 and IPv6", options, async (t) => {
  const site = await siteOf(t, '[firewall.host]\nopen = ["tcp 8443 from 203.0.113.9"]\noutbound = ["tcp 2525"]\n');
  const inside = ["tcp:22", "udp:5060", "tcp:5061", "tcp:8443", "tcp:3306", "udp:5038"];
  await listen(t, site.machine, ...inside);
  await listen(t, site.outside, "udp:53", "tcp:443", "tcp:25", "tcp:2525", "udp:9");
  const all = of(HERE, ...inside);
  const out = of(THERE, "udp:53", "tcp:443", "tcp:25", "tcp:2525", "udp:9");
  assert.deepEqual(await site.reached(all), all, "before");
  assert.deepEqual(await probe(site.machine, out), out, "before, out");

  const done = await site.firewall(["apply", "--confirm-within", "10m"]);
  assert.deepEqual([done.code, done.err], [0, ""], done.out);
  // As if they had never met: without neighbour discovery nothing comes through over IPv6.
  for (const machine of [site.machine, site.outside]) machine.run(["ip", "neigh", "flush", "all"]);
  const open = [
    ...of([HERE[0]], "tcp:22", "udp:5060", "tcp:5061", "tcp:8443"),
    ...of([HERE[1]], "tcp:22", "udp:5060", "tcp:5061"),
  ];
  assert.deepEqual((await site.reached(all)).sort(), open.sort());
  assert.deepEqual(await site.reached(of([HERE[0]], "tcp:8443"), OTHER), [], "8443 from elsewhere");
  assert.deepEqual((await probe(site.machine, out)).sort(), of(THERE, "udp:53", "tcp:443", "tcp:2525").sort(), "out");

  const plan = await site.firewall(["plan"]);
  assert.match(plan.out, /No difference to what is loaded\./, "nft lists it as it was written");
  assert.match(plan.out, /rules wait for their confirmation until/);
});

/** Exits 0 when the kernel hears that nobody is at the port it sends to. */
const UNREACHABLE = `const s = require("dgram").createSocket("udp4");
s.on("error", (e) => process.exit(e.code === "ECONNREFUSED" ? 0 : 2));
s.bind(5060, () => s.connect(7, "${THERE[0]}", () => setInterval(() => s.send("x"), 100)));
setTimeout(() => process.exit(1), 3000);`;

test("ICMP errors arrive though SIP over UDP keeps no state: path MTU, nobody there", options, async (t) => {
  const site = await siteOf(t, "");
  assert.equal((await site.firewall(["apply"])).code, 0);
  site.machine.run([process.execPath, "-e", UNREACHABLE]);
  // It is told of as nothing that belongs to a connection: it keeps no state.
  assert.doesNotMatch(readConntrack(site.machine), /sport=5060/);
});

function readConntrack(machine: Machine): string {
  return machine.run(["sh", "-c", "cat /proc/net/nf_conntrack 2>/dev/null || true"]);
}

test("it goes back by itself, to what was before; tables of others stay", options, async (t) => {
  const site = await siteOf(t, "");
  await listen(t, site.machine, "tcp:22", "tcp:3306");
  const both = of([HERE[0]], "tcp:22", "tcp:3306");
  site.machine.run(["nft", "add table inet other; add table ip rempart_else"]);
  const others = tables(site.machine);
  assert.equal((await site.firewall(["apply", "--confirm-within", "8s"])).code, 0);
  assert.deepEqual(await site.reached(both), both.slice(0, 1));
  await until("it is taken back", () => !isLoaded(site.machine), 30_000);
  assert.deepEqual(await site.reached(both), both);
  assert.equal(tables(site.machine), others);
  const late = await site.firewall(["confirm"]);
  assert.equal(late.code, 1);
  assert.match(late.err, /taken back: it was not confirmed in time \[FIREWALL_NOTHING\]/);
});

test("confirmed, it stays, and its file loads after a restart; rollback goes back all the same", options, async (t) => {
  const site = await siteOf(t, "");
  const first = await site.firewall(["apply", "--confirm-within", "8s"]);
  assert.equal(first.code, 0, first.err);
  const { pid } = guardOf(site.state);
  const kept = await site.firewall(["confirm", "-o", "json"]);
  assert.equal(kept.code, 0, kept.err);
  const { file } = JSON.parse(kept.out) as { file: string };
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(pid !== undefined && !runs(pid), "the guard is gone");
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  assert.ok(isLoaded(site.machine));
  const again = newMachine(t, "again");
  again.run(["nft", "-f", file]);
  assert.ok(isLoaded(again));

  // A second one with other rules, and back to the first.
  const firstRules = site.machine.run(["nft", "-s", "list", "table", "inet", "rempart_host"]);
  writeFileSync(site.file, `${readFileSync(site.file, "utf8")}[firewall.host]\nopen = ["tcp 3306"]\n`);
  const diff = await site.firewall(["apply", "--confirm-within", "1m"]);
  assert.match(diff.out, /^\+ +tcp dport 3306 accept/m);
  assert.equal((await site.firewall(["rollback"])).code, 0);
  assert.equal(site.machine.run(["nft", "-s", "list", "table", "inet", "rempart_host"]), firstRules);
  const last = await site.firewall(["rollback"]);
  assert.match(last.err, /FIREWALL_NOTHING/);
});

test("of two at the same time one is refused with words, and rollback is at once", options, async (t) => {
  const site = await siteOf(t, "");
  const both = await Promise.all([1, 2].map(() => site.firewall(["apply", "--confirm-within", "1m"])));
  assert.deepEqual(both.map((b) => b.code).sort(), [0, 1]);
  assert.match(both.map((b) => b.err).join(""), /wait for their confirmation.*\[FIREWALL_PENDING\]/);
  assert.ok(isLoaded(site.machine));
  assert.equal((await site.firewall(["rollback"])).code, 0);
  assert.ok(!isLoaded(site.machine));
  assert.equal((await site.firewall(["apply", "--confirm-within", "1m"])).code, 0, "and then the next");
});

const RESTRICTED = '[firewall.host]\nssh = { from = ["192.0.2.0/24"] }\n';
const SESSION = `SSH_CONNECTION=${THERE[0]} 50000 ${HERE[0]} 22`;
for (const [name, before] of [
  ["by the environment", ["env", SESSION]],
  // As sudo does: the variable is taken away, the shell above still has it.
  ["by that of a shell above", ["env", SESSION, "sh", "-c", '"$@"; exit $?', "sh", "env", "-u", "SSH_CONNECTION"]],
] as const)
  test(`the SSH session that applies it is never cut: found ${name}`, options, async (t) => {
    const site = await siteOf(t, RESTRICTED);
    await listen(t, site.machine, "tcp:22");
    const held = start(t, site.outside, ["hold", HERE[0], "22"]);
    let heard = 0;
    held.stdout?.on("data", () => heard++);
    await until("the session stands", () => heard > 1);
    const done = await site.firewall(["apply"], before);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /the SSH session of 203\.0\.113\.9 to port 22 would be cut: a rule for it is added/);
    const already = heard;
    await until("it goes on, and the machine may speak first", () => heard > already + 3);
    assert.deepEqual(await site.reached(of([HERE[0]], "tcp:22"), THERE[0]), of([HERE[0]], "tcp:22"), "anew");
    assert.deepEqual(await site.reached(of([HERE[0]], "tcp:22"), OTHER), [], "another address");
  });

test("without a session nothing is added", options, async (t) => {
  const site = await siteOf(t, RESTRICTED);
  const done = await site.firewall(["plan", "-o", "json"]);
  assert.deepEqual((JSON.parse(done.out) as { added: unknown }).added, []);
});

test("the guard outlives the terminal: hung up and killed with its whole process group", options, async (t) => {
  const site = await siteOf(t, "");
  const line = [
    ...site.machine.within,
    "sh",
    "-c",
    '"$@"; sleep 60',
    "sh",
    PROGRAM,
    "firewall",
    "apply",
    "--confirm-within",
    "8s",
    "--config",
    site.file,
  ];
  const terminal = spawn(line[0], line.slice(1), { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until("it is loaded", () => said.includes("Loaded."), 20_000);
  for (const signal of ["SIGHUP", "SIGKILL"] as const) process.kill(-(terminal.pid ?? 0), signal);
  await once(terminal, "exit");
  assert.ok(isLoaded(site.machine));
  const { pid = 0 } = guardOf(site.state);
  process.kill(pid, "SIGHUP");
  await until("it is taken back", () => !isLoaded(site.machine), 30_000);
});

test("a guard that is told to end takes it back at once; one that is killed is missed", options, async (t) => {
  const site = await siteOf(t, "");
  assert.equal((await site.firewall(["apply", "--confirm-within", "10m"])).code, 0);
  process.kill(guardOf(site.state).pid ?? 0, "SIGTERM");
  await until("it is taken back", () => !isLoaded(site.machine), 30_000);
  assert.equal((await site.firewall(["apply", "--confirm-within", "10m"])).code, 0);
  process.kill(guardOf(site.state).pid ?? 0, "SIGKILL");
  assert.match((await site.firewall(["plan"])).out, /nobody is there to take them back/);
  assert.match((await site.firewall(["apply"])).err, /FIREWALL_PENDING/);
  assert.equal((await site.firewall(["rollback"])).code, 0);
  assert.ok(!isLoaded(site.machine));
});

test("after a restart of the machine nothing waits, and nothing stands in the way of the next", options, async (t) => {
  const site = await siteOf(t, "");
  assert.equal((await site.firewall(["apply", "--confirm-within", "10m"])).code, 0);
  process.kill(guardOf(site.state).pid ?? 0, "SIGKILL");
  site.machine.run(["nft", "delete", "table", "inet", "rempart_host"]);
  const gone = await site.firewall(["confirm"]);
  assert.match(gone.err, /\[FIREWALL_GONE\]/, "not yet restarted: somebody has removed it");
  const note = join(site.state, "firewall/pending.json");
  writeFileSync(note, readFileSync(note, "utf8").replace(/"boot":"[^"]*"/, '"boot":"another"'));
  assert.match((await site.firewall(["confirm"])).err, /\[FIREWALL_NOTHING\]/);
  assert.ok(!isLoaded(site.machine));
  assert.equal((await site.firewall(["apply", "--confirm-within", "1m"])).code, 0);
});

test("rules that nft refuses: its words, nothing loaded, nothing waits", options, async (t) => {
  const site = await siteOf(t, "");
  const door = JSON.stringify(join(import.meta.dirname, "../../src/firewall/index.ts"));
  const asked = `${JSON.stringify(site.state)}, "table inet rempart_host { chain x { nonsense } }", 1000`;
  const text = `const { apply } = await import(${door}); console.log(JSON.stringify(await apply(${asked})))`;
  const said = site.machine.run([process.execPath, "--input-type=module", "-e", text]);
  assert.match(said, /"code":"FIREWALL_NFT","what":"nft refuses: .*syntax error/);
  assert.ok(!isLoaded(site.machine));
  assert.match((await site.firewall(["confirm"])).err, /\[FIREWALL_NOTHING\]/);
});

test("without the right over the kernel: plan shows the rules, apply says so, nothing waits", options, async (t) => {
  const site = await siteOf(t, "");
  const nobody = await site.firewall(
    ["apply"],
    ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"],
  );
  assert.equal(nobody.code, 1);
  assert.match(nobody.err, /\[FIREWALL_RIGHTS\]/);
  assert.ok(!isLoaded(site.machine));
  const plan = await site.firewall(["plan"], ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"]);
  assert.equal(plan.code, 0);
  assert.match(plan.out, /^table inet rempart_host \{$/m);
  assert.match(plan.out, /What is loaded could not be read/);
});

test("the guard's notes are nobody else's to read", options, async (t) => {
  const site = await siteOf(t, "");
  assert.equal((await site.firewall(["apply", "--confirm-within", "1m"])).code, 0);
  assert.equal(statSync(join(site.state, "firewall")).mode & 0o777, 0o700);
  assert.equal(statSync(join(site.state, "firewall/pending.json")).mode & 0o777, 0o600);
  assert.equal((await site.firewall(["rollback"])).code, 0);
  chmodSync(join(site.state, "firewall"), 0o777);
  const writable = await site.firewall(["apply"]);
  assert.match(writable.err, /others may write in it \[FIREWALL_STATE\]/);
  assert.ok(!isLoaded(site.machine));
  chmodSync(join(site.state, "firewall"), 0o700);
  assert.equal((await site.firewall(["apply"])).code, 0);
  // Nothing of the terminal is left in it.
  const { pid = 0 } = guardOf(site.state);
  const open = execFileSync("ls", ["-l", `/proc/${pid}/fd`], { encoding: "utf8" });
  assert.doesNotMatch(open, /\/dev\/(pts|tty)/);
});

test(
  "sessions in which somebody works are found without any variable; who has not logged in is not",
  options,
  async (t) => {
    const site = await siteOf(t, RESTRICTED);
    // What counts is a name such as sshd's, the connection, and that something runs below.
    for (const [port, what] of [
      ["22", "shell"],
      ["2222", "login"],
    ] as const) {
      const [program = "", ...rest] = [...site.machine.within, process.execPath, ENDS, what, `tcp:${port}`];
      const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"], detached: true });
      t.after(() => process.kill(-(child.pid ?? 0), "SIGKILL"));
      await once(child.stdout, "data");
      const held = start(t, site.outside, ["hold", HERE[0], port]);
      if (held.stdout !== null) await once(held.stdout, "data");
    }
    const done = await site.firewall(["plan", "-o", "json"]);
    const { added } = JSON.parse(done.out) as { added: unknown };
    assert.deepEqual(added, [{ client: THERE[0], server: HERE[0], port: 22 }]);
  },
);

test("without nft: said with words, and the plan is shown all the same", options, async (t) => {
  const site = await siteOf(t, "");
  const hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /usr/sbin && exec "$@"', "sh"];
  const done = await site.firewall(["apply"], hidden);
  assert.equal(done.code, 1);
  assert.match(done.err, /\[FIREWALL_NO_NFT\]\nsafe: The rules are as they were\.\nnext: Install the package nftables/);
  const plan = await site.firewall(["plan"], hidden);
  assert.equal(plan.code, 0);
  assert.match(plan.out, /^table inet rempart_host \{$/m);
});
