/** The kernel's part of the shield, on machines of its own: network namespaces with a cable between them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, runProgram, startDaemon } from "../support/child.ts";
import { listener, scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { cable, type Machine, needsNetworks, newMachine } from "./support/networks.ts";

const options = { ...needsNetworks(), timeout: 120_000 };
const EDGE = { 4: "203.0.113.1", 6: "2001:db8::1" } as const;
const GOOD = { 4: "203.0.113.9", 6: "2001:db8:0:9::9" } as const;
const BAD = { 4: "203.0.113.66", 6: "2001:db8:0:66::1" } as const;
const NEVER = "203.0.113.10";
/** The promise: whatever happens to the table, it is back within so many ms. */
const BACK = 5_000;

interface Firewall {
  readonly state: string;
  readonly trouble: { readonly code: string } | null;
  readonly changes: number;
  readonly leaks: number;
  readonly restarts: number;
  readonly counts: Readonly<Record<string, number>>;
}

interface Scene {
  readonly edge: Machine;
  readonly daemon: Daemon;
  /** Status of the answer to an OPTIONS; 0 for none. The same `name` over TCP is the same connection. */
  knock(transport: "udp" | "tcp", local: string, name?: string, port?: number): Promise<number>;
  firewall(): Promise<Firewall>;
  ban(target: string): Promise<void>;
}

async function newScene(t: TestContext, top = 'mode = "enforce"', firewall = "stranger_rate = 1000"): Promise<Scene> {
  const [edge, internet] = [newMachine(t, "edge"), newMachine(t, "internet")];
  cable(
    { machine: edge, name: "wan0", addresses: [`${EDGE[4]}/24`, `${EDGE[6]}/32`] },
    {
      machine: internet,
      name: "net0",
      addresses: [...[GOOD[4], BAD[4], NEVER].map((a) => `${a}/24`), ...[GOOD[6], BAD[6]].map((a) => `${a}/32`)],
    },
  );
  const file = join(scratch(t), "rempart.toml");
  const listen = ["udp", "tcp"].flatMap((p) => [listener(p, "0.0.0.0:5060"), listener(p, "[::]:5060")]).join("");
  const shield = `[shield]\nnever = ["${NEVER}"]\n[firewall]\n${firewall}\n`;
  writeFileSync(file, `state = "state"\n${top}\n[sip]\n${listen}${shield}[log]\nlevel = "info"\n`);
  const daemon = await startDaemon(t, file, edge.within);
  const status = async (): Promise<Firewall> => ((await daemon.command("status")) as { firewall: Firewall }).firewall;
  await until("the kernel enforces", async () => (await status()).state === "on");
  return {
    edge,
    daemon,
    knock: await openKnocker(t, internet),
    firewall: status,
    ban: async (target) => void (await daemon.command("bans.add", { target, seconds: 600 })),
  };
}

async function openKnocker(t: TestContext, machine: Machine): Promise<Scene["knock"]> {
  const [program = "", ...words] = [...machine.within, process.execPath, join(import.meta.dirname, "support/knock.ts")];
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  child.stdout.setEncoding("utf8");
  let n = 0;
  return async (transport, local, name = `once${++n}`, port = 5060) => {
    const host = EDGE[local.includes(":") ? 6 : 4];
    child.stdin.write(`${transport} ${local} ${host} ${port} ${name}\n`);
    const [line] = (await once(child.stdout, "data")) as [string];
    return Number(line.trim().split(" ").at(-1));
  };
}

function elements(scene: Scene, set: string): string {
  return scene.edge.run(["nft", "list", "set", "inet", "rempart", set]);
}

async function banned(scene: Scene): Promise<number> {
  return (await scene.firewall()).counts.banned ?? 0;
}

test(
  "a ban drops in the kernel: UDP, TCP that is established, IPv4 and IPv6; what is not banned gets answers",
  options,
  async (t) => {
    const scene = await newScene(t);
    for (const f of [4, 6] as const) {
      assert.equal(await scene.knock("udp", BAD[f]), 200);
      assert.equal(await scene.knock("tcp", BAD[f], `kept${f}`), 200);
      await scene.ban(BAD[f]);
      await until("it is there", () => elements(scene, `ban${f}`).includes("elements"));
      const before = await banned(scene);
      assert.equal(await scene.knock("tcp", BAD[f], `kept${f}`), 0, "the connection it had");
      assert.equal(await scene.knock("udp", BAD[f]), 0);
      await until("the kernel has counted them", async () => (await banned(scene)) >= before + 2);
      assert.equal(await scene.knock("udp", GOOD[f]), 200);
    }
    const { shield } = (await scene.daemon.command("status")) as { shield: { refused: number } };
    assert.equal(shield.refused, 0, "the edge had nothing left to do");
    await scene.daemon.command("bans.remove", { target: BAD[4] });
    await until("it is free again", async () => (await scene.knock("udp", BAD[4])) === 200);
    await scene.ban("203.0.113.64/28");
    await until("the block is there", () => elements(scene, "net4").includes("203.0.113.64/28"));
    assert.equal(await scene.knock("udp", BAD[4]), 0);
  },
);

test(
  "flushed, deleted, the helper killed: back within 5 s, told in the log and in status; other tables are not touched",
  options,
  async (t) => {
    const scene = await newScene(t);
    const { edge } = scene;
    edge.run(["nft", "add table inet somebody; add chain inet somebody own { counter; }"]);
    const other = edge.run(["nft", "list", "table", "inet", "somebody"]);
    await scene.ban(BAD[4]);
    const isBack = (): boolean => elements(scene, "ban4").includes(BAD[4]);
    await until("it is there", isBack);
    let changes = 0;
    for (const harm of [
      "flush set inet rempart ban4",
      `delete element inet rempart ban4 { ${BAD[4]} }`,
      "flush chain inet rempart strangers",
      "delete table inet rempart",
      "insert rule inet rempart strangers accept",
    ]) {
      edge.run(["nft", harm]);
      changes++;
      await until(`${harm}: seen`, async () => (await scene.firewall()).changes >= changes, BACK);
      await until(
        `${harm}: put back`,
        () => edge.run(["nft", "list", "tables"]).includes("inet rempart") && isBack(),
        BACK,
      );
      await until(
        "the rules are",
        () => {
          const rules = edge.run(["nft", "list", "chain", "inet", "rempart", "strangers"]);
          return rules.includes("@ban4") && !/^\t\taccept$/m.test(rules);
        },
        BACK,
      );
      assert.equal(await scene.knock("udp", BAD[4]), 0);
      // One may be undone each second.
      await sleep(1_200);
    }
    assert.match(scene.daemon.log(), /"event":"enforcement_changed"/);
    assert.equal((await scene.firewall()).changes, changes, "our own changes are not taken for somebody's");
    const helper = edge.run(["pgrep", "-P", String(scene.daemon.pid), "-f", "helper/main"]).trim();
    edge.run(["nft", "delete table inet rempart"]);
    process.kill(Number(helper), "SIGKILL");
    await until("all is back", () => edge.run(["nft", "list", "tables"]).includes("inet rempart") && isBack(), BACK);
    assert.ok((await scene.firewall()).restarts >= 1);
    assert.equal(edge.run(["nft", "list", "table", "inet", "somebody"]), other);
    await scene.daemon.kill("SIGTERM");
    assert.equal(edge.run(["nft", "list", "tables"]).trim(), "table inet somebody", "cleaned up at the end");
  },
);

test(
  "a banned source that gets past the kernel: a leak in the log and in status, and it is told again",
  options,
  async (t) => {
    const scene = await newScene(t);
    // A path that the table does not see: packets that were redirected to our port afterwards.
    scene.edge.run([
      "nft",
      "add table ip sly; add chain ip sly in { type nat hook prerouting priority dstnat; }; add rule ip sly in udp dport 5999 redirect to :5060",
    ]);
    await scene.ban(BAD[4]);
    await until("it is there", () => elements(scene, "ban4").includes(BAD[4]));
    await sleep(1_100);
    const end = performance.now() + 10_000;
    while ((await scene.firewall()).leaks === 0 && performance.now() < end) {
      assert.equal(await scene.knock("udp", BAD[4], "sly", 5999), 0, "the edge itself keeps it out");
    }
    assert.ok((await scene.firewall()).leaks >= 1);
    assert.match(scene.daemon.log(), new RegExp(`"event":"enforcement_leak","source":"${BAD[4]}"`));
  },
);

test(
  "the never-list: nothing that is on it is ever put into the kernel, not even inside a block",
  options,
  async (t) => {
    const scene = await newScene(t);
    await assert.rejects(scene.ban(NEVER), /BAN_NEVER/);
    assert.equal(await scene.knock("udp", NEVER), 200);
    assert.match(elements(scene, "never4"), new RegExp(NEVER.replaceAll(".", "\\.")));
    assert.match(elements(scene, "never4"), /203\.0\.113\.1[ ,}]/, "its own address");
  },
);

test("observe: the table counts, and nothing is dropped", options, async (t) => {
  const scene = await newScene(t, "", "stranger_rate = 1\nstranger_burst = 1");
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(async (i) => scene.knock("udp", GOOD[4], `k${i}`)));
  assert.deepEqual(answers, [200, 200, 200, 200, 200, 200]);
  await until("it has counted", async () => ((await scene.firewall()).counts.capped ?? 0) >= 3);
  assert.doesNotMatch(scene.edge.run(["nft", "list", "table", "inet", "rempart"]), /drop/);
});

test(
  "doctor attacks a Rempart of its own on loopback, tells the milliseconds, and leaves nothing behind",
  options,
  async (t) => {
    const machine = newMachine(t, "alone");
    const file = join(scratch(t), "rempart.toml");
    writeFileSync(file, `state = "state"\n${listener("udp", "127.0.0.1:0")}`);
    const { out } = await runProgram(["doctor", "--config", file], "", machine.within);
    assert.match(out, /^ok {4}kernel {4}attacked on loopback, [\d.]+ ms from the deciding packet to the drop/m);
    assert.equal(machine.run(["nft", "list", "tables"]), "");
  },
);

test("strangers have a rate; keep = true leaves the table at the end", options, async (t) => {
  const scene = await newScene(t, 'mode = "enforce"', "keep = true\nstranger_rate = 1\nstranger_burst = 2");
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(async (i) => scene.knock("udp", GOOD[4], `k${i}`)));
  assert.ok(answers.length === 6);
  await until("it has counted", async () => ((await scene.firewall()).counts.capped ?? 0) >= 3);
  await scene.daemon.kill("SIGTERM");
  assert.match(scene.edge.run(["nft", "list", "tables"]), /inet rempart/);
});
