import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { check } from "./check.ts";
import { H, HEADERS } from "./headers/index.ts";
import { inviteText, read, verdict } from "./message.fixture.ts";

const changes: [string, Record<string, string>, string][] = [
  ["RFC 3261 8.1.1: all there", {}, "ok"],
  ["RFC 3261 8.1.1: Via must be there", { Via: "" }, "SIP_NO_VIA"],
  ["RFC 3261 8.1.1: From must be there", { From: "" }, "SIP_NO_FROM"],
  ["RFC 3261 8.1.1: To must be there", { To: "" }, "SIP_NO_TO"],
  ["RFC 3261 8.1.1: Call-ID must be there", { "Call-ID": "" }, "SIP_NO_CALL_ID"],
  ["RFC 3261 8.1.1: CSeq must be there", { CSeq: "" }, "SIP_NO_CSEQ"],
  ["RFC 3261 16.3.3: Max-Forwards may be missing", { "Max-Forwards": "" }, "ok"],
  ["RFC 3261 20.22: Max-Forwards 255", { "Max-Forwards": "255" }, "ok"],
  ["RFC 3261 20.22: Max-Forwards 256", { "Max-Forwards": "256" }, "SIP_BAD_MAX_FORWARDS"],
  ["RFC 3261 20.22: Max-Forwards -1", { "Max-Forwards": "-1" }, "SIP_BAD_MAX_FORWARDS"],
  ["RFC 3261 8.1.1.5: CSeq below 2^31", { CSeq: "2147483647 INVITE" }, "ok"],
  ["RFC 3261 8.1.1.5: CSeq of 2^31", { CSeq: "2147483648 INVITE" }, "SIP_BAD_CSEQ"],
  ["RFC 3261 8.1.1.5: CSeq of another method", { CSeq: "1 OPTIONS" }, "SIP_CSEQ_METHOD"],
  ["RFC 3261 7.1: methods are compared with case", { CSeq: "1 invite" }, "SIP_CSEQ_METHOD"],
  ["RFC 3261 8.1.1.7: the cookie alone is no branch", { Via: "SIP/2.0/UDP a;branch=z9hG4bK" }, "SIP_BAD_BRANCH"],
  ["RFC 3261 8.1.1.7: no branch is RFC 2543's", { Via: "SIP/2.0/UDP a" }, "ok"],
  ["every Via is read, the last of a line too", { Via: "SIP/2.0/UDP a, SIP/2.0/UDP b;;" }, "SIP_BAD_VIA"],
  ["a Via list with nothing behind its comma", { Via: "SIP/2.0/UDP a," }, "SIP_BAD_VIA"],
  ["every Contact is read", { Contact: "<sip:a@b>, <sip:>" }, "SIP_BAD_URI"],
  ["Contact *", { Contact: "*" }, "ok"],
  ["RFC 4475 3.1.2.13: a Contact with ? and without <>", { Contact: "sip:a@b?x=y" }, "SIP_BAD_URI"],
  ["two From values in one line", { From: "<sip:a@b>;tag=1, <sip:c@d>;tag=2" }, "SIP_BAD_ADDRESS"],
  ["a tag that stands twice", { From: "<sip:a@b>;tag=1;tag=2" }, "SIP_BAD_TAG"],
  ["as many Vias as may be", { Via: Array(LIMITS.vias).fill("SIP/2.0/UDP a;branch=b").join(", ") }, "ok"],
  [
    "too many Vias",
    {
      Via: Array(LIMITS.vias + 1)
        .fill("SIP/2.0/UDP a;branch=b")
        .join(", "),
    },
    "SIP_TOO_MANY_VIAS",
  ],
];
for (const [name, change, expected] of changes) {
  test(`${name}: ${expected}`, () => {
    const m = read(inviteText(change));
    const failure = check(m);
    assert.equal(failure?.code ?? "ok", expected);
    if (failure !== undefined) assert.equal(failure.reply, 400);
    // Reading changes nothing: a second look says the same.
    assert.equal(check(m)?.code ?? "ok", expected);
  });
}

test("a fault says where it is", () => {
  const m = read(inviteText({ CSeq: "x INVITE" }));
  const failure = check(m);
  assert.equal(failure?.place, "header/cseq");
  assert.equal(m.text.slice(failure?.at).slice(0, 8), "x INVITE");
});

test("an unknown scheme, an unknown method and an unknown header are no faults of syntax", () => {
  assert.equal(verdict(inviteText({ CSeq: "1 DANCE", "X-Y": "," }, "DANCE nowhere:x SIP/2.0")), "ok");
});

test("what check has read is what get gives", () => {
  const m = read(inviteText());
  check(m);
  assert.equal(m.need(H.from), m.get(H.from));
  assert.equal(m.need(H.via).branch, "z9hG4bK776asdhds");
  assert.equal(m.need(H.callId), "a84b4c76e66710@192.0.2.1");
  assert.equal(m.need(H.maxForwards), 70);
});

/** A sound message with the line twice. */
function doubled(name: string, method: string, status = 0): string {
  const start = status === 0 ? `${method} sip:bob@example.com SIP/2.0` : `SIP/2.0 ${status} OK`;
  const whole = inviteText({ CSeq: `1 ${method}`, Expires: "60", "Max-Breadth": "60" }, start);
  const value = new RegExp(`^${name}: (.*)\r`, "m").exec(whole)?.[1] ?? "x";
  const line = `${name}: ${value}\r\n`;
  return whole.replace(/\r\n\r\n$/, whole.includes(line) ? `\r\n${line}\r\n` : `\r\n${line}${line}\r\n`);
}

const RELIED = ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Max-Breadth", "Content-Length"];
for (const h of HEADERS.filter((row) => !row.list)) {
  const refused = RELIED.includes(h.name) ? "SIP_HEADER_TWICE" : "ok";
  const registering = h.name === "Expires" ? "SIP_HEADER_TWICE" : refused;
  test(`RFC 3261 16.3 item 1: two lines of ${h.name}: ${refused}, in a REGISTER ${registering}`, () => {
    assert.equal(verdict(doubled(h.name, "INVITE")), refused);
    assert.equal(verdict(doubled(h.name, "REGISTER")), registering);
    assert.equal(verdict(doubled(h.name, "INVITE", 200)), refused, "in a response");
  });
}
