import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { Edit } from "./edit.ts";
import { H } from "./headers/index.ts";
import { read } from "./message.fixture.ts";

const TEXT = [
  "INVITE sip:bob@example.com SIP/2.0",
  "Via: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b;branch=2",
  "X-Odd :  as it came \t",
  "v: SIP/2.0/UDP c;branch=3",
  "Max-Forwards: 70",
  "Route: <sip:r1;lr>,<sip:r2;lr>",
  "Route: <sip:r3;lr>",
  "Content-Length: 4",
  "",
  "body",
].join("\r\n");

type Change = (e: Edit) => void;
/** What the edit does, and the lines that take the place of others: [from, to] each, "" for a line that goes. */
const rows: [string, Change | Change[], [string, string][]][] = [
  ["nothing", () => undefined, []],
  ["uri", (e) => e.uri("sip:carol@host"), [["sip:bob@example.com", "sip:carol@host"]]],
  ["set a header that is there", (e) => e.set(H.maxForwards, "69"), [["Max-Forwards: 70", "Max-Forwards: 69"]]],
  [
    "set one in compact form",
    (e) => e.set(H.via, "x"),
    [["Via: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b;branch=2", "Via: x"]],
  ],
  [
    "set one that is not there",
    (e) => e.set(H.subject, "x"),
    [["Content-Length: 4\r\n", "Content-Length: 4\r\nSubject: x\r\n"]],
  ],
  [
    "removeAll",
    (e) => e.removeAll(H.route),
    [
      ["Route: <sip:r1;lr>,<sip:r2;lr>\r\n", ""],
      ["Route: <sip:r3;lr>\r\n", ""],
    ],
  ],
  ["removeAll of none", (e) => e.removeAll(H.subject), []],
  [
    "removeAll and set",
    [(e) => e.removeAll(H.route), (e) => e.set(H.route, "<sip:n>")],
    [
      ["Route: <sip:r1;lr>,<sip:r2;lr>", "Route: <sip:n>"],
      ["Route: <sip:r3;lr>\r\n", ""],
    ],
  ],
  ["dropFirst out of a comma list", (e) => e.dropFirst(H.via), [["SIP/2.0/UDP a;branch=1 , ", ""]]],
  [
    "dropFirst twice takes the line",
    [(e) => e.dropFirst(H.via), (e) => e.dropFirst(H.via)],
    [["Via: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b;branch=2\r\n", ""]],
  ],
  [
    "dropFirst over lines",
    [(e) => e.dropFirst(H.route), (e) => e.dropFirst(H.route), (e) => e.dropFirst(H.route)],
    [
      ["Route: <sip:r1;lr>,<sip:r2;lr>\r\n", ""],
      ["Route: <sip:r3;lr>\r\n", ""],
    ],
  ],
  [
    "dropFirst more often than there are",
    Array<Change>(5).fill((e) => e.dropFirst(H.route)),
    [
      ["Route: <sip:r1;lr>,<sip:r2;lr>\r\n", ""],
      ["Route: <sip:r3;lr>\r\n", ""],
    ],
  ],
  ["dropFirst of none", (e) => e.dropFirst(H.subject), []],
  ["prepend above the first", (e) => e.prepend(H.via, "n"), [["Via: SIP/2.0/UDP a", "Via: n\r\nVia: SIP/2.0/UDP a"]]],
  [
    "prepend twice: the later stands above",
    [(e) => e.prepend(H.via, "n"), (e) => e.prepend(H.via, "o")],
    [["Via: SIP/2.0/UDP a", "Via: o\r\nVia: n\r\nVia: SIP/2.0/UDP a"]],
  ],
  [
    "prepend one that is not there",
    (e) => e.prepend(H.recordRoute, "<sip:me;lr>"),
    [["SIP/2.0\r\nVia", "SIP/2.0\r\nRecord-Route: <sip:me;lr>\r\nVia"]],
  ],
  [
    "prepend and dropFirst",
    [(e) => e.dropFirst(H.route), (e) => e.prepend(H.route, "<sip:n>")],
    [["Route: <sip:r1;lr>,", "Route: <sip:n>\r\nRoute: "]],
  ],
  [
    "prepend and set in any order: set's line below",
    [(e) => e.prepend(H.maxForwards, "1"), (e) => e.set(H.maxForwards, "2")],
    [["Max-Forwards: 70", "Max-Forwards: 1\r\nMax-Forwards: 2"]],
  ],
  [
    "set and prepend in any order: set's line below",
    [(e) => e.set(H.maxForwards, "2"), (e) => e.prepend(H.maxForwards, "1")],
    [["Max-Forwards: 70", "Max-Forwards: 1\r\nMax-Forwards: 2"]],
  ],
  ["replace a span", (e) => e.replace(TEXT.indexOf("odd"), TEXT.indexOf("odd"), ""), []],
];
for (const [name, change, expected] of rows) {
  test(`Edit: ${name}`, () => {
    const edit = new Edit(read(TEXT));
    for (const step of [change].flat()) step(edit);
    let wanted = TEXT;
    for (const [from, to] of expected) {
      assert.ok(wanted.includes(from));
      wanted = wanted.replace(from, to);
    }
    assert.equal(edit.print(), wanted);
    assert.equal(edit.print(), wanted, "printing changes nothing");
  });
}

test("Edit.dropValue: first, middle and last of a line, and a line alone", () => {
  const m = read(
    "OPTIONS sip:h SIP/2.0\r\nRoute: <sip:a>, <sip:b> , <sip:c>\r\nProxy-Authorization: Digest realm=a\r\nProxy-Authorization: Digest realm=b\r\n\r\n",
  );
  const routes = m.all(H.route);
  const credentials = m.all(H.proxyAuthorization);
  assert.ok(!isFailure(routes) && !isFailure(credentials));
  const without = (n: number): string => {
    const edit = new Edit(m);
    edit.dropValue(routes[n], H.route);
    return edit.print().split("\r\n")[1];
  };
  assert.deepEqual(
    [without(0), without(1), without(2)],
    ["Route: <sip:b> , <sip:c>", "Route: <sip:a>, <sip:c>", "Route: <sip:a>, <sip:b> "],
  );
  const edit = new Edit(m);
  edit.dropValue(credentials[1], H.proxyAuthorization);
  assert.ok(edit.print().includes("realm=a\r\n") && !edit.print().includes("realm=b"));
});

test("Edit.print: what stood before the start line and behind Content-Length does not travel", () => {
  assert.equal(new Edit(read(`\r\n\r\n${TEXT}INVITE sip:x SIP/2.0\r\n\r\n`)).print(), TEXT);
});

test("Edit on a message that was cut off: a new line does not run into the last", () => {
  const edit = new Edit(read("OPTIONS sip:h SIP/2.0\r\nSubject: x"));
  edit.set(H.to, "<sip:a>");
  assert.equal(edit.print(), "OPTIONS sip:h SIP/2.0\r\nSubject: x\r\nTo: <sip:a>\r\n");
});
