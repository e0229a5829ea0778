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

async function startSite(t: TestContext, target: Target, more = ""): Promise<Site> {
  const scene = newScene(t);
  const within = scene.edge.within;
  const pbx = await startAsterisk(t, { ...target, port: PORT, files: filesOf(target), trace: false, within });
  const folder = scratch(t);
  const config = join(folder, "rempart.toml");
  const log = join(pbx.folder, "../log/full");
  const watch = `[watch]\nasterisk = "${pbx.folder}"\n${more}[[watch.log]]\npath = "${log}"\n`;
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
      await until("both have standing", async () => {
        const { shield } = (await site.command("status")) as { shield: { standing: number } };
        return shield.standing === 2;
      });
      assert.deepEqual(await doneTo(site, AT.calling), []);
    });

    await t.test("who guesses over TCP is banned by the kernel with the sixth, and why shows the lines", async (t) => {
      const local = "198.18.10.7";
      const guesser = await site.phone(t, "carl", local, { password: "guess", transport: "tcp" });
      // PJSIP: the first REGISTER is a challenge and a try, those after it two tries each; chan_sip ends at the first wrong one.
      for (let i = 0; i < (target.driver === "pjsip" ? 3 : 5); i++) assert.equal(await guesser.register(), refused);
      t.diagnostic(
        JSON.stringify(
          ((await site.command("why", { name: local })) as any).latest.map((f: any) => [
            f.kind,
            f.at % 100000,
            f.reference,
            f.message.slice(0, 120),
          ]),
        ),
      );
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

    await t.test(
      "SIPVicious over UDP is slowed down to a trickle, learns no password, and is not banned: it may be forged",
      async (t) => {
        const svcrack = ATTACKS.find((a) => a.tool === "svcrack");
        assert.ok(svcrack);
        const source = "198.18.20.7";
        const done = attack(t, site.scene, svcrack, { source, disguise: "none", pace: 0, seconds: 20 });
        await until("it is muted", async () => (await doneTo(site, source)).join() !== "", 15_000);
        t.diagnostic((await doneTo(site, source)).join());
        const { out, sent, answered } = await done;
        assert.doesNotMatch(out, new RegExp(passwordOf(USERS[0])), out);
        assert.ok(sent > 0 && answered < 40, `${answered} answers to ${sent}`);
        assert.ok(!(await doneTo(site, source)).join().includes("ban"));
      },
    );

    await t.test("svwar learns no account", async (t) => {
      for (const [i, a] of ATTACKS.filter((a) => a.tool === "svwar").entries()) {
        const source = `198.18.30.${i + 1}`;
        const { out } = await attack(t, site.scene, a, { source, disguise: "none", pace: 0, seconds: 10 });
        t.diagnostic(
          JSON.stringify(
            ((await site.command("why", { name: source })) as any).latest.map((f: any) => [
              f.kind,
              f.account,
              f.message.slice(0, 120),
            ]),
          ),
        );
        t.diagnostic(`${a.name}: ${(await doneTo(site, source)).join() || "nothing"}`);
        for (const user of USERS)
          assert.doesNotMatch(out, new RegExp(`\\b${user}\\b.*\\breqauth\\b`), `${a.name}: ${out}`);
      }
    });
  });
}

test('udp_evidence = "ban": SIPVicious over UDP is silent after a few', options, async (t) => {
  const target = TARGETS[0];
  const site = await startSite(t, target, 'udp_evidence = "ban"\n');
  const svcrack = ATTACKS.find((a) => a.tool === "svcrack");
  assert.ok(svcrack);
  const source = "198.18.20.7";
  const { out, answered } = await attack(t, site.scene, svcrack, { source, disguise: "none", pace: 0, seconds: 10 });
  assert.deepEqual(await doneTo(site, source), ["ban wrong-password"]);
  assert.doesNotMatch(out, new RegExp(passwordOf(USERS[0])), out);
  assert.ok(answered >= 6 && answered < 40, `${answered} answers`);
});
