import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFailure } from "../base/index.ts";
import { H, type Message, type NameAddr } from "../sip/index.ts";
import { lines, read } from "./play.fixture.ts";
import { type ForwardOptions, forwardRequest, requestUriOf } from "./request.ts";

const OURS = "SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bKours;rport";
const THEIRS = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;rport";

function options(o: Partial<ForwardOptions> = {}): ForwardOptions {
  return {
    uri: "sip:b@192.0.2.9",
    via: OURS,
    recordRoutes: [],
    routes: [],
    popRoutes: 0,
    maxForwards: 69,
    maxBreadth: -1,
    dropAuth: undefined,
    topVia: "",
    drop: [],
    asserted: "",
    insideVia: "",
    hiding: undefined,
    ...o,
  };
}

/** A request with these lines between its Via and its Content-Length. */
function request(...extra: string[]): Message {
  return read(
    lines(
      "INVITE sip:b@example.org SIP/2.0",
      THEIRS,
      "Max-Forwards: 70",
      "From: <sip:a@example.org>;tag=1",
      "To: <sip:b@example.org>",
      "Call-ID: c",
      "CSeq: 1 INVITE",
      ...extra,
      "Content-Length: 0",
    ),
  );
}

/** The request line and the header lines of what went out, without those that never change here. */
function sent(m: Message, o: Partial<ForwardOptions> = {}): string[] {
  const text = forwardRequest(m, options(o));
  read(text);
  assert.ok(text.endsWith("\r\n\r\n"));
  return text.split("\r\n").filter((line) => line !== "" && !/^(From|To|Call-ID|CSeq|Content-Length):/.test(line));
}

const PLAIN = ["INVITE sip:b@192.0.2.9 SIP/2.0", `Via: ${OURS}`, THEIRS, "Max-Forwards: 69"];

test("16.6.2, 16.6.3, 16.6.8: Request-URI, Max-Forwards, our Via on top, nothing else", () => {
  assert.deepEqual(sent(request()), PLAIN);
});

test("16.6.3: Max-Forwards is added where there is none", () => {
  const m = read(request().text.replace("Max-Forwards: 70\r\n", ""));
  assert.ok(sent(m, { maxForwards: 70 }).includes("Max-Forwards: 70"));
});

test("18.2.1: the sender's Via with what we know of it", () => {
  const topVia = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;rport=1024;received=203.0.113.7";
  assert.deepEqual(sent(request(), { topVia }), [PLAIN[0], `Via: ${OURS}`, `Via: ${topVia}`, PLAIN[3]]);
});

test("18.2.1: only the top one of several in one line is completed", () => {
  const list = "v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1 , SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2";
  const m = read(request().text.replace(THEIRS, list));
  const out = sent(m, { topVia: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=203.0.113.7" });
  assert.equal(out[1], `Via: ${OURS}`);
  assert.equal(out[2], list.replace("bK1", "bK1;received=203.0.113.7"));
});

test("16.6.4: Record-Route above those that are there, ours in order", () => {
  const out = sent(request("Record-Route: <sip:p0;lr>"), { recordRoutes: ["<sip:p2;lr>", "<sip:p1;lr>"] });
  assert.deepEqual(
    out.filter((line) => line.startsWith("Record-Route")),
    ["Record-Route: <sip:p2;lr>", "Record-Route: <sip:p1;lr>", "Record-Route: <sip:p0;lr>"],
  );
});

test("RFC 5393 5.3.3: Max-Breadth is written over, added, or left", () => {
  const breadth = (m: Message, maxBreadth: number): string[] =>
    sent(m, { maxBreadth }).filter((line) => line.startsWith("Max-Breadth"));
  assert.deepEqual(breadth(request("Max-Breadth: 99"), 60), ["Max-Breadth: 60"]);
  assert.deepEqual(breadth(request(), 30), ["Max-Breadth: 30"]);
  assert.deepEqual(breadth(request("Max-Breadth: 99"), -1), ["Max-Breadth: 99"]);
  assert.deepEqual(breadth(request(), -1), []);
});

test("22.3: only the credentials for our realm are taken out", () => {
  const mine = 'Proxy-Authorization: Digest username="a", realm="ours", nonce="n", uri="sip:b@x", response="r"';
  const other = mine.replace("ours", "theirs");
  const m = request(mine, other);
  const all = m.all(H.proxyAuthorization);
  assert.ok(!isFailure(all));
  const dropAuth = all.filter((c) => c.realm === "ours");
  assert.deepEqual(sent(m, { dropAuth }), [...PLAIN, other]);
  assert.deepEqual(sent(m, { dropAuth: all }), PLAIN);
});

test("16.6.9: Content-Length is added where it is missing", () => {
  const m = read(request("Content-Type: text/plain").text.replace("Content-Length: 0\r\n\r\n", "\r\nhello"));
  const text = forwardRequest(m, options());
  assert.ok(text.endsWith("\r\nContent-Length: 5\r\n\r\nhello"), text);
});

test("16.6.2: what may not stand in a Request-URI is removed", () => {
  const rows = [
    ["sip:b@h;transport=tcp", "sip:b@h;transport=tcp"],
    ["sip:b@h?Subject=x&Priority=urgent", "sip:b@h"],
    ["sip:b@h;method=INVITE", "sip:b@h"],
    ["sip:b@h;METHOD=INVITE?a=b", "sip:b@h"],
    ["sip:b@h;lr;method=REGISTER;transport=udp?a=b", "sip:b@h;lr;transport=udp"],
    ["sip:b?c@h;x=1", "sip:b?c@h;x=1"],
    ["sip:b;method=x@h", "sip:b;method=x@h"],
    ["tel:+15551234;method=x", "tel:+15551234;method=x"],
    ["sip:b@h;methodical=1?a=b", "sip:b@h;methodical=1"],
  ] as const;
  for (const [uri, want] of rows) assert.equal(requestUriOf(uri), want);
  assert.equal(sent(request(), { uri: "sip:b@h;method=INVITE?a=b" })[0], "INVITE sip:b@h SIP/2.0");
});

interface RouteRow {
  readonly clause: string;
  readonly lines: string[];
  readonly pop: number;
  readonly push: string[];
  readonly uri: string;
  readonly routes: string[];
}

const P1 = "<sip:p1.example.com;lr>";
const P2 = "<sip:p2.example.com;lr>";
const STRICT = "<sip:p3.middle.com>";
const TARGET = "sip:caller@u1.example.com";

const ROUTES: readonly RouteRow[] = [
  { clause: "no route", lines: [], pop: 0, push: [], uri: TARGET, routes: [] },
  { clause: "16.4: ours alone is removed", lines: [P1], pop: 1, push: [], uri: TARGET, routes: [] },
  { clause: "16.4: ours before another's", lines: [P1, P2], pop: 1, push: [], uri: TARGET, routes: [P2] },
  {
    clause: "16.4: ours before another's in one line",
    lines: [`${P1} , ${P2}`],
    pop: 1,
    push: [],
    uri: TARGET,
    routes: [P2],
  },
  { clause: "16.4: both our sides", lines: [P1, P2], pop: 2, push: [], uri: TARGET, routes: [] },
  {
    clause: "16.4: both our sides, in one line with a third",
    lines: [`${P1}, ${P2},<sip:q;lr>`],
    pop: 2,
    push: [],
    uri: TARGET,
    routes: ["<sip:q;lr>"],
  },
  {
    clause: "RFC 3327 5.3: Path is pushed in front",
    lines: [P1, P2],
    pop: 1,
    push: ["<sip:x;lr>", "<sip:y;lr>"],
    uri: TARGET,
    routes: ["<sip:x;lr>", "<sip:y;lr>", P2],
  },
  {
    clause: "16.6.6, 16.12.1.2: the next hop is a strict router",
    lines: [P1, STRICT, P2],
    pop: 1,
    push: [],
    uri: "sip:p3.middle.com",
    routes: [P2, `<${TARGET}>`],
  },
  {
    clause: "16.6.6: a strict router with nothing behind it",
    lines: [STRICT],
    pop: 0,
    push: [],
    uri: "sip:p3.middle.com",
    routes: [`<${TARGET}>`],
  },
  {
    clause: "16.6.6: a Path without lr",
    lines: [P2],
    pop: 0,
    push: [STRICT],
    uri: "sip:p3.middle.com",
    routes: [P2, `<${TARGET}>`],
  },
  {
    clause: "16.6.6: lr=on is lr",
    lines: ["<sip:p3;lr=on>"],
    pop: 0,
    push: [],
    uri: TARGET,
    routes: ["<sip:p3;lr=on>"],
  },
];

for (const row of ROUTES) {
  test(`Route, ${row.clause}`, () => {
    const m = request(...row.lines.map((value) => `Route: ${value}`));
    const text = forwardRequest(m, options({ uri: TARGET, popRoutes: row.pop, routes: row.push }));
    const out = read(text);
    const routes = out.all(H.route);
    assert.ok(!isFailure(routes));
    const value = (r: NameAddr): string => text.slice(r.start, r.end);
    assert.deepEqual([out.uri, ...routes.map(value)], [row.uri, ...row.routes]);
    assert.equal(text.includes("Route: \r\n"), false);
  });
}

const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)), maxLength: 60 });
/** A value that no parser of ours looks into; folded at times. */
const opaque = fc
  .array(
    octets.map((s) => s.replace(/[\r\n\0]/g, " ").trim()),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.filter((s) => s !== "").join("\r\n  "));
const unknown = fc.record({
  name: fc.constantFrom("X-A", "x-b", "Vi", "F-", "P-Odd", "Allow-Events", "Via-Not"),
  colon: fc.constantFrom(":", ": ", " : ", ":\t"),
  value: opaque,
});

test("16.6.1: for any message, unknown headers and the body travel byte for byte, in their order", () => {
  fc.assert(
    fc.property(fc.array(unknown, { maxLength: 8 }), octets, fc.boolean(), fc.nat(2), (headers, body, last, routes) => {
      const odd = headers.map((h) => `${h.name}${h.colon}${h.value}`);
      const where = last ? [] : odd;
      const m = read(
        `${lines(
          "INVITE sip:b@example.org SIP/2.0",
          ...where,
          THEIRS,
          ...[P1, P2].slice(0, routes).map((r) => `Route: ${r}`),
          "Max-Forwards: 70",
          "From: <sip:a@example.org>;tag=1",
          "To: <sip:b@example.org>",
          "Call-ID: c",
          "CSeq: 1 INVITE",
          `Content-Length: ${body.length}`,
          ...(last ? odd : []),
        )}${body}`,
      );
      const o = options({
        recordRoutes: ["<sip:p;lr>"],
        maxBreadth: 60,
        popRoutes: routes,
        topVia: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;rport=9;received=203.0.113.7",
      });
      const text = forwardRequest(m, o);
      const out = read(text);
      assert.equal(text.slice(out.bodyStart), body);
      // What is left when all that a proxy may touch is taken away.
      const rest = (t: string, end: number): string =>
        t
          .slice(0, end)
          .split(/\r\n(?![ \t])/)
          .filter((line) => !/^(INVITE|Via:|Max-|Record-Route:|Route:)/.test(line))
          .join("\n");
      assert.equal(rest(text, out.headersEnd), rest(m.text, m.headersEnd));
    }),
    { numRuns: 500 },
  );
});
