import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../../base/index.ts";
import { codeOr, inviteText, read } from "../message.fixture.ts";
import { H, HEADERS } from "./index.ts";
import type { Header } from "./row.ts";

test("the registry: ids, names and compact forms are unique, and an id says whether a header may repeat", () => {
  const unique = (values: unknown[]): void => assert.equal(new Set(values).size, values.length);
  unique(HEADERS.map((h) => h.id));
  unique(HEADERS.flatMap((h) => (h.compact === "" ? [h.name.toLowerCase()] : [h.name.toLowerCase(), h.compact])));
  for (const h of HEADERS) {
    assert.ok(h.list ? h.id >= 64 && h.id < 128 : h.id > 0 && h.id < 64, h.name);
    assert.ok(h.compact === "" || /^[a-z]$/.test(h.compact), h.name);
    assert.match(h.rfc, /^(RFC \d+|draft-[a-z0-9-]+) [\d.]+$/);
    assert.match(h.name, /^[A-Za-z-]{2,32}$/);
  }
});

for (const h of HEADERS) {
  test(`${h.rfc}: ${h.name}${h.compact === "" ? "" : ` (${h.compact})`} is known by every spelling, and by nothing near it`, () => {
    const has = (name: string): boolean => read(`OPTIONS sip:h SIP/2.0\r\n${name}: x\r\n\r\n`).has(h);
    for (const name of [h.name, h.name.toLowerCase(), h.name.toUpperCase(), `${h.name} \t`]) assert.ok(has(name), name);
    for (const name of [`${h.name}x`, `x${h.name}`, h.name.slice(0, -1), h.name.slice(1), h.name.replace(/.$/, "!")]) {
      if (name.toLowerCase() !== h.compact) assert.ok(!has(name), name);
    }
    if (h.compact !== "") assert.ok(has(h.compact) && has(h.compact.toUpperCase()));
  });
}

/** Header, its line's value, what the first value is; a code where it is refused. */
const values: [Header<unknown>, string, unknown][] = [
  [H.callId, "a@b", "a@b"],
  [H.callId, "a", "a"],
  [H.callId, "a@", "SIP_BAD_CALL_ID"],
  [H.callId, "@a", "SIP_BAD_CALL_ID"],
  [H.callId, "a b", "SIP_BAD_CALL_ID"],
  [H.callId, "a@b@c", "SIP_BAD_CALL_ID"],
  [H.callId, "", "SIP_BAD_CALL_ID"],
  [H.cseq, "0009\r\n  INVITE", { number: 9, method: "INVITE" }],
  [H.cseq, "4294967295 X", { number: 4294967295, method: "X" }],
  [H.cseq, "4294967296 X", "SIP_BAD_CSEQ"],
  [H.cseq, "1", "SIP_BAD_CSEQ"],
  [H.cseq, "INVITE", "SIP_BAD_CSEQ"],
  [H.cseq, "1INVITE", "SIP_BAD_CSEQ"],
  [H.cseq, "-1 INVITE", "SIP_BAD_CSEQ"],
  [H.cseq, "1 IN VITE", "SIP_BAD_CSEQ"],
  [H.maxForwards, "0068", 68],
  [H.maxForwards, "", "SIP_BAD_MAX_FORWARDS"],
  [H.maxForwards, "70 70", "SIP_BAD_MAX_FORWARDS"],
  [H.expires, "3600", 3600],
  [H.expires, "4294967295", 4294967295],
  [H.expires, "4294967296", "SIP_BAD_NUMBER"],
  [H.expires, "1.5", "SIP_BAD_NUMBER"],
  [H.minExpires, "60", 60],
  [H.maxBreadth, "60", 60],
  [H.rseq, "988789", 988789],
  [H.flowTimer, "120", 120],
  [H.contentType, "application/sdp", { value: "application/sdp", params: "" }],
  [H.contentType, 'multipart/mixed ; boundary="x;y"', { value: "multipart/mixed", params: '; boundary="x;y"' }],
  [H.contentType, "text / plain;charset=utf-8", { value: "text/plain", params: ";charset=utf-8" }],
  [H.contentType, ";x", "SIP_BAD_VALUE"],
  [H.contentType, "text/plain;", "SIP_BAD_VALUE"],
  [H.contentType, "text/plain x", "SIP_BAD_VALUE"],
  [H.event, "presence;id=1", { value: "presence", params: ";id=1" }],
  [H.subscriptionState, "active;expires=60", { value: "active", params: ";expires=60" }],
  [H.replaces, "a@b;to-tag=1;from-tag=2", { value: "a@b", params: ";to-tag=1;from-tag=2" }],
  [
    H.reason,
    'SIP ;cause=200 ;text="Call completed elsewhere"',
    { value: "SIP", params: ';cause=200 ;text="Call completed elsewhere"' },
  ],
  [H.retryAfter, "18000;duration=3600", { seconds: 18000, params: ";duration=3600" }],
  [H.retryAfter, "120 (I'm in a (nested) \\) meeting)", { seconds: 120, params: "" }],
  [H.retryAfter, "120 (open", "SIP_BAD_DELTA"],
  [H.retryAfter, "soon", "SIP_BAD_DELTA"],
  [H.sessionExpires, "1800;refresher=uac", { seconds: 1800, params: ";refresher=uac" }],
  [H.minSe, "90", { seconds: 90, params: "" }],
  [H.date, "Sat, 13 Nov 2010 23:29:00 GMT", Date.UTC(2010, 10, 13, 23, 29)],
  [H.date, "Fri, 01 Jan 2010 16:00:00 EST", "SIP_BAD_DATE"],
  [H.date, "Sat, 99 Nov 2010 23:29:00 GMT", "SIP_BAD_DATE"],
  [H.require, "100rel, timer", "100rel"],
  [H.require, "a b", "SIP_BAD_TOKEN"],
  [H.require, ", a", "SIP_BAD_TOKEN"],
  [H.supported, "", undefined],
  [H.allow, "INVITE,ACK", "INVITE"],
  [H.subject, "one\r\n two \t\r\n\tthree", "one two three"],
  [H.userAgent, "x (y) z", "x (y) z"],
  [H.warning, '307 isi.edu "Session, parameter"', { code: 307, agent: "isi.edu", text: '"Session, parameter"' }],
  [H.warning, '30 isi.edu "x"', "SIP_BAD_WARNING"],
  [H.warning, "307 isi.edu x", "SIP_BAD_WARNING"],
  [H.rack, "776656 1 INVITE", { rseq: 776656, cseq: 1, method: "INVITE" }],
  [H.rack, "776656 INVITE", "SIP_BAD_RACK"],
  [H.priority, "emergency", "emergency"],
  [H.sipEtag, "dx200xyz", "dx200xyz"],
  [H.contact, "*", "*"],
  [H.to, "<sip:a@b>, <sip:c@d>", "SIP_BAD_ADDRESS"],
  [H.referTo, "<sip:a@b> x", "SIP_BAD_ADDRESS"],
];
for (const [h, text, expected] of values) {
  test(`${h.rfc}: ${h.name}: ${JSON.stringify(text)}`, () => {
    const m = read(`OPTIONS sip:h SIP/2.0\r\n${h.name}: ${text}\r\n\r\n`);
    assert.deepEqual(codeOr(m.get(h)), expected);
    assert.deepEqual(codeOr(m.get(h)), expected, "the same again");
  });
}

test("print∘parse: what is printed reads the same", () => {
  for (const [h, text] of values) {
    const value = read(`OPTIONS sip:h SIP/2.0\r\n${h.name}: ${text}\r\n\r\n`).get(h);
    if (value === undefined || isFailure(value)) continue;
    const printed = h.print(value);
    assert.deepEqual(h.parse(printed, 0, printed.length), value, `${h.name}: ${printed}`);
  }
});

test("RFC 3261 7.3.1: values of a list come in order over lines and commas, in compact form too", () => {
  const m = read("OPTIONS sip:h SIP/2.0\r\nSupported: a ,b\r\nk:c\r\nSupported:\r\nsupported: d\r\n\r\n");
  assert.deepEqual(m.all(H.supported), ["a", "b", "c", "d"]);
  assert.equal(m.get(H.supported), "a");
  const routes = read(
    'OPTIONS sip:h SIP/2.0\r\nRoute: "a,b" <sip:c,d@h>;x="e,f" , <sip:g@h>\r\nRoute: <sip:i@h>\r\n\r\n',
  ).all(H.route);
  assert.ok(!isFailure(routes));
  assert.deepEqual(
    routes.map((r) => r.uri.user),
    ["c,d", "g", "i"],
  );
  const warnings = read('OPTIONS sip:h SIP/2.0\r\nWarning: 301 a "x,y", 302 b "z"\r\n\r\n').all(H.warning);
  assert.ok(!isFailure(warnings));
  assert.deepEqual(
    warnings.map((w) => w.text),
    ['"x,y"', '"z"'],
  );
});

test("RFC 3261 7.3.1: the digest headers are lines, and commas in them part nothing", () => {
  const m = read(
    'OPTIONS sip:h SIP/2.0\r\nAuthorization: Digest realm="a", nonce="b"\r\nAuthorization: Basic c, d\r\n\r\n',
  );
  const all = m.all(H.authorization);
  assert.ok(!isFailure(all));
  assert.deepEqual(
    all.map((c) => [c.scheme, c.realm]),
    [
      ["Digest", "a"],
      ["Basic", ""],
    ],
  );
});

test("one malformed value makes the whole list a Failure that names the header", () => {
  const m = read("OPTIONS sip:h SIP/2.0\r\nRoute: <sip:a@h>\r\nRoute: <sip:b@h>, nonsense\r\n\r\n");
  assert.ok(!isFailure(m.get(H.route)));
  const all = m.all(H.route);
  assert.ok(isFailure(all));
  assert.equal(all.place, "header/route");
  assert.equal(m.text.slice(all.at, all.at + 8), "nonsense");
});

test("absent headers, raw access, and need's complaint", () => {
  const m = read(inviteText({ "X-Private": "a\r\n b" }));
  assert.equal(m.get(H.route), undefined);
  assert.deepEqual(m.all(H.route), []);
  assert.equal(m.has(H.route), false);
  assert.equal(m.raw("x-private"), "a\r\n b");
  assert.equal(m.raw("x-privat"), undefined);
  assert.throws(() => m.need(H.route), /Route was not checked/);
});
