/**
 * `rempart watch` beside real Asterisk, both in one network namespace, with the kernel: who guesses is kept out as the rules say, whoever is honest
 * passes, and `why` shows the lines of the log.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { passwordOf } from "../../bench/accounts.ts";
import { AT, newScene, PORT, type Scene, WAYS } from "../../bench/shield/scene.ts";
import { ATTACKS, attack, USERS } from "../../bench/shield/sipvicious.ts";
import { controlSocket } from "../../src/config/index.ts";
import { startWatchProgram } from "../support/child.ts";
import { mustLoad, scratch, sendCommand } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { startAsterisk, TARGETS, type Target, titleOf } from "./support/asterisk.ts";
import { needsTree } from "./support/debian.ts";
import { needsNetworks } from "./support/networks.ts";
import { needs } from "./support/programs.ts";
import { openRemote, type RemotePhone } from "./support/remote-phone.ts";

const skips = [needsNetworks().skip, needsTree().skip, needs("svwar", "sipvicious").skip];
const options = { skip: skips.find((skip) => skip !== false) ?? false, timeout: 180_000 };

const PBX = { host: WAYS[4].edge, port: PORT };
const DOMAIN = "pbx.example.org";
const PHONES = ["anna", "bert", "carl"];

interface Site {
  readonly scene: Scene;
  readonly target: Target;
  command(name: string, args?: unknown): Promise<unknown>;
  phone(
    t: TestContext,
    user: string,
    local: string,
    more?: { password?: string; transport?: "tcp" },
  ): Promise<RemotePhone>;
}

const AMI = 5_039;
const MANAGER = {
  "manager.conf": `[general]\nenabled=yes\nbindaddr=127.0.0.1\nport=${AMI}\n[rempart]\nsecret=a long secret of the manager\nread=security,system\n`,
};

/** What each of its users is for Asterisk. */
function filesOf({ driver }: Target): Record<string, string> {
  const users = [...USERS, ...PHONES];
  const pjsip = users.map(
    (user) =>
      `[${user}]\ntype=endpoint\ncontext=none\nauth=${user}\naors=${user}\ndisallow=all\nallow=alaw\n` +
      `[${user}]\ntype=auth\nauth_type=userpass\nusername=${user}\npassword=${passwordOf(user)}\n[${user}]\ntype=aor\nmax_contacts=5\n`,
  );
  const ways = ["udp", "tcp"].map((p) => `[${p}]\ntype=transport\nprotocol=${p}\nbind=${PBX.host}:${PBX.port}\n`);
  const peers = users.map((user) => `[${user}]\ntype=friend\nhost=dynamic\ncontext=none\nsecret=${passwordOf(user)}\n`);
  const general = `[general]\nudpbindaddr=${PBX.host}:${PBX.port}\ntcpenable=yes\ntcpbindaddr=${PBX.host}:${PBX.port}\nallowguest=no\n`;
  return {
    ...(driver === "pjsip"
      ? { "pjsip.conf": [...ways, ...pjsip].join("\n") }
      : { "sip.conf": [general, ...peers].join("\n") }),
    "extensions.conf": "[none]\n",
    "voicemail.conf": "[general]\n",
    "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error,security\n",
  };
}

async function startSite(t: TestContext, target: Target, o: { watch?: string; manager?: true } = {}): Promise<Site> {
  const scene = newScene(t);
  const within = scene.edge.within;
  const pbx = await startAsterisk(t, {
    ...target,
    port: PORT,
    files: { ...filesOf(target), ...MANAGER },
    trace: false,
    within,
  });
  const folder = scratch(t);
  const config = join(folder, "rempart.toml");
  const log = join(pbx.folder, "../log/full");
  writeFileSync(join(folder, "secret"), "a long secret of the manager\n", { mode: 0o600 });
  const source = o.manager
    ? `[watch.manager]\nport = ${AMI}\nuser = "rempart"\nsecret_file = "secret"\n`
    : `[[watch.log]]\npath = "${log}"\n`;
  const watch = `[watch]\nasterisk = "${pbx.folder}"\n${o.watch ?? ""}${source}`;
  writeFileSync(config, `state = "state"\nmode = "enforce"\n[log]\nlevel = "warn"\n${watch}`);
  await startWatchProgram(t, config, within);
  const path = controlSocket(mustLoad(config));
  const command = (name: string, args: unknown = {}): Promise<unknown> => sendCommand(path, name, args);
  const status = async () =>
    (await command("status")) as {
      firewall: { state: string };
      watch: { findings: { code: string }[]; ports: string[] };
    };
  await until("the kernel enforces", async () => (await status()).firewall.state === "on", 20_000);
  const { findings, ports } = (await status()).watch;
  assert.deepEqual(
    [findings.filter((f) => f.code !== "WATCH_FAIL2BAN"), ports.slice(0, 2)],
    [[], [`${PORT}/udp`, `${PORT}/tcp`]],
  );
  const phone: Site["phone"] = (t, user, local, { password = passwordOf(user), transport } = {}) =>
    openRemote(t, scene.internet, {
      name: user,
      user,
      domain: DOMAIN,
      password,
      edge: PBX,
      local,
      transport: transport ?? "udp",
      t1: 50,
    });
  return { scene, target, command, phone };
}

interface Told {
  readonly source: string;
  readonly action: string;
  readonly reason: string;
}

async function doneTo({ command }: Site, source: string): Promise<string[]> {
  const { bans } = (await command("bans.list")) as { bans: readonly Told[] };
  return bans.filter((b) => b.source === source).map((b) => `${b.action} ${b.reason}`);
}

async function standing({ command }: Site): Promise<number> {
  return ((await command("status")) as { shield: { standing: number } }).shield.standing;
}

for (const target of TARGETS) {
  test(`beside ${titleOf(target)}`, options, async (t) => {
    const site = await startSite(t, target);
    const refused = target.driver === "pjsip" ? 401 : 403;

    await t.test("honest phones pass, also one with a wrong password now and then", async (t) => {
      const anna = await site.phone(t, "anna", AT.registering);
      assert.equal(await anna.register(), 200);
      const bad = await site.phone(t, "bert", AT.calling, { password: "mistyped" });
      for (let i = 0; i < 2; i++) assert.equal(await bad.register(), refused);
      const good = await site.phone(t, "bert", AT.calling);
      assert.equal(await good.register(), 200);
      await until("both have standing", async () => (await standing(site)) === 2);
      assert.deepEqual(await doneTo(site, AT.calling), []);
    });

    await t.test("who guesses over TCP is banned by the kernel with the sixth, and why shows the lines", async (t) => {
      const local = "198.18.10.7";
      const guesser = await site.phone(t, "carl", local, { password: "guess", transport: "tcp" });
      // PJSIP: the first REGISTER is a challenge and a try, those after it two tries each; chan_sip ends at the first wrong one.
      for (let i = 0; i < (target.driver === "pjsip" ? 3 : 5); i++) assert.equal(await guesser.register(), refused);
      const latest = async () => ((await site.command("why", { name: local })) as { latest: unknown[] }).latest;
      await until("five are read", async () => (await latest()).length === 5);
      assert.deepEqual(await doneTo(site, local), []);
      await guesser.register().catch(() => 0);
      await until("it is banned", async () => (await doneTo(site, local)).join() === "ban wrong-password");
      const kernel = (): string => site.scene.edge.run(["nft", "list", "set", "inet", "rempart", "ban4"]);
      await until("the kernel has it", () => kernel().includes(local));
      await assert.rejects(guesser.register(), "not one packet gets an answer");
      const why = async () =>
        (await site.command("why", { name: local })) as {
          entries: { evidence: { message: string; account: string }[] }[];
        };
      await until("it is stored", async () => (await why()).entries[0].evidence.length >= 6);
      const shown = (await why()).entries[0].evidence.filter((e) => e.message !== "");
      assert.ok(
        shown.length >= 3 && shown.every((e) => e.message.includes(local) && e.message.includes("carl")),
        JSON.stringify(shown),
      );
    });

    await t.test("an honest phone behind the address of one that is broken goes on", async (t) => {
      const broken = await site.phone(t, "carl", AT.registering, { password: "old" });
      for (let i = 0; i < 15; i++) assert.equal(await broken.register(), refused);
      const anna = await site.phone(t, "anna", AT.registering);
      for (let i = 0; i < 3; i++) assert.equal(await anna.register(), 200);
      const { bans } = (await site.command("bans.list")) as { bans: readonly (Told & { enforced: boolean })[] };
      assert.ok(
        bans.every((b) => b.source !== AT.registering || !b.enforced),
        JSON.stringify(bans),
      );
    });

    await t.test("who asks for users that do not exist is banned with the fifth", async (t) => {
      const local = "198.18.11.7";
      for (const user of ["3001", "3002", "3003", "3004", "3005"]) {
        const asking = await site.phone(t, user, local, { password: "any", transport: "tcp" });
        await asking.register().catch(() => 0);
      }
      await until("it is banned", async () => (await doneTo(site, local)).join() === "ban unknown-users");
    });

    // chan_sip logs the nonce that it gave: who answers it has received it, so that is proof.
    const verdict = target.driver === "pjsip" ? "mute wrong-password" : "ban wrong-password";
    await t.test(`SIPVicious guessing over UDP: ${verdict}, and it learns no password`, async (t) => {
      const source = "198.18.20.7";
      const { out, sent, answered } = await crack(t, site, source, 20, verdict);
      assert.doesNotMatch(out, new RegExp(passwordOf(USERS[0])), out);
      assert.ok(sent > 0 && answered < 40, `${answered} answers to ${sent}`);
      assert.equal((await doneTo(site, source)).join(), verdict, "and nothing else");
    });

    await t.test("svwar gives up after a challenge, and learns no account", async (t) => {
      for (const [i, a] of ATTACKS.filter((a) => a.tool === "svwar").entries()) {
        const source = `198.18.30.${i + 1}`;
        const { out } = await attack(t, site.scene, a, { source, disguise: "none", pace: 0, seconds: 10 });
        for (const user of USERS)
          assert.doesNotMatch(out, new RegExp(`\\b${user}\\b.*\\breqauth\\b`), `${a.name}: ${out}`);
      }
    });
  });
}

/** SIPVicious guesses a password; it is kept out as `verdict` says while it does. */
async function crack(t: TestContext, site: Site, source: string, seconds: number, verdict: string) {
  const svcrack = ATTACKS.find((a) => a.tool === "svcrack");
  assert.ok(svcrack);
  const done = attack(t, site.scene, svcrack, { source, disguise: "none", pace: 0, seconds });
  done.catch(() => {});
  await until(`${source}: ${verdict}`, async () => (await doneTo(site, source)).join() === verdict, 1_000 * seconds);
  return done;
}

test('udp_evidence = "ban": SIPVicious over UDP is silent after a few', options, async (t) => {
  const site = await startSite(t, TARGETS[0], { watch: 'udp_evidence = "ban"\n' });
  const { out, answered } = await crack(t, site, "198.18.20.7", 10, "ban wrong-password");
  assert.doesNotMatch(out, new RegExp(passwordOf(USERS[0])), out);
  assert.ok(answered >= 6 && answered < 40, `${answered} answers`);
});

test("by the manager interface alone: standing and bans as by the log", options, async (t) => {
  const site = await startSite(t, TARGETS[0], { manager: true });
  const anna = await site.phone(t, "anna", AT.registering);
  assert.equal(await anna.register(), 200);
  await until("it has standing", async () => (await standing(site)) === 1);
  const local = "198.18.10.7";
  const guesser = await site.phone(t, "carl", local, { password: "guess", transport: "tcp" });
  for (let i = 0; i < 4; i++) await guesser.register().catch(() => 0);
  await until("it is banned", async () => (await doneTo(site, local)).join() === "ban wrong-password");
  const story = JSON.stringify(await site.command("why", { name: local }));
  assert.match(story, /Event: ChallengeResponseFailed/);
  assert.doesNotMatch(story, /Response: /);
});
