/** What `relay` and `mirror` must do alike, before the Asterisk that docs/asterisk-relay.md and docs/asterisk-mirror.md configure. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PhoneOptions, Softphone } from "../../../src/demo/index.ts";
import { DOMAIN } from "../../support/edge.ts";
import { until } from "../../support/until.ts";
import type { Asterisk } from "./asterisk.ts";
import { startBaresip } from "./baresip.ts";
import type { Site } from "./site.ts";
import { callSteadily, isDown } from "./steady.ts";

export const ECHO = `sip:600@${DOMAIN}`;
export const USERS = ["alice-phone", "bob-phone"] as const;

/** One scenario before a site that others have used and will use. */
export interface Scene {
  readonly site: Site;
  /** Its first phone system: log and requests since the scenario began. */
  readonly pbx: Asterisk;
  /** A phone that is registered; it leaves at the end of the scenario. */
  phone(user: string, more?: Partial<PhoneOptions>): Promise<Softphone>;
  /** Rempart's own words about who is registered. */
  bindings(): Promise<readonly { readonly aor: string; readonly contact: string }[]>;
}

type Scenario = (s: Scene, t: TestContext) => Promise<void>;

/** A scenario for `column`. */
export function scene(run: Scenario): (site: Site, t: TestContext) => Promise<void> {
  return async (site, t) => {
    const phones: Softphone[] = [];
    const phone: Scene["phone"] = async (user, more) => {
      const opened = await site.phone(user, more);
      assert.equal((await opened.register()).status, 200);
      phones.push(opened);
      // In `mirror` that is a moment later, and in `edge` it knows nobody.
      const there = async (): Promise<boolean> =>
        site.mode === "edge" || (await contactsAt(site.pbxs[0], site, user)).length > 0;
      await until(`Asterisk knows ${user}`, there);
      return opened;
    };
    const bindings = async () =>
      (await site.edge.daemon.command("registrations.list", {})) as Awaited<ReturnType<Scene["bindings"]>>;
    const pbx = since(site.pbxs[0]);
    try {
      await run({ site, pbx, phone, bindings }, t);
    } catch (error) {
      t.diagnostic(pbx.log().slice(-12_000));
      t.diagnostic(pbx.log().slice(-12_000));
      throw error;
    } finally {
      // Calls that failed half-way would be found by the next scenario, and phones that left without a word would be rung.
      await pbx.cli("channel request hangup all");
      await Promise.all(phones.map((p) => p.unregister().catch(() => {})));
      await idle(pbx);
    }
  };
}

function since(pbx: Asterisk): Asterisk {
  const logged = pbx.log().length;
  const counted = new Map<string, number>();
  for (const method of ["INVITE", "ACK", "BYE", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY"]) {
    counted.set(method, pbx.received(method).length);
  }
  return {
    ...pbx,
    log: () => pbx.log().slice(logged),
    received: (method) => pbx.received(method).slice(counted.get(method) ?? 0),
  };
}

/** chan_sip adds its port when that is not 5060. */
export const FROM_OUR_DOMAIN = /^From: .*@pbx\.example\.org(:\d+)?>/m;

/** Nothing is left of a call at the phone system. */
export async function idle(pbx: Asterisk): Promise<void> {
  await until("Asterisk has no channel", async () => /^0 active channels/m.test(await pbx.cli("core show channels")));
}

/** The contacts of a user as Asterisk has them. */
export async function contactsAt(pbx: Asterisk, site: Site, user: string): Promise<readonly string[]> {
  if (site.target.driver === "pjsip") {
    // `pjsip show contacts` cuts them to the width of its column.
    const kept = await pbx.cli("database show registrar/contact");
    const own = kept.split("\n").filter((line) => line.startsWith(`/registrar/contact/${user};@`));
    return own.map((line) => /"uri":"([^"]+)"/.exec(line)?.[1] ?? line);
  }
  const kept = await pbx.cli(`database show SIP/Registry/${user}`);
  return [...kept.matchAll(/:(sip:\S+)/g)].map((hit) => hit[1]);
}

/** The other end of a call at the phone system. */
export const dial = (user: string): string => `channel originate Local/${user}@to-phones application Wait 60`;

const echo: Scenario = async ({ site, pbx, phone }, t) => {
  const alice = await startBaresip(t, site.edge, "alice-phone", "udp");
  await alice.command("dial", ECHO);
  await alice.event("CALL_ESTABLISHED");
  await until("she hears herself", async () => {
    const { sent, received } = await alice.packets();
    return sent > 50 && received > 25;
  });
  const invites = pbx.received("INVITE");
  assert.match(invites.at(-1) ?? "", new RegExp(`^From: .*<sip:alice-phone@${DOMAIN}`, "m"));
  await alice.command("hangup");
  await idle(pbx);
  await phone("bob-phone");
};

const voicemail: Scenario = async ({ pbx, phone }) => callVoicemail(await phone("alice-phone"), pbx);

/** Alice calls the phone system's voicemail, which knows who calls. */
export async function callVoicemail(alice: Softphone, pbx: Asterisk): Promise<void> {
  const call = alice.call(`sip:*97@${DOMAIN}`);
  assert.equal((await call.final).status, 200);
  await until("it asks for her password", () => /Playing 'vm-password/.test(pbx.log()));
  assert.match(pbx.log(), /VoiceMailMain\(".*", "alice-phone@default"\)/);
  assert.equal((await call.request("BYE")).status, 200);
}

const fromAsterisk: Scenario = async ({ site, pbx, phone }) => {
  const bob = await phone("bob-phone");
  await pbx.cli("channel originate Local/bob-phone@to-phones application Wait 1");
  await until("it rings", () => bob.calls.length > 0);
  await until("it is confirmed", () => bob.calls[0].state === "confirmed");
  assert.equal(bob.calls[0].invite.uri, bob.contact, "his own contact");
  assert.ok(bob.calls[0].invite.text.includes(`Via: SIP/2.0/UDP ${site.edge.udp};`), "by way of Rempart");
  assert.match(bob.calls[0].invite.text, FROM_OUR_DOMAIN, "he can call back");
  await until("Asterisk hangs up", () => bob.calls[0].state === "ended");
  await idle(pbx);
};

const phoneToPhone: Scenario = async ({ pbx, phone }) => {
  const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
  const call = alice.call(bob.aor);
  assert.equal((await call.final).status, 200);
  await until("it is confirmed", () => bob.calls[0].state === "confirmed");
  assert.equal(bob.calls.length, 1);
  assert.match(await pbx.cli("core show channels"), /^2 active channels/m);
  assert.equal((await bob.calls[0].request("BYE")).status, 200);
  await until("hers is over", () => call.over);
  await idle(pbx);
};

const transfer: Scenario = async ({ pbx, phone }) => {
  const bob = await phone("bob-phone");
  await pbx.cli(dial("bob-phone"));
  await until("bob talks", () => bob.calls[0]?.state === "confirmed");
  await transferToEcho(bob);
  const channels = await pbx.cli("core show channels concise");
  assert.match(channels, /^Local\/.*!from-phones!600!/m, "the one who called him is with the echo");
  assert.doesNotMatch(channels, /^(PJSIP|SIP)\/bob-phone/m, "and he with nobody");
};

/** Attended: bob calls the echo and connects it with the one he talks with. */
export async function transferToEcho(bob: Softphone): Promise<void> {
  const second = bob.call(ECHO);
  const { status, text } = await second.final;
  assert.equal(status, 200);
  // RFC 3891: the dialog as Asterisk sees it; its Call-ID and tags are the same on both sides of Rempart.
  const tag = (header: string): string => new RegExp(`^${header}: .*;tag=([^;\\s]+)`, "m").exec(text)?.[1] ?? "";
  const replaces = encodeURIComponent(`${second.callId};to-tag=${tag("To")};from-tag=${tag("From")}`);
  const referTo = `Refer-To: <${ECHO}?Replaces=${replaces}>\r\nReferred-By: <${bob.aor}>\r\nContact: <${bob.contact}>\r\n`;
  assert.equal((await bob.calls[0].request("REFER", referTo)).status, 202);
  await until("he is told that it went well", () => notified(bob, /SIP\/2.0 200/));
  // As phones do then; Asterisk ends the other one.
  if (bob.calls[0].state !== "ended") await bob.calls[0].request("BYE");
  await until("his second call is over", () => second.over);
}

/** What came by NOTIFY, in a dialog or not. */
function notified(phone: Softphone, what: RegExp): boolean {
  return phone.wire.received.some((m) => m.isRequest && m.method === "NOTIFY" && what.test(m.text));
}

const lamps: Scenario = async ({ site, pbx, phone }) => {
  const alice = await phone("alice-phone");
  const asks = `Event: dialog\r\nAccept: application/dialog-info+xml\r\nExpires: 600\r\nContact: <${alice.contact}>\r\n`;
  assert.equal((await alice.request("SUBSCRIBE", `sip:bob-phone@${DOMAIN}`, "", asks)).status, 200);
  const state = async (): Promise<string> => {
    const hints = await pbx.cli("core show hints");
    return /^bob-phone@\S+\s*:.*State:(\w+)/m.exec(hints)?.[1] ?? hints;
  };
  await until("he is not there", async () => (await state()) === "Unavailable");
  const bob = await phone("bob-phone");
  await until("he is there", async () => (await state()) === "Idle");
  await pbx.cli(dial("bob-phone"));
  await until("he talks", async () => (await state()) === "InUse");
  await until("her lamp is lit", () => notified(alice, /<state>confirmed<\/state>/));
  await pbx.cli("channel request hangup all");
  await until("bob's call is over", () => bob.calls[0].state === "ended");
  const last = (): string => alice.wire.received.filter((m) => m.isRequest && m.method === "NOTIFY").at(-1)?.text ?? "";
  await until("her lamp is out", () => /<state>terminated<\/state>/.test(last()));
  assert.equal((await bob.unregister()).status, 200);
  await until("he has left", async () => (await state()) === "Unavailable");
  assert.deepEqual(await contactsAt(pbx, site, "bob-phone"), []);
};

const notices: Scenario = async ({ pbx, phone }) => {
  const bob = await phone("bob-phone", { policy: 486 });
  // Somebody who speaks: the prompts of the other application are the message.
  await pbx.cli("channel originate Local/bob-phone@to-phones/n application VoiceMailMain");
  await until("it is recorded", () => /Playing 'beep/.test(pbx.log()));
  await sleep(1_500);
  await pbx.cli("channel request hangup all");
  await until("he is told", () => notified(bob, /^Messages-Waiting: yes/m), 10_000);
};

const strangers: Scenario = async ({ site, pbx, phone }) => {
  const own = await phone("alice-phone");
  const relayed = site.mode === "relay";
  const elsewhere = { local: "127.0.0.9" };
  const mallory = await site.phone("mallory", { domain: "elsewhere.example", ...elsewhere });
  const forger = await site.phone("alice-phone", { password: "guessed", ...elsewhere });
  const other = await site.phone("alice-phone", { authUser: "bob-phone", ...elsewhere });
  const route = `Route: <sip:${pbx.at};lr>\r\n`;
  const claim = `P-Asserted-Identity: <sip:alice-phone@${DOMAIN}>\r\n`;
  const bob = `sip:bob-phone@${DOMAIN}`;
  const named = relayed ? 403 : 407;
  const registered = pbx.received("REGISTER").length;
  const tries: readonly [what: string, status: number, tried: () => Promise<{ readonly status: number }>][] = [
    ["a call without a password", 404, () => mallory.call(ECHO).final],
    ["a call in a user's name", named, () => forger.call(ECHO).final],
    ["a call to a user in a user's name", named, () => forger.call(bob).final],
    ["a stranger's own Route", 404, () => mallory.call(ECHO, route).final],
    ["an own Route and no own domain", 403, () => mallory.call(`sip:600@${pbx.at}`, route).final],
    ["a user's foreign domain", 403, () => own.call("sip:600@elsewhere.example").final],
    ["a claimed identity", 404, () => mallory.call(ECHO, claim).final],
    ["a claimed identity in a user's name", named, () => forger.call(ECHO, claim).final],
    ["MESSAGE", 404, () => mallory.request("MESSAGE", ECHO, "hello")],
    ["SUBSCRIBE", 404, () => mallory.request("SUBSCRIBE", ECHO)],
    ["SUBSCRIBE in a user's name", named, () => forger.request("SUBSCRIBE", bob, "", "Event: dialog\r\n")],
  ];
  for (const [what, status, tried] of tries) assert.equal((await tried()).status, status, what);
  // Its own password, and another's name. Asterisk challenges the REGISTER without one, and sees no more.
  const { status } = await other.register();
  assert.equal(status, 403);
  // A call that may: so whatever came before it would be in the log by now, and counting works.
  const call = own.call(ECHO, claim.replace("alice", "bob"));
  assert.equal((await call.final).status, 200);
  assert.equal((await call.request("BYE")).status, 200);
  await until("it is in the log", () => pbx.received("BYE").length > 0);
  assert.equal(pbx.received("REGISTER").length - registered, relayed ? 1 : 0);
  const invites = pbx.received("INVITE");
  assert.equal(new Set(invites.map((m) => /^Call-ID: (\S+)/m.exec(m)?.[1])).size, 1, "one call in all");
  for (const m of invites) assert.doesNotMatch(m, /^P-Asserted-Identity: .*bob/im);
  assert.deepEqual(
    ["MESSAGE", "SUBSCRIBE"].map((method) => pbx.received(method).length),
    [0, 0],
  );
};

const direct: Scenario = async ({ site, pbx, phone }) => {
  const [host, port] = pbx.at.split(":");
  // Another machine's address, the name and even the password of a phone.
  const straight = { edge: { host, port: Number(port) }, local: "127.0.0.9" };
  for (const name of [...USERS, "rempart", "600"]) {
    const opened = await site.phone(name, straight);
    const { status } = await opened.call(`sip:600@${pbx.at}`).final;
    assert.ok(status >= 400 && status < 500, `${name}: ${status}`);
    const registering = await opened.register();
    assert.ok(registering.status >= 400 && registering.status < 500, `${name} registers: ${registering.status}`);
  }
  await until("they are in the log", () => pbx.received("INVITE").length >= 4);
  assert.doesNotMatch(pbx.log(), /Executing \[/);
  const call = (await phone("alice-phone")).call(ECHO);
  assert.equal((await call.final).status, 200);
  await until("the dialplan runs for Rempart", () => /Executing \[600@from-phones:1\]/.test(pbx.log()));
  assert.equal((await call.request("BYE")).status, 200);
};

/** Comes last: the control socket of the first daemon is gone. */
const restart: Scenario = async ({ site, pbx, phone }) => {
  const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
  const call = alice.call(ECHO);
  assert.equal((await call.final).status, 200);
  await pbx.cli(dial("bob-phone"));
  await until("bob talks", () => bob.calls[0]?.state === "confirmed");
  // What a crash may lose: registrations of the last moment (docs/decisions/005).
  await sleep(1_000);
  await site.restart();
  assert.equal((await call.request("BYE")).status, 200, "the phone hangs up");
  await pbx.cli("channel request hangup all");
  await until("Asterisk hangs up", () => bob.calls[0].state === "ended");
  await idle(pbx);
  await pbx.cli(dial("bob-phone"));
  await until("he is still registered", () => bob.calls.length === 2);
  assert.equal((await alice.call(ECHO).final).status, 200, "and she may call");
};

/** Rows of the matrix that are the same in both, in the order in which they run. */
export const COMMON = {
  phone: scene(phoneToPhone),
  voicemail: scene(voicemail),
  "from-asterisk": scene(fromAsterisk),
  transfer: scene(transfer),
  lamps: scene(lamps),
  notices: scene(notices),
  strangers: scene(strangers),
  direct: scene(direct),
  echo: scene(echo),
  restart: scene(restart),
};

/** Alice calls steadily and bob is registered when the phone system that has him dies; gives the one that is left. */
export async function fail(site: Site): Promise<{ readonly survivor: Asterisk; readonly bob: Softphone }> {
  const [alice, bob] = [await site.phone("alice-phone"), await site.phone("bob-phone")];
  for (const phone of [alice, bob]) assert.equal((await phone.register()).status, 200);
  const has = async (pbx: Asterisk): Promise<boolean> => (await contactsAt(pbx, site, "bob-phone")).length > 0;
  const [one, two] = site.pbxs;
  await until("one of them has bob", async () => (await has(one)) !== (await has(two)));
  const [dies, survivor, name] = (await has(one)) ? [one, two, "asterisk-1"] : [two, one, "asterisk-2"];
  const { calls } = await killUnderCalls(site, alice, dies, name);
  assert.ok(calls.length > 150, `${calls.length} calls in 6 s`);
  return { survivor, bob };
}

/** The steady calls of `alice` while a phone system dies; all that it is about is answered in time. */
export async function killUnderCalls(site: Pick<Site, "edge">, alice: Softphone, dies: Asterisk, name: string) {
  const load = callSteadily(alice, ECHO);
  await sleep(2_000);
  const killed = performance.now();
  await dies.kill();
  await until(`${name} is known to be down`, () => isDown(site.edge, name));
  const noticed = performance.now();
  await sleep(killed + 4_000 - performance.now());
  const calls = await load.end();
  assert.ok(noticed - killed < 3_000, `noticed after ${Math.round(noticed - killed)} ms`);
  const lost = calls.filter((c) => c.status !== 200);
  assert.deepEqual(lost, [], "every attempt is answered, also those that began before it was noticed");
  const late = calls.filter((c) => c.at > noticed && c.delay > 1_500);
  assert.deepEqual(late, [], "nobody waits for the dead one once it was noticed");
  return { calls, killed, noticed };
}

/** Bob is known where he has to be, and rings. */
export async function reached(site: Site, at: Asterisk, bob: Softphone): Promise<void> {
  await until("the other one knows bob", async () => (await contactsAt(at, site, "bob-phone")).length === 1, 15_000);
  await at.cli(dial("bob-phone"));
  await until("he rings", () => bob.calls.length === 1);
}
