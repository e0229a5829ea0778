import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.ts";
import { H } from "./headers/index.ts";
import { inviteText, read } from "./message.fixture.ts";
import { reasonPhrase } from "./reasons.ts";
import { reply } from "./reply.ts";
import { viaWithSource } from "./source.ts";

const REQUEST = [
  "OPTIONS sip:h SIP/2.0",
  "To : <sip:b@h>",
  "Via: SIP/2.0/UDP a;branch=1;rport, SIP/2.0/UDP b;branch=2",
  "Via: SIP/2.0/UDP c;branch=3",
  "f: <sip:a@h>",
  " ;tag=1",
  "v: SIP/2.0/UDP d;branch=4",
  "Timestamp: 54",
  "CSeq: 1 OPTIONS",
  "i: x@y",
  "Record-Route: <sip:r;lr>",
  "",
  "",
].join("\r\n");

test("RFC 3261 8.2.6: Via, From, To, Call-ID and CSeq as they came, in their order, To with a tag, nothing else", () => {
  const expected = [
    "SIP/2.0 200 OK",
    "To : <sip:b@h>;tag=mine",
    "Via: SIP/2.0/UDP a;branch=1;rport, SIP/2.0/UDP b;branch=2",
    "Via: SIP/2.0/UDP c;branch=3",
    "f: <sip:a@h>",
    " ;tag=1",
    "v: SIP/2.0/UDP d;branch=4",
    "CSeq: 1 OPTIONS",
    "i: x@y",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  assert.equal(reply(read(REQUEST), 200, { toTag: "mine" }), expected);
});

test("RFC 3261 18.2.1: the top Via alone is replaced, the others of its line stay", () => {
  const m = read(REQUEST);
  const via = viaWithSource(m, "192.0.2.9", 4711);
  assert.equal(via, "SIP/2.0/UDP a;branch=1;rport=4711;received=192.0.2.9");
  const lines = reply(m, 404, { via }).split("\r\n");
  assert.equal(lines[2], `Via: ${via}, SIP/2.0/UDP b;branch=2`);
  assert.equal(lines[3], "Via: SIP/2.0/UDP c;branch=3");
});

test("RFC 3261 8.2.6.1: a 100 carries Timestamp and no new tag", () => {
  const text = reply(read(REQUEST), 100, {});
  assert.ok(text.includes("Timestamp: 54\r\n"));
  assert.ok(text.includes("To : <sip:b@h>\r\n"));
  assert.ok(!reply(read(REQUEST), 180, {}).includes("Timestamp"));
});

test("a To that has a tag keeps it", () => {
  for (const to of ["<sip:b@h>;tag=2", "sip:b@h ; tag = 2", '"unclosed <sip:b@h>;tag=2']) {
    const text = reply(read(REQUEST.replace("<sip:b@h>", to)), 200, { toTag: "mine" });
    assert.ok(!text.includes("mine"), to);
  }
});

test("headers, reason, body", () => {
  const text = reply(read(REQUEST), 401, {
    reason: "No",
    headers: "A: b\r\nZ: d\r\n",
    body: "x\xff",
    contentType: "text/plain",
  });
  const m = read(text);
  assert.equal(check(m), undefined);
  assert.ok(text.startsWith("SIP/2.0 401 No\r\n"));
  assert.ok(text.includes("\r\nA: b\r\nZ: d\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nx\xff"));
});

test("requests that check refused are answered with what there is, the first of what stands twice", () => {
  const cases: [string, string][] = [
    ["OPTIONS sip:h SIP/7.0\r\n\r\n", "SIP/2.0 505 Version Not Supported\r\nContent-Length: 0\r\n\r\n"],
    [
      "OPTIONS sip:h SIP/2.0\r\nVia: junk\r\nTo: x",
      "SIP/2.0 505 Version Not Supported\r\nVia: junk\r\nTo: x;tag=t\r\nContent-Length: 0\r\n\r\n",
    ],
    [
      "OPTIONS sip:h SIP/2.0\r\nCSeq: 1\r\nCSeq: 2\r\n\r\n",
      "SIP/2.0 505 Version Not Supported\r\nCSeq: 1\r\nContent-Length: 0\r\n\r\n",
    ],
  ];
  for (const [text, expected] of cases) assert.equal(reply(read(text), 505, { toTag: "t", via: "" }), expected);
});

test("reason phrases: usual ones, a class's for an unknown code", () => {
  const codes = [100, 200, 302, 404, 505, 603, 299, 499, 999];
  const expected = [
    "Trying",
    "OK",
    "Moved Temporarily",
    "Not Found",
    "Version Not Supported",
    "Decline",
    "OK",
    "Client Error",
    "Unknown",
  ];
  assert.deepEqual(codes.map(reasonPhrase), expected);
});

// RFC 3261 18.2.1, RFC 3581 4: Via as sent, source, what it becomes ("" for no change)
const sources: [string, string, number, string][] = [
  ["SIP/2.0/UDP 192.0.2.1", "192.0.2.1", 5060, ""],
  ["SIP/2.0/UDP 192.0.2.1:5070;branch=x", "192.0.2.1", 9999, ""],
  ["SIP/2.0/UDP 192.0.2.1;branch=x", "192.0.2.2", 5060, "SIP/2.0/UDP 192.0.2.1;branch=x;received=192.0.2.2"],
  ["SIP/2.0/UDP host;branch=x", "192.0.2.2", 5060, "SIP/2.0/UDP host;branch=x;received=192.0.2.2"],
  [
    "SIP/2.0/UDP 192.0.2.1;rport;branch=x",
    "192.0.2.1",
    99,
    "SIP/2.0/UDP 192.0.2.1;rport=99;received=192.0.2.1;branch=x",
  ],
  [
    "SIP/2.0/UDP 192.0.2.1;branch=x;rport",
    "192.0.2.1",
    99,
    "SIP/2.0/UDP 192.0.2.1;branch=x;rport=99;received=192.0.2.1",
  ],
  [
    "SIP/2.0/UDP 192.0.2.1 ; rport ; branch=x",
    "192.0.2.1",
    99,
    "SIP/2.0/UDP 192.0.2.1 ; rport=99;received=192.0.2.1 ; branch=x",
  ],
  [
    "SIP/2.0/UDP 192.0.2.1;rport=1;received=6.6.6.6",
    "192.0.2.1",
    99,
    "SIP/2.0/UDP 192.0.2.1;received=192.0.2.1;rport=99",
  ],
  ["SIP/2.0/UDP 192.0.2.1;received=6.6.6.6;x", "192.0.2.1", 99, "SIP/2.0/UDP 192.0.2.1;x"],
  ["SIP/2.0/UDP [2001:DB8:0::1]", "2001:db8::1", 5060, ""],
  ["SIP/2.0/UDP [2001:db8::1];rport", "2001:db8::1", 9, "SIP/2.0/UDP [2001:db8::1];rport=9;received=2001:db8::1"],
  ["SIP/2.0/UDP [::ffff:192.0.2.1]", "192.0.2.1", 5060, ""],
  ["nonsense", "192.0.2.1", 5060, ""],
];
for (const [sent, host, port, expected] of sources) {
  test(`Via ${sent} from ${host}:${port}`, () => {
    const m = read(inviteText({ Via: sent }));
    assert.equal(viaWithSource(m, host, port), expected);
    if (expected === "") return;
    const again = read(inviteText({ Via: expected })).need(H.via);
    assert.equal(again.branch, m.need(H.via).branch);
    assert.equal(again.sentBy, m.need(H.via).sentBy);
  });
}
