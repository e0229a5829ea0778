import assert from "node:assert/strict";
import { test } from "node:test";
import { assertLinear } from "../../test/support/linear.ts";
import { Failure, LIMITS } from "../base/index.ts";
import { isKeepAlive, StreamFramer } from "./framer.ts";
import { inviteText } from "./message.fixture.ts";

/** All that a framer gives for these bytes in pieces of `size`; a Failure as its code. */
function frames(stream: string, size = stream.length): string[] {
  const bytes = Buffer.from(stream, "latin1");
  const framer = new StreamFramer();
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    // The caller's buffer is his again after the loop below.
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    framer.push(chunk);
    for (let text = framer.next(); text !== undefined; text = framer.next()) {
      if (text instanceof Failure) return [...out, text.code];
      out.push(text);
    }
    chunk.fill(0x58);
  }
  return out;
}

const a = inviteText({}, undefined, "body with \r\n\r\n inside\xff\0");
const b = inviteText({ "Content-Length": "", l: "0" }, "OPTIONS sip:h SIP/2.0");
const folded = inviteText({ "Content-Length": "\r\n 4 ", Subject: "x\r\n Content-Length: 9" }, undefined, "body");

const streams: [string, string, string[]][] = [
  ["one message", a, [a]],
  ["two, the second with the compact form", a + b, [a, b]],
  ["three at once", b + a + b, [b, a, b]],
  ["a folded length, and a fold that looks like one", folded + b, [folded, b]],
  ["RFC 5626 4.4.1: a keep-alive", "\r\n\r\n", [""]],
  ["keep-alives between messages", `${a}\r\n\r\n\r\n\r\n${b}`, [a, "", "", b]],
  ["RFC 3261 7.5: a single empty line before a message", `\r\n${a}\r\n${b}`, [a, b]],
  ["a keep-alive and an empty line", `\r\n\r\n\r\n${b}`, ["", b]],
  ["half a message", a.slice(0, -1), []],
  ["RFC 3261 18.3: no Content-Length", inviteText({ "Content-Length": "" }), ["SIP_NO_LENGTH"]],
  ["RFC 4475 3.1.2.3: a negative Content-Length", inviteText({ "Content-Length": "-9" }), ["SIP_BAD_CONTENT_LENGTH"]],
  ["RFC 4475 3.3.9: two of them", inviteText({ l: "0" }), ["SIP_BAD_CONTENT_LENGTH"]],
  ["a good message before a bad", a + inviteText({ "Content-Length": "x" }) + b, [a, "SIP_BAD_CONTENT_LENGTH"]],
  ["not SIP: a TLS hello", "\x16\x03\x01\x02\0", ["SIP_NOT_SIP"]],
  ["not SIP: a bare CR", "\rINVITE", ["SIP_NOT_SIP"]],
  ["not SIP: a bare LF", "\nINVITE", ["SIP_NOT_SIP"]],
  ["headers without an end", `INVITE sip:h SIP/2.0\r\n${"a: b\r\n".repeat(12_000)}`, ["SIP_TOO_LARGE"]],
  ["a line without an end", "x".repeat(LIMITS.message + 1), ["SIP_TOO_LARGE"]],
];
for (const [name, stream, expected] of streams) {
  test(`framer: ${name}, in any pieces`, () => {
    const sizes =
      stream.length > 5000 ? [1000, 4096, stream.length] : Array.from({ length: stream.length }, (_, i) => i + 1);
    for (const size of sizes) assert.deepEqual(frames(stream, size), expected, `pieces of ${size}`);
  });
}

test("limits before memory: a length that does not fit is refused before a byte of the body came", () => {
  const head = (length: number): string => inviteText({ "Content-Length": String(length) });
  const room = LIMITS.message - head(10_000).length;
  assert.deepEqual(frames(head(room)), []);
  assert.deepEqual(frames(head(room + 1)), ["SIP_TOO_LARGE"]);
  assert.deepEqual(frames(head(4_000_000_000)), ["SIP_TOO_LARGE"]);
  const whole = head(room) + "x".repeat(room);
  assert.deepEqual(frames(whole, 1460), [whole]);
});

test("pending counts what no next has given out; after a Failure nothing is held", () => {
  const framer = new StreamFramer();
  framer.push(Buffer.from(`${b}INV`, "latin1"));
  assert.equal(framer.pending, b.length + 3);
  assert.equal(framer.next(), b);
  assert.equal(framer.next(), undefined);
  assert.equal(framer.pending, 3);
  framer.push(Buffer.from("ITE sip:h SIP/2.0\r\nl: x\r\n\r\n"));
  const first = framer.next();
  assert.ok(first instanceof Failure);
  assert.equal(framer.next(), first);
  framer.push(Buffer.from(b));
  assert.equal(framer.next(), first);
  assert.equal(framer.pending, 0);
});

test("a message has begun with its first byte; what may be a keep-alive has not", () => {
  for (const [text, begun] of [
    ["", false],
    ["\r", false],
    ["\r\n", false],
    ["\r\n\r", false],
    ["\r\n\r\nI", true],
    ["I", true],
    [`${b}\r\n`, false],
    [`${b}\r\nI`, true],
  ] as const) {
    const framer = new StreamFramer();
    framer.push(Buffer.from(text, "latin1"));
    while (framer.next() !== undefined);
    assert.equal(framer.begun, begun, JSON.stringify(text));
  }
});

test("a byte at a time costs no look at what was seen: the work is linear", () => {
  const work = (length: number): (() => void) => {
    const text = inviteText({ "Content-Length": String(length) }, undefined, "x".repeat(length));
    const bytes = Array.from(Buffer.from(text, "latin1"), (byte) => Buffer.of(byte));
    return () => {
      const framer = new StreamFramer();
      for (const byte of bytes) {
        framer.push(byte);
        framer.next();
      }
    };
  };
  assertLinear(8, work(7_000), work(56_000));
});

test("keep-alive datagrams", () => {
  for (const text of ["", "\r\n", "\r\n\r\n", "\0\0\0\0"]) assert.ok(isKeepAlive(text));
  for (const text of ["x", "\r\n\r\n\r\n", "INVITE"]) assert.ok(!isKeepAlive(text));
});
