/** SIPVicious as it comes, called a phone, and writing like one; and who guesses passwords over TCP, TLS and IPv6. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DOMAIN, userOf } from "../../bench/accounts.ts";
import { bansOf, newScene, PORT, startListener, startRempart, WAYS } from "../../bench/shield/scene.ts";
import { ATTACKS, casesOf, scan } from "../../bench/shield/sipvicious.ts";
import { until } from "../support/until.ts";
import { needsNetworks } from "./support/networks.ts";
import { needs } from "./support/programs.ts";
import { openRemote } from "./support/remote-phone.ts";

const networks = needsNetworks();
const skip = networks.skip === false ? needs("svwar", "sipvicious").skip : networks.skip;
const options = { skip, timeout: 90_000 };

const CASES = [
  ...casesOf(ATTACKS, ["none", "agent", "all"], [0]),
  ...casesOf(
    ATTACKS.filter((a) => a.name === "svcrack" || a.name === "svwar REGISTER --force"),
    ["all"],
    [3],
  ),
];

test("SIPVicious learns no account, however it is disguised, and reaches no phone system", options, async (t) => {
  const { attempts, arrived } = await scan(t, { cases: CASES, seconds: 25, kernel: true });
  for (const a of attempts) {
    const what = `${a.name}, disguise ${a.disguise}, a packet each ${a.pace} s: ${a.out}`;
    assert.ok(a.sent > 0 && a.answered > 0, what);
    assert.deepEqual(a.learned, [], what);
    // How it writes is seen in its first packet, whatever it calls itself.
    if (a.disguise !== "all") assert.ok(a.decided.length > 0, what);
  }
  const muted = attempts.filter((a) => a.name === "svcrack" && a.disguise === "none" && a.pace === 0);
  assert.ok(
    muted.length === 1 && muted[0].answered < 30 && muted[0].sent > 10 * muted[0].answered,
    "a trickle is left",
  );
  const cracks = attempts.filter((a) => a.name === "svcrack" && a.disguise === "all" && a.pace === 0);
  assert.deepEqual(cracks[0]?.decided, ["ban wrong-password"]);
  // A challenge and six wrong passwords; what was under way meanwhile on a busy machine.
  assert.ok(cracks[0].answered >= 7 && cracks[0].answered <= 20, `${cracks[0].answered} answers`);
  assert.deepEqual(arrived, []);
});

test("where nobody is kept out, SIPVicious finds the password: the test above could fail", options, async (t) => {
  const attacks = ATTACKS.filter((a) => a.tool === "svcrack");
  const { attempts } = await scan(t, { mode: "observe", cases: casesOf(attacks, ["none"], [0]), seconds: 25 });
  assert.deepEqual(attempts[0].learned, ["2103"], attempts[0].out);
  assert.deepEqual(attempts[0].decided, ["ban wrong-password"], "judged all the same");
});

const GUESSERS = [
  ["tcp", WAYS[4].edge, "198.18.200.7", "198.18.200.7"],
  ["tls", WAYS[4].edge, "198.18.201.7", "198.18.201.7"],
  ["udp", WAYS[6].edge, "2001:db8:200::7", "2001:db8:200::/64"],
  ["tcp", WAYS[6].edge, "2001:db8:201::7", "2001:db8:201::/64"],
  ["tls", WAYS[6].edge, "2001:db8:202::7", "2001:db8:202::/64"],
] as const;

test("wrong passwords over TCP, TLS and IPv6: the sixth bans, and the phone system sees none", options, async (t) => {
  const scene = newScene(t);
  const listener = startListener(t, scene);
  const daemon = await startRempart(t, scene, { accounts: GUESSERS.length });
  const bannedAt = async (source: string): Promise<string | undefined> =>
    (await bansOf(daemon)).find((b) => b.source === source && b.action === "ban")?.reason;
  for (const [i, [transport, host, local, source]] of GUESSERS.entries()) {
    await t.test(`${transport} from ${local}`, async (t) => {
      if (local.includes(":")) scene.internet.run(["ip", "address", "add", `${local}/128`, "dev", "lo", "nodad"]);
      const edge = { host, port: transport === "tls" ? PORT + 1 : PORT };
      const user = userOf(i);
      const o = { name: "guesser", user, domain: DOMAIN, password: "guessed", edge, local, transport, t1: 50 };
      const guesser = await openRemote(t, scene.internet, o);
      // The first REGISTER is a challenge and a try, those after it two tries each.
      for (let n = 0; n < 3; n++) assert.equal(await guesser.register(), 401);
      assert.equal(await bannedAt(source), undefined);
      await guesser.register().catch(() => 0);
      await until("it is banned", async () => (await bannedAt(source)) === "wrong-password");
      await assert.rejects(guesser.register(), "not one packet gets an answer");
    });
  }
  assert.deepEqual(listener.arrived(), []);
});
