/** The client with a real helper, on paper; and how the helper would be started. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isTrouble } from "../base/index.ts";
import type { Held } from "../ports/index.ts";
import { Client } from "./client.ts";
import { helperCommand, type Self } from "./launch.ts";
import type { EnforcerEvent } from "./options.ts";
import type { Door } from "./ruleset.ts";

const DOORS: readonly Door[] = [{ protocol: "udp", family: 4, address: "", port: 5060, side: "public" }];

async function scene(
  t: TestContext,
  o: { bans?: Iterable<Held>; drops?: boolean; never?: readonly string[]; isClosed?: boolean } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "rempart-firewall-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const events: EnforcerEvent[] = [];
  const client = new Client({
    backend: "dry-run",
    keep: false,
    paper: join(folder, "firewall.nft"),
    spec: {
      table: "rempart_test",
      drops: o.drops ?? true,
      stranger: { rate: 20, burst: 40 },
      strangers: { rate: 2_000, burst: 400 },
      mutes: false,
    },
    never: o.never ?? ["192.0.2.0/24"],
    bans: () => o.bans ?? [],
    standing: () => [{ source: "198.51.100.80", left: 1_000 }],
    onEvent: (event) => events.push(event),
  });
  if (!o.isClosed) client.open(DOORS);
  t.after(() => client.stop());
  const paper = (): string => readFileSync(join(folder, "firewall.nft"), "utf8");
  const written = async (what: string | RegExp): Promise<string> => {
    for (const end = performance.now() + 10_000; performance.now() < end; await sleep(5)) {
      if (typeof what === "string" ? paper().includes(what) : what.test(paper())) return paper();
    }
    return assert.fail(`not written: ${what}\n${paper()}\n${JSON.stringify(events)}`);
  };
  return { client, written, paper, events };
}

/** The helper of this process. */
function child(): number {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
  return Number(pids.split(" ").at(-1));
}

test("the table is made with all that is to be in force, in one batch; then each change is one", async (t) => {
  const bans = [
    { source: "203.0.113.7", left: 600_000 },
    { source: "2001:db8:1:2::/64", left: 1_000 },
    { source: "203.0.113.64/28", left: 1_000 },
  ];
  const { client, written, events } = await scene(t, { bans });
  const [first = ""] = (await written("add element inet rempart_test net4")).split("\n# ").slice(0, 1);
  assert.match(first, /add element inet rempart_test ban4 \{ 203\.0\.113\.7 timeout 660s \}/);
  assert.match(first, /add element inet rempart_test ban6 \{ 2001:db8:1:2:: timeout 61s \}/);
  assert.match(first, /add element inet rempart_test standing4 \{ 198\.51\.100\.80 timeout 61s \}/);
  assert.match(first, /add element inet rempart_test never4 \{ [^}]*192\.0\.2\.0\/24/);
  assert.deepEqual([client.view().state, events.map((e) => e.what)], ["on", ["on"]]);
  client.ban([{ source: "203.0.113.8", left: 1_000 }]);
  client.ban([{ source: "203.0.113.9", left: 1_000 }]);
  await written("add element inet rempart_test ban4 { 203.0.113.8 timeout 61s, 203.0.113.9 timeout 61s }");
  client.ban([{ source: "203.0.113.8", left: 2_000 }]);
  await written(
    /delete element inet rempart_test ban4 \{ 203\.0\.113\.8 \}\nadd element inet rempart_test ban4 \{ 203\.0\.113\.8 timeout 62s \}/,
  );
  client.unban(["203.0.113.9"]);
  await written("delete element inet rempart_test ban4 { 203.0.113.9 }");
  client.unban(["203.0.113.64/28"]);
  await written(/flush set inet rempart_test net4\nflush set inet rempart_test net6\n(#|$)/);
  client.setList("voip", ["198.18.0.0/24", "198.18.0.7"]);
  await written("add element inet rempart_test list_voip_4 { 198.18.0.0/24 }");
  await client.stop();
  await written(/add table inet rempart_test\ndelete table inet rempart_test\n$/);
});

test("the sets are filled before the listeners are known; then the doors are one small batch, and it is on", async (t) => {
  const bans = [{ source: "203.0.113.7", left: 600_000 }];
  const { client, written, paper, events } = await scene(t, { bans, isClosed: true });
  client.fill();
  await written("203.0.113.7 timeout 660s");
  assert.deepEqual([client.view().state, events], ["starting", []]);
  client.open(DOORS);
  const all = await written(/flush chain inet rempart_test doors\nadd rule inet rempart_test doors .*goto strangers\n/);
  assert.equal(all.split("203.0.113.7").length, 2, "no ban is told twice");
  for (let i = 0; i < 400 && events.length === 0; i++) await sleep(5);
  assert.deepEqual([client.view().state, events.map((e) => e.what)], ["on", ["on"]]);
  assert.ok(paper().indexOf("203.0.113.7") < paper().indexOf("flush chain"));
});

test("the helper has a never-list of its own: what it was told, blocks around it, and this machine", async (t) => {
  const { client, written, paper } = await scene(t);
  await written("table inet");
  const left = 1_000;
  const rows = ["192.0.2.7", "192.0.0.0/16", "127.0.0.1", "203.0.113.9"].map((source) => ({ source, left }));
  client.ban(rows);
  await written("ban4 { 203.0.113.9 timeout");
  client.setNever(["203.0.113.10"]);
  await written(/never4 \{ [^}]*203\.0\.113\.10/);
  client.ban([
    { source: "203.0.113.10", left },
    { source: "192.0.2.7", left },
  ]);
  await written("ban4 { 192.0.2.7 timeout");
  assert.doesNotMatch(paper(), /(ban|net)4 \{[^}]*(127\.0\.0\.1|203\.0\.113\.10|192\.0\.0\.0)/);
});

test("a block that the kernel was not told of is taken out of the book: the helper goes on", async (t) => {
  const { client, written } = await scene(t);
  await written("table inet");
  client.unban(["203.0.113.0/24", "2001:db8:1::/48"]);
  client.ban([{ source: "203.0.113.8", left: 1_000 }]);
  await written("ban4 { 203.0.113.8 timeout");
  assert.equal(client.view().restarts, 0);
});

test("a helper that is killed in the middle of a large batch ends nothing else, and the next one goes on", async (t) => {
  let told = 0;
  const bans = {
    *[Symbol.iterator](): Generator<Held> {
      for (let i = 0; i < 120_000; i++) {
        // From here on it reads nothing: the pipe to it fills.
        if (++told === 10_000) process.kill(child(), "SIGSTOP");
        yield { source: `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, left: 600_000 };
      }
    },
  };
  const { client, written, events } = await scene(t, { bans });
  while (told < 10_000) await sleep(5);
  await sleep(200);
  assert.ok(told < 120_000, "the rest waits");
  process.kill(child(), "SIGKILL");
  await written("198.19.212.191 timeout");
  assert.deepEqual([client.view().restarts, events[0]?.what], [1, "off"]);
});

test("observe: bans are told to nobody", async (t) => {
  const { client, written, paper } = await scene(t, { drops: false, bans: [{ source: "203.0.113.7", left: 1_000 }] });
  await written("standing4 { 198.51.100.80");
  client.ban([{ source: "203.0.113.8", left: 1_000 }]);
  client.stand([{ source: "198.51.100.81", left: 1_000 }]);
  await written("standing4 { 198.51.100.81");
  assert.doesNotMatch(paper(), /203\.0\.113|drop/);
  assert.equal(client.leaked("203.0.113.7"), false);
});

test("a leak is one only when the kernel was told long enough before", async (t) => {
  const { client, written } = await scene(t);
  await written("table inet");
  assert.equal(client.leaked("203.0.113.7"), false, "the table was only just made");
  await sleep(1_050);
  client.ban([{ source: "203.0.113.7", left: 9_000 }]);
  assert.equal(client.leaked("203.0.113.7"), false, "it is being told");
  await written("203.0.113.7");
  await sleep(20);
  assert.equal(client.leaked("203.0.113.7"), false, "packets may have been on their way");
  await sleep(1_050);
  assert.equal(client.leaked("203.0.113.7"), true);
  assert.equal(client.view().leaks, 1);
});

const ROOT: Self = {
  platform: "linux",
  uid: 0,
  effective: 0x1ff_ffff_ffffn,
  ambient: 0n,
  setpriv: "/usr/bin/setpriv",
  readable: true,
};
const ADMIN = 1n << 12n;

for (const [name, self, expected] of [
  [
    "root: nobody with one right",
    ROOT,
    /^\/usr\/bin\/setpriv --reuid=65534 .*--bounding-set=-all,\+net_admin --no-new-privs/,
  ],
  [
    "root whose files nobody else may read: root without its other rights",
    { ...ROOT, readable: false },
    /^\/usr\/bin\/setpriv --inh-caps=-all/,
  ],
  ["a user with the right as an ambient one", { ...ROOT, uid: 1_000, effective: ADMIN, ambient: ADMIN }, /^\S*node /],
  ["a user with the right for himself alone", { ...ROOT, uid: 1_000, effective: ADMIN }, "FIREWALL_RIGHTS"],
  ["a user without it", { ...ROOT, uid: 1_000, effective: 0n }, "FIREWALL_RIGHTS"],
  ["root without setpriv", { ...ROOT, setpriv: "" }, "FIREWALL_RIGHTS"],
  ["root of a container that may not", { ...ROOT, effective: 0xa80425fbn & ~ADMIN }, "FIREWALL_RIGHTS"],
  ["another system", { ...ROOT, platform: "darwin" }, "FIREWALL_RIGHTS"],
] as const) {
  test(`how it is started: ${name}`, () => {
    const command = helperCommand(self, ["nft", "rempart", "remove"], false);
    if (typeof expected === "string") assert.equal(isTrouble(command) && command.code, expected);
    else assert.match(isTrouble(command) ? command.code : command.join(" "), expected);
  });
}
