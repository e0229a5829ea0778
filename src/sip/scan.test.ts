import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure, LIMITS } from "../base/index.ts";
import { check } from "./check.ts";
import { H } from "./headers/index.ts";
import { inviteText, read, verdict } from "./message.fixture.ts";
import { parseMessage } from "./scan.ts";

const startLines: [string, string][] = [
  ["INVITE sip:bob@example.com SIP/2.0", "ok"],
  ["INVITE sip:bob@example.com sip/2.0", "ok"],
  ["INVITE tel:+4930123456 SIP/2.0", "ok"],
  ["INVITE urn:service:sos SIP/2.0", "ok"],
  ["INVITE sip:bob@example.com SIP/3.0", "SIP_VERSION"],
  ["INVITE sip:bob@example.com SIP/20.0", "SIP_VERSION"],
  ["INVITE  sip:bob@example.com SIP/2.0", "SIP_BAD_START_LINE"],
  ["INVITE sip:bob@example.com  SIP/2.0", "SIP_BAD_START_LINE"],
  ["INVITE sip:bob@example.com SIP/2.0 ", "SIP_BAD_START_LINE"],
  ["INVITE sip:bob@example.com\tSIP/2.0", "SIP_NOT_SIP"],
  ["INVITE sip:bob@exa mple.com SIP/2.0", "SIP_BAD_URI"],
  ["INVITE  SIP/2.0", "SIP_BAD_URI"],
  ["INVITE SIP/2.0", "SIP_NOT_SIP"],
  ["INVITE sip:bob@example.com", "SIP_NOT_SIP"],
  ["INVITE sip:bob@example.com SIP/2", "SIP_NOT_SIP"],
  ["INVITE sip:bob@example.com HTTP/1.1", "SIP_NOT_SIP"],
  ["INV@TE sip:bob@example.com SIP/2.0", "SIP_NOT_SIP"],
  ["", "SIP_NOT_SIP"],
  [" INVITE sip:bob@example.com SIP/2.0", "SIP_NOT_SIP"],
  [`${"M".repeat(LIMITS.method + 1)} sip:bob@example.com SIP/2.0`, "SIP_METHOD_TOO_LONG"],
  ["INVITE bob@example.com SIP/2.0", "SIP_BAD_URI"],
  ["INVITE * SIP/2.0", "SIP_BAD_URI"],
  ["INVITE sip:bob@example.com?Subject=x SIP/2.0", "SIP_URI_HEADERS"],
  [`INVITE sip:${"b".repeat(LIMITS.uri)}@example.com SIP/2.0`, "SIP_URI_TOO_LONG"],
];
for (const [line, expected] of startLines) {
  test(`RFC 3261 7.1: "${line.slice(0, 50)}" is ${expected}`, () =>
    assert.equal(verdict(inviteText({}, line)), expected));
}

const statusLines: [string, string, number][] = [
  ["SIP/2.0 200 OK", "ok", 200],
  ["SIP/2.0 200 ", "ok", 200],
  ["SIP/2.0 200", "ok", 200],
  ["SIP/2.0 699 x", "ok", 699],
  ["SIP/2.0 099 x", "SIP_BAD_STATUS", 0],
  ["SIP/2.0 700 x", "SIP_BAD_STATUS", 0],
  ["SIP/2.0 20 OK", "SIP_BAD_STATUS", 0],
  ["SIP/2.0 2000 OK", "SIP_BAD_STATUS", 0],
  ["SIP/2.0 2x0 OK", "SIP_BAD_STATUS", 0],
  ["SIP/3.0 200 OK", "SIP_VERSION", 200],
  ["SIP/2.0  200 OK", "SIP_BAD_STATUS", 0],
];
for (const [line, expected, status] of statusLines) {
  test(`RFC 3261 7.2: "${line}" is ${expected}`, () => {
    const m = read(inviteText({}, line));
    assert.equal(m.isRequest, false);
    assert.equal(m.status, status);
    assert.equal(m.method, "INVITE");
    const failure = check(m);
    assert.equal(failure?.code ?? "ok", expected);
    assert.equal(failure?.reply ?? 0, 0, "responses are never answered");
  });
}

const headerLines: [string, string, string][] = [
  ["a header without a colon", "Subject\r\n", "SIP_BAD_HEADER"],
  ["a header without a name", ": x\r\n", "SIP_BAD_HEADER"],
  ["a name that is no token", "Sub(ject: x\r\n", "SIP_BAD_HEADER"],
  ["a space inside a name", "Sub ject: x\r\n", "SIP_BAD_HEADER"],
  ["white space before the colon", "Subject \t: x\r\n", "ok"],
  ["a fold before the colon", "Subject\r\n : x\r\n", "SIP_BAD_HEADER"],
  ["a folded value", "Subject: x\r\n y\r\n\tz\r\n", "ok"],
  ["an empty value", "Subject:\r\n", "ok"],
  ["an unknown header of odd characters", "x-!%*+`'~.: \x01\x7f\xff\r\n", "ok"],
  ["a bare LF, which another reader may end a line at", "Subject: x\nRoute: <sip:evil.example>\r\n", "SIP_BAD_LINE"],
  ["a bare CR, which another reader may end a line at", "Subject: x\rRoute: <sip:evil.example>\r\n", "SIP_BAD_LINE"],
  ["two of a header that no proxy relies on", "Subject: x\r\ns: y\r\n", "ok"],
  ["two of one, the same in compact form", "Call-ID: x\r\ni: y\r\n", "SIP_HEADER_TWICE"],
  ["two of a list", "Supported: x\r\nk: y\r\n", "ok"],
  ["a line as long as may be", `Subject: ${"x".repeat(LIMITS.headerLine - 11)}\r\n`, "ok"],
  ["a line that is too long", `Subject: ${"x".repeat(LIMITS.headerLine - 10)}\r\n`, "SIP_HEADER_TOO_LONG"],
  ["as many headers as may be", "z: y\r\n".repeat(LIMITS.headers - 8), "ok"],
  ["too many headers", "z: y\r\n".repeat(LIMITS.headers - 7), "SIP_TOO_MANY_HEADERS"],
];
for (const [name, lines, expected] of headerLines) {
  test(`RFC 3261 7.3: ${name} is ${expected}`, () => {
    assert.equal(verdict(inviteText().replace("Content-Length", `${lines}Content-Length`)), expected);
  });
}

test("RFC 3261 7.3.1: a line that begins with white space directly behind the start line is no header", () => {
  assert.equal(verdict(inviteText().replace("\r\nVia", "\r\n folded\r\nVia")), "SIP_BAD_HEADER");
});

test("RFC 3261 7.5: empty lines before the start line are passed over", () => {
  const m = read(`\r\n\r\n${inviteText()}`);
  assert.equal(check(m), undefined);
  assert.equal(m.start, 4);
  assert.equal(m.uri, "sip:bob@example.com");
});

test("a message cut off anywhere in its headers is refused and still has what came", () => {
  const whole = inviteText();
  const headers = whole.indexOf("\r\n") + 2;
  for (let end = headers; end < whole.length; end++) {
    const code = verdict(whole.slice(0, end));
    assert.ok(code === "SIP_NO_END" || code === "SIP_BAD_HEADER", `${end}: ${code}`);
  }
  assert.equal(read(whole.slice(0, whole.indexOf("Contact"))).need(H.callId), "a84b4c76e66710@192.0.2.1");
});

const bodies: [string, string, string, number][] = [
  ["as long as it says", "4", "body", 4],
  ["shorter than it says", "5", "body", 4],
  ["longer than it says", "3", "body", 3],
  ["none, none said", "0", "", 0],
  ["no word of it: the rest of the datagram", "", "body", 4],
];
for (const [name, length, body, expected] of bodies) {
  test(`RFC 3261 18.3: a body ${name}`, () => {
    const text = inviteText({ "Content-Length": length }, undefined, body);
    const m = read(text);
    assert.equal(m.bodyEnd - m.bodyStart, expected);
    assert.equal(verdict(text), length === "5" ? "SIP_SHORT_BODY" : "ok");
  });
}

for (const length of ["-1", "+4", "4 4", "0x4", "4,4", "99999999999999999999", "four"]) {
  test(`RFC 3261 20.14: Content-Length "${length}" is refused`, () => {
    const text = inviteText({ "Content-Length": length }, undefined, "body");
    assert.equal(verdict(text), "SIP_BAD_CONTENT_LENGTH");
  });
}

test("more than any transport lets through is no message", () => {
  const m = parseMessage(inviteText({}, undefined, "x".repeat(LIMITS.message)));
  assert.ok(isFailure(m));
  assert.equal(m.code, "SIP_TOO_LARGE");
});

test("junk is not answered", () => {
  for (const junk of [
    "",
    "\0",
    "\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "\x16\x03\x01\x02",
    "INVITE",
    "SIP/2.0",
    "SIP/2.0/UDP",
  ]) {
    const m = parseMessage(junk);
    assert.ok(isFailure(m), junk);
    assert.equal(m.reply, 0);
  }
});

test("what was read before does not matter: the bytes of a longer text leave no trace", () => {
  const whole = inviteText();
  for (const end of [
    whole.length - 2,
    whole.length - 3,
    whole.length - 20,
    whole.indexOf("From") + 4,
    whole.indexOf(": 70") + 4,
  ]) {
    const cut = whole.slice(0, end);
    const before = read(cut);
    const values = JSON.stringify([before.spans, before.fault, before.get(H.contact), before.get(H.maxForwards)]);
    for (const filler of [" ", "\t", "\r\n", "\n\r", ":", "x", "7"]) {
      parseMessage(filler.repeat(3000));
      const after = read(cut);
      assert.equal(
        JSON.stringify([after.spans, after.fault, after.get(H.contact), after.get(H.maxForwards)]),
        values,
        filler,
      );
    }
  }
});
