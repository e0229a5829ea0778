/** What goes back to who may have forged his address: decision 024. The fuzzer holds every play against it (fuzz/edge-echo.ts). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, parseMessage } from "../sip/index.ts";
import { replyWithin } from "./allowance.ts";
import { DOMAIN, newScene, requestText, STRANGER, statuses } from "./host.fixture.ts";

const uri = `sip:${DOMAIN}`;
const whom = `<sip:anna@${DOMAIN}>`;
const REGISTER = requestText({ method: "REGISTER", uri, at: STRANGER, from: `${whom};tag=1`, to: whom, callId: "c" });
const LINES = "WWW-Authenticate: Digest first\r\nWWW-Authenticate: Digest second\r\n";

for (const [what, lines, room, found] of [
  ["all of it", LINES, 1_000, ["first", "second"]],
  ["just all of it", LINES, LINES.length, ["first", "second"]],
  ["one byte less: the last line goes", LINES, LINES.length - 1, ["first"]],
  ["no room for a line: a demand without a way is none", LINES, 10, undefined],
  ["not even the rest has room", "", -1, undefined],
] as const) {
  test(`an answer within a bound: ${what}`, () => {
    const m = parseMessage(REGISTER) as Message;
    const about = { toTag: "t" };
    const rest = replyWithin(m, 200, "", about, 10_000).length;
    const text = replyWithin(m, 401, lines, about, rest + "Unauthorized".length - "OK".length + room);
    if (found === undefined) return assert.equal(text, "");
    const all = (parseMessage(text) as Message).text.match(/(?<=Digest )\w+/g);
    assert.deepEqual(all ?? [], found);
  });
}

test("a REGISTER as short as it may be gets both ways to log in; a shorter question than any answer gets none", () => {
  const s = newScene({ users: ["anna"] });
  s.receive(STRANGER, REGISTER);
  const [asked] = s.heard(STRANGER);
  const ways = asked.all(H.wwwAuthenticate);
  assert.equal(Array.isArray(ways) && ways.length, 2);
  const short = `OPTIONS sip:x@x SIP/2.0\r\nVia:SIP/2.0/UDP x;branch=z9hG4bK1\r\nf:<sip:y@y>;tag=1\r\nt:<sip:x@x>\r\ni:1\r\nCSeq:1 OPTIONS\r\nMax-Forwards:70\r\n\r\n`;
  s.receive(STRANGER, short);
  for (const { text } of s.taken()) assert.ok(text.length <= 2 * short.length, text);
});

test("a stranger's call: ringing gives way to the answer, and the answer is not repeated beyond what he sent", () => {
  const s = newScene({ users: ["bert"], bound: [["bert", "203.0.113.9:40000"]] });
  const to = `<sip:bert@${DOMAIN}>`;
  const invite = { method: "INVITE", uri: `sip:bert@${DOMAIN}`, at: STRANGER, from: "<sip:x@y.example>;tag=1", to };
  const text = requestText({ ...invite, callId: "i" });
  s.receive(STRANGER, text);
  let back = 0;
  for (let i = 0; i < 12; i++) {
    s.pass(4_000);
    for (const sent of s.taken()) if (sent.to === STRANGER) back += sent.text.length;
  }
  assert.ok(back > 0 && back <= 2 * text.length, `${back} bytes for ${text.length}`);
});

test("who has shown a password, speaks over TCP or is a trunk hears all", () => {
  const trunks = [{ name: "carrier", addresses: ["198.51.100.7"], transport: "" as const, fromDomain: "" }];
  const short = requestText({
    method: "FOO",
    uri: `sip:nobody@${DOMAIN}`,
    at: STRANGER,
    from: "<sip:x@y>;tag=1",
    to: "<sip:x@y>",
    callId: "f",
  });
  for (const options of [{ trunks }, { streams: [STRANGER] }]) {
    const s = newScene(options);
    s.receive(STRANGER, short);
    assert.equal(statuses(s.heard(STRANGER)).length, 1);
    assert.equal(s.core.counters.unanswered, 0);
  }
});
