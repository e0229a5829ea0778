import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lines, read } from "./play.fixture.ts";
import { forwardResponse, hasNextHop } from "./response.ts";

const OURS = "SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bKours";
const THEIRS = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;received=203.0.113.7";
const MORE = "SIP/2.0/TCP 192.0.2.2;branch=z9hG4bKmore";
const REST = ["From: <sip:a@example.org>;tag=1", "To: <sip:b@example.org>;tag=2", "Call-ID: c", "CSeq: 1 INVITE"];

const response = (vias: string[], ...extra: string[]): string =>
  lines("SIP/2.0 180 Ringing", ...vias, ...REST, ...extra, "Content-Length: 0");

test("16.7.3: the top Via goes, in whatever shape it stands", () => {
  const rows: readonly (readonly [string, string[], string[]])[] = [
    ["one line each", [`Via: ${OURS}`, `Via: ${THEIRS}`], [`Via: ${THEIRS}`]],
    ["three", [`Via: ${OURS}`, `Via: ${THEIRS}`, `Via: ${MORE}`], [`Via: ${THEIRS}`, `Via: ${MORE}`]],
    ["compact", [`v:${OURS}`, `v: ${THEIRS}`], [`v: ${THEIRS}`]],
    ["odd case and blanks", [`VIA : ${OURS}`, `vIa\t: ${THEIRS}`], [`vIa\t: ${THEIRS}`]],
    ["a list", [`Via: ${OURS}, ${THEIRS}`], [`Via: ${THEIRS}`]],
    ["a list without blanks", [`Via: ${OURS},${THEIRS},${MORE}`], [`Via: ${THEIRS},${MORE}`]],
    ["a list and a line", [`Via: ${OURS} , ${THEIRS}`, `Via: ${MORE}`], [`Via: ${THEIRS}`, `Via: ${MORE}`]],
    ["blanks at the end", [`Via: ${OURS}  `, `Via: ${THEIRS}`], [`Via: ${THEIRS}`]],
    ["folded before the value", [`Via:\r\n ${OURS}`, `Via: ${THEIRS}`], [`Via: ${THEIRS}`]],
    ["folded within", [`Via: ${OURS}\r\n ;x=1`, `Via: ${THEIRS}`], [`Via: ${THEIRS}`]],
    ["the next one folded", [`Via: ${OURS}`, `Via:\r\n\t${THEIRS}`], [`Via:\r\n\t${THEIRS}`]],
    ["another header between", [`Via: ${OURS}`, "X: 1", `Via: ${THEIRS}`], ["X: 1", `Via: ${THEIRS}`]],
    ["a name that only begins so", [`Via: ${OURS}`, "Via-X: 1", `Via: ${THEIRS}`], ["Via-X: 1", `Via: ${THEIRS}`]],
    ["another header first", ["X: 1", `Via: ${OURS}`, `Via: ${THEIRS}`], ["X: 1", `Via: ${THEIRS}`]],
  ];
  for (const [name, before, after] of rows) {
    assert.equal(forwardResponse(read(response(before))), response(after), name);
    assert.equal(hasNextHop(read(response(before))), true, name);
  }
});

test("16.7.3: a response with our Via alone is for nobody upstream", () => {
  for (const via of [`Via: ${OURS}`, `v:\r\n ${OURS} `, `Via: ${OURS}\r\nVia-X: 1`, `Via: ${OURS}\r\nVX: 1`]) {
    assert.equal(forwardResponse(read(response([via]))), "");
    assert.equal(hasNextHop(read(response([via]))), false);
  }
});

test("what stands before the start line and behind the body stays here", () => {
  const text = response([`Via: ${OURS}`, `Via: ${THEIRS}`]);
  assert.equal(forwardResponse(read(`\r\n\r\n${text}junk`)), response([`Via: ${THEIRS}`]));
});

test("16.7.9: for any headers and body, nothing but the top Via changes", () => {
  const octets = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
    maxLength: 60,
  });
  const value = octets.map((s) => s.replace(/[\r\n\0]/g, ""));
  const header = fc.tuple(fc.constantFrom("X-A", "Received", "Vi", "Vias"), value).map(([n, v]) => `${n}: ${v}`);
  fc.assert(
    fc.property(
      fc.array(header, { maxLength: 6 }),
      fc.array(header, { maxLength: 6 }),
      octets,
      (above, below, body) => {
        const text = (vias: string[]): string =>
          lines("SIP/2.0 200 OK", ...above, ...vias, ...below, ...REST, `Content-Length: ${body.length}`) + body;
        assert.equal(forwardResponse(read(text([`Via: ${OURS}`, `Via: ${THEIRS}`]))), text([`Via: ${THEIRS}`]));
        assert.equal(forwardResponse(read(text([`Via: ${OURS}, ${THEIRS}`]))), text([`Via: ${THEIRS}`]));
      },
    ),
    { numRuns: 300 },
  );
});
