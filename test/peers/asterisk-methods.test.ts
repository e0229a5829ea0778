/**
 * PRACK, INFO, UPDATE, re-INVITE and MESSAGE through Rempart, in each way of standing in front, before Asterisk as the pages of
 * docs/ configure it and a few lines more (`support/methods.ts`).
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { PhoneOptions } from "../../src/demo/index.ts";
import { H } from "../../src/sip/index.ts";
import { DOMAIN } from "../support/edge.ts";
import { TARGETS, type Target } from "./support/asterisk.ts";
import { dial, type Scene, scene, USERS } from "./support/calls.ts";
import { type End, endOf, eventually, passed } from "./support/ends.ts";
import { type Cell, column, MODES } from "./support/matrix.ts";
import { methodsFiles } from "./support/methods.ts";
import { type Site, startSite } from "./support/site.ts";

const EARLY = `sip:601@${DOMAIN}`;
const KEYS = `sip:602@${DOMAIN}`;
const BOB_BY_ASTERISK = `sip:603@${DOMAIN}`;
const BACK = `sip:700@${DOMAIN}`;
const ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE, PRACK\r\n";
/** RFC 4028: the phone refreshes the session. */
const TIMER = "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
const KEY = "Content-Type: application/dtmf-relay\r\n";

/** A session whose sound comes to `port`. */
const session = (port: number, way = "sendrecv", version = 1): string =>
  `v=0\r\no=phone 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=${way}\r\n`;

const from = (port: number): Partial<PhoneOptions> => ({ session: session(port) });

/** chan_sip knows no PRACK: calls that insist on it are refused, and those that could do it go on without. */
async function withoutPrack({ pbx, phone }: Scene): Promise<void> {
  const alice = await phone("alice-phone");
  const refused = await alice.call(EARLY, "Require: 100rel\r\n").final;
  assert.equal(refused.status, 420);
  assert.match(refused.text, /^Unsupported: 100rel/m);
  const call = alice.call(EARLY, "Supported: 100rel\r\n");
  assert.equal((await call.ringing).has(H.rseq), false);
  assert.equal((await call.final).status, 200);
  assert.deepEqual(endOf(pbx).received("PRACK"), []);
  assert.equal((await call.request("BYE")).status, 200);
}

async function prackToAsterisk({ pbx, phone }: Scene): Promise<void> {
  const alice = await phone("alice-phone");
  const call = alice.call(EARLY, "Require: 100rel\r\n");
  assert.equal((await call.ringing).has(H.rseq), true);
  assert.equal((await call.final).status, 200);
  assert.ok((await passed("PRACK", call.callId, endOf(alice), endOf(pbx))).length > 0);
  assert.equal((await call.request("BYE")).status, 200);
}

async function prackFromAsterisk({ site, pbx, phone }: Scene): Promise<void> {
  const bob = await phone("bob-phone", { policy: "early" });
  await pbx.cli(dial("bob-phone"));
  await eventually("it rings", () => bob.calls.length > 0);
  const [call] = bob.calls;
  const callId = call.invite.need(H.callId);
  // In `edge` one endpoint is all phones, of which some know no PRACK; else his is set to `100rel = required`.
  assert.equal(call.invite.get(site.mode === "edge" ? H.supported : H.require), "100rel");
  await eventually("the 183 is acknowledged", () => endOf(bob).received("PRACK").length > 0);
  assert.equal((await passed("PRACK", callId, endOf(pbx), endOf(bob))).length, 1);
  call.answer();
  await call.confirmed;
  assert.equal((await call.request("BYE")).status, 200);
}

async function prackBetweenPhones({ site, pbx, phone }: Scene): Promise<void> {
  const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone", { policy: "early" })];
  const call = alice.call(bob.aor, "Require: 100rel\r\n");
  await eventually("it rings", () => bob.calls.length > 0);
  await eventually("the 183 is acknowledged", () => endOf(bob).received("PRACK").length > 0);
  const one = bob.calls[0].invite.need(H.callId) === call.callId;
  assert.equal(one, site.mode === "edge", "Asterisk makes two calls of it");
  await eventually("hers too", () => endOf(alice).sent("PRACK").length > 0);
  bob.calls[0].answer();
  assert.equal((await call.final).status, 200);
  assert.ok((await passed("PRACK", call.callId, endOf(alice), endOf(one ? bob : pbx))).length > 0);
  assert.equal((await call.request("BYE")).status, 200);
}

const PRACKS = [prackToAsterisk, prackFromAsterisk, prackBetweenPhones];

/** chan_sip takes no UPDATE but for this. */
const update = (target: Target): string => (target.driver === "pjsip" ? "" : "X-Asterisk-rpid-update: Yes\r\n");

/** Keys by INFO both ways, who is connected by UPDATE, hold and resume by re-INVITE, a session and its timer by UPDATE. */
async function within({ site, pbx, phone }: Scene): Promise<void> {
  const alice = await phone("alice-phone", from(40_010));
  const [her, its] = [endOf(alice), endOf(pbx)];
  const call = alice.call(KEYS, ALLOW + TIMER);
  assert.equal((await call.final).status, 200);
  const { callId } = call;
  await eventually("it listens", () => /Executing \[602@.*Read\(/.test(pbx.log()));
  for (const key of [5, 7]) {
    assert.equal((await call.request("INFO", KEY, `Signal=${key}\r\nDuration=160\r\n`)).status, 200);
  }
  assert.equal((await passed("INFO", callId, her, its, 2)).length, 2);
  await eventually("it has read them", () => /pressed: 57$/m.test(pbx.log()));
  await eventually("it presses two keys", () => her.received("INFO").length >= 2);
  const keys = (await passed("INFO", callId, its, her, 2)).map((m) => /^Signal= ?(\d)/m.exec(m.text)?.[1]);
  assert.deepEqual(keys, ["4", "2"]);
  await eventually("it says who is connected", () => her.received("UPDATE").length > 0);
  assert.match((await passed("UPDATE", callId, its, her))[0].text, /^P-Asserted-Identity: .*4711@/m);
  assert.equal((await call.final).has(H.sessionExpires), true);
  const held = await call.request("INVITE", ALLOW, session(40_010, "sendonly", 2));
  assert.equal(held.status, 200);
  assert.match(held.text, /^a=(recvonly|inactive)\r$/m);
  const resumed = await call.request("INVITE", ALLOW, session(40_010, "sendrecv", 3));
  assert.equal(resumed.status, 200);
  assert.doesNotMatch(resumed.text, /^a=(recvonly|inactive)\r$/m);
  assert.equal((await passed("INVITE", callId, her, its, 3)).length, 3);
  const contact = `Contact: <${alice.contact}>\r\n`;
  const refresh = update(site.target) + contact + TIMER;
  const refreshed = await call.request("UPDATE", refresh, session(40_010, "sendrecv", 4));
  assert.equal(refreshed.status, 200);
  assert.equal(refreshed.has(H.sessionExpires), site.target.driver === "pjsip", "chan_sip knows re-INVITE for it");
  assert.equal((await passed("UPDATE", callId, her, its)).length, 1);
  assert.equal((await call.request("BYE")).status, 200);
}

/** Sound goes from phone to phone: each gets the other's address by re-INVITE; alice by UPDATE from chan_sip. */
async function reinvited({ site, pbx, phone }: Scene): Promise<void> {
  const alice = await phone("alice-phone", from(40_020));
  const bob = await phone("bob-phone", from(40_030));
  const call = alice.call(BOB_BY_ASTERISK, ALLOW);
  assert.equal((await call.final).status, 200);
  const hers = site.target.driver === "pjsip" ? "INVITE" : "UPDATE";
  const told = (end: End, method: string, port: number): boolean =>
    end.received(method).some((m) => m.need(H.to).tag !== "" && m.text.includes(`m=audio ${port} `));
  await eventually("she has his address", () => told(endOf(alice), hers, 40_030));
  await eventually("he has hers", () => told(endOf(bob), "INVITE", 40_020));
  await passed(hers, call.callId, endOf(pbx), endOf(alice));
  await passed("INVITE", bob.calls[0].invite.need(H.callId), endOf(pbx), endOf(bob));
  assert.equal((await bob.calls[0].request("BYE")).status, 200);
  await eventually("hers is over", () => call.over);
}

/** Two phones whose call Rempart alone carries: every method, from either. */
async function betweenPhones({ pbx, phone }: Scene): Promise<void> {
  const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
  const call = alice.call(bob.aor);
  assert.equal((await call.final).status, 200);
  await bob.calls[0].confirmed;
  for (const [one, from, to] of [
    [call, alice, bob],
    [bob.calls[0], bob, alice],
  ] as const) {
    const contact = `Contact: <${from.contact}>\r\n`;
    assert.equal((await one.request("INFO", KEY, "Signal=1\r\nDuration=160\r\n")).status, 200);
    assert.equal((await one.request("UPDATE", contact, session(40_050, "sendrecv", 2))).status, 200);
    assert.equal((await one.request("INVITE", "", session(40_050, "sendonly", 3))).status, 200);
    for (const method of ["INFO", "UPDATE", "INVITE"]) {
      const there = await passed(method, call.callId, endOf(from), endOf(to));
      assert.ok(
        there.some((m) => m.need(H.to).tag !== ""),
        method,
      );
    }
  }
  assert.equal((await call.request("BYE")).status, 200);
  assert.equal(
    endOf(pbx)
      .received("INVITE")
      .filter((m) => m.need(H.callId) === call.callId).length,
    0,
  );
}

function text(to: End): readonly string[] {
  return to.received("MESSAGE").map((m) => m.text.slice(m.bodyStart, m.bodyEnd));
}

async function message({ site, pbx, phone }: Scene): Promise<void> {
  const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
  const [her, his, its] = [endOf(alice), endOf(bob), endOf(pbx)];
  // Bytes arrive as they were sent.
  const words = Buffer.from("hé bob, ça va ?").toString("latin1");
  const sent = await alice.request("MESSAGE", bob.aor, words);
  assert.match(String(sent.status), /^20[02]$/);
  await eventually("bob has it", () => text(his).length > 0);
  assert.deepEqual([...new Set(text(his))], [words]);
  assert.match(his.received("MESSAGE")[0].text, /^From: .*alice-phone@pbx\.example\.org/m);
  const first = site.mode === "relay" ? its : his;
  assert.equal((await passed("MESSAGE", sent.need(H.callId), her, first)).length, 1);
  assert.equal(its.received("MESSAGE").length > 0, site.mode === "relay", "users write each other straight");
  const asked = await alice.request("MESSAGE", BACK, "hello");
  assert.equal((await passed("MESSAGE", asked.need(H.callId), her, its)).length, 1);
  await eventually("it comes back", () => text(her).length > 0);
  assert.deepEqual([...new Set(text(her))], ["back: hello"]);
  const callId = her.received("MESSAGE")[0].need(H.callId);
  assert.equal((await passed("MESSAGE", callId, its, her)).length, 1);
}

type Step = (s: Scene) => Promise<void>;

interface Rows {
  readonly rows: Partial<Record<Cell["scenario"], readonly Step[]>>;
  readonly says: Partial<Record<Cell["scenario"], string>>;
}

/** Rows, each of steps that leave nothing behind for the next one. */
function rowsOf({ mode, target }: Pick<Cell, "mode" | "target">): Rows {
  const between = mode === "edge" ? [betweenPhones] : [];
  const rows = { within: [within, reinvited, ...between], message: [message] };
  if (target.driver === "pjsip") return { rows: { prack: PRACKS, ...rows }, says: {} };
  if (mode !== "edge") return { rows: { prack: [withoutPrack], ...rows }, says: { prack: "420" } };
  return { rows: { prack: [withoutPrack, prackBetweenPhones], ...rows }, says: { prack: "420; phone to phone: yes" } };
}

for (const target of TARGETS) {
  for (const mode of MODES) {
    const open = (t: TestContext) =>
      startSite(t, {
        page: `asterisk-${mode}.md`,
        users: mode === "relay" ? [] : USERS,
        target,
        beyond: (rempart) => methodsFiles({ mode, target }, rempart),
      });
    const run = (steps: readonly Step[]) => async (site: Site, t: TestContext) => {
      for (const step of steps) await scene(step)(site, t);
    };
    const { rows, says } = rowsOf({ mode, target });
    const runs = Object.entries(rows).map(([name, steps]) => [name, run(steps)]);
    column({ mode, target }, open, Object.fromEntries(runs), says);
  }
}
