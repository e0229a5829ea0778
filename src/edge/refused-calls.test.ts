/** A refused INVITE is out of the way at once: what is left of it only absorbs, and repeats its ACK. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, reply } from "../sip/index.ts";
import { ANNA, DOMAIN, inviteText, PBX, type Scene, statuses } from "./host.fixture.ts";
import { registered, scene } from "./relay-mode.fixture.ts";

/** Anna calls, and the phone system asks for her password: the INVITE as it left, and its refusal as it came. */
function asked(): { s: Scene; invite: string; got: Message; refusal: string; heard: Message } {
  const s = scene();
  registered(s);
  const from = `<sip:anna@${DOMAIN}>;tag=caller`;
  const invite = inviteText("600", ANNA, "asked", { from, branch: "asked" });
  s.receive(ANNA, invite);
  const [got] = s.heard(PBX);
  const refusal = reply(got, 401, { toTag: "p", headers: 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n' });
  s.receive(PBX, refusal);
  const [trying, heard] = s.heard(ANNA);
  assert.deepEqual(statuses([trying, heard]), [100, 401]);
  return { s, invite, got, refusal, heard };
}

const ackTo = (invite: string, { text }: Message): string => {
  const to = /^To: .*$/m.exec(text)?.[0] ?? "";
  return invite
    .replace(/^INVITE/, "ACK")
    .replace("1 INVITE", "1 ACK")
    .replace(/^To: .*$/m, to.trimEnd());
};

test("RFC 3261 17.1.1.2: the client transaction is gone, and a repeated refusal is ACKed again and not told again", () => {
  const { s, refusal } = asked();
  assert.deepEqual(
    s.heard(PBX).map((m) => m.method),
    ["ACK"],
  );
  assert.equal(s.core.transactions.size, 1, "the server transaction alone waits for its ACK");
  s.receive(PBX, refusal);
  assert.deepEqual(
    s.heard(PBX).map((m) => m.method),
    ["ACK"],
  );
  assert.deepEqual(s.heard(ANNA), []);
  s.pass(33_000);
  s.receive(PBX, refusal);
  assert.deepEqual(s.heard(PBX), [], "timer D is over");
});

test("RFC 3261 17.2.1: once the ACK is there, INVITE and ACK are absorbed, and nothing is live", () => {
  const { s, invite, heard } = asked();
  s.heard(PBX);
  s.receive(ANNA, ackTo(invite, heard));
  assert.equal(s.core.transactions.size, 0);
  for (const text of [invite, ackTo(invite, heard), invite]) s.receive(ANNA, text);
  assert.deepEqual([s.heard(PBX), s.heard(ANNA)], [[], []]);
  s.pass(1_000);
  assert.deepEqual(s.heard(ANNA), [], "timer G is over");
});

test("RFC 3261 17.2.1: without an ACK the refusal goes out again", () => {
  const { s, invite } = asked();
  s.pass(600);
  assert.deepEqual(statuses(s.heard(ANNA)), [401]);
  s.receive(ANNA, invite);
  assert.deepEqual(statuses(s.heard(ANNA)), [401]);
});
