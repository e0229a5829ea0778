import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { parseMessage } from "../sip/index.ts";
import { excerpt } from "./excerpt.ts";

const USUAL = {
  via: "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1;rport",
  from: "<sip:100@pbx.example.org>;tag=1",
  to: "<sip:100@pbx.example.org>",
  more: "",
};

function of(parts: Partial<typeof USUAL>, uri = "sip:pbx.example.org"): string {
  const { via, from, to, more } = { ...USUAL, ...parts };
  const text = `REGISTER ${uri} SIP/2.0\r\nVia: ${via}\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n${more}Content-Length: 0\r\n\r\n`;
  const m = parseMessage(text);
  assert.ok(!isFailure(m), text);
  return excerpt(m);
}

test("first line and who, nothing else", () => {
  assert.deepEqual(of({ more: "User-Agent: Tool 1.0\r\nX-Secret: s\r\n" }).split("\n"), [
    "REGISTER sip:pbx.example.org SIP/2.0",
    `Via: ${USUAL.via}`,
    `From: ${USUAL.from}`,
    `To: ${USUAL.to}`,
    "Call-ID: c",
    "User-Agent: Tool 1.0",
  ]);
});

const CREDENTIALS = 'Digest username="100", realm="r", nonce="n0nce", uri="sip:x", response="feedfacefeedface"';

for (const [what, text, secret] of [
  ["credentials", of({ more: `Authorization: ${CREDENTIALS}\r\n` }), /n0nce|feedface|Digest/],
  ["those for a proxy", of({ more: `Proxy-Authorization: ${CREDENTIALS}\r\n` }), /n0nce|feedface/],
  ["a password in the Request-URI", of({}, "sip:100:s3cret@pbx.example.org"), /s3cret/],
  ["one in From", of({ from: '"x" <sip:100:s3cret@pbx.example.org>;tag=1' }), /s3cret/],
  ["one in a sips URI, in capitals", of({ to: "<SIPS:100:s3cret@pbx.example.org>" }), /s3cret/],
  ["one that is cut in the middle", of({ from: `<sip:100:${"s3cret".repeat(80)}@pbx.example.org>;tag=1` }), /s3cret/],
  ["one behind a long name", of({ from: `"${"n".repeat(60)}" <sip:100:s3cret@pbx.example.org>;tag=1` }), /s3cret/],
] as const) {
  test(`masked: ${what}`, () => {
    assert.doesNotMatch(text, secret);
    assert.match(text, /\*\*\*/);
  });
}

test("a port is no password", () => assert.match(of({}, "sip:pbx.example.org:5060"), /org:5060 SIP/));

test("bounded, and quick on a line made to be slow", () => {
  const from = `"${"sip:".repeat(1_500)}" <sip:a@x>;tag=1`;
  const begin = process.hrtime.bigint();
  for (let i = 0; i < 100; i++) assert.ok(of({ from, more: `User-Agent: ${"u".repeat(7_000)}\r\n` }).length <= 640);
  const ms = Number(process.hrtime.bigint() - begin) / 1e6;
  assert.ok(ms < 1_000, `${ms} ms for 100`);
});
