import assert from "node:assert/strict";
import { test } from "node:test";
import { AOR, changesOf, flowFrom, NOW, office, values } from "./register.fixture.ts";

const A = "sip:anna@10.0.0.5";
const B = "sip:anna@10.0.0.6";

interface Single {
  readonly name: string;
  readonly headers: readonly string[];
  readonly status: number;
  readonly contacts?: readonly string[];
  readonly others?: readonly string[];
}

/** One REGISTER against an empty location. */
const singles: Single[] = [
  { name: "10.3.8 a fetch of nothing", headers: [], status: 200, contacts: [] },
  {
    name: "10.3.7 expires parameter",
    headers: [`Contact: <${A}>;expires=120`],
    status: 200,
    contacts: [`<${A}>;expires=120`],
  },
  {
    name: "10.3.7 expires parameter before Expires header",
    headers: [`Contact: <${A}>;expires=120`, "Expires: 600"],
    status: 200,
    contacts: [`<${A}>;expires=120`],
  },
  {
    name: "10.3.7 Expires header",
    headers: [`Contact: <${A}>`, "Expires: 600"],
    status: 200,
    contacts: [`<${A}>;expires=600`],
  },
  { name: "10.3.7 neither: default", headers: [`Contact: <${A}>`], status: 200, contacts: [`<${A}>;expires=3600`] },
  {
    name: "10.3.7 above the maximum is cut",
    headers: [`Contact: <${A}>;expires=86400`],
    status: 200,
    contacts: [`<${A}>;expires=3600`],
  },
  {
    name: "10.3.7 too brief",
    headers: [`Contact: <${A}>;expires=59`],
    status: 423,
    others: ["Min-Expires: 60"],
  },
  { name: "10.3.7 too brief by header", headers: [`Contact: <${A}>`, "Expires: 1"], status: 423 },
  { name: "10.3.7 removal of what is not bound", headers: [`Contact: <${A}>;expires=0`], status: 200, contacts: [] },
  {
    name: "20.10 malformed expires means 3600",
    headers: [`Contact: <${A}>;expires=soon`],
    status: 200,
    contacts: [`<${A}>;expires=3600`],
  },
  {
    name: "20.10 expires beyond 32 bits means 3600",
    headers: [`Contact: <${A}>;expires=4294967296`],
    status: 200,
    contacts: [`<${A}>;expires=3600`],
  },
  {
    name: "20.10 the largest expires",
    headers: [`Contact: <${A}>;expires=4294967295`],
    status: 200,
    contacts: [`<${A}>;expires=3600`],
  },
  {
    name: "10.3.7 several contacts, best q first",
    headers: [`Contact: <${A}>;q=0.5;expires=60, <${B}>;expires=70;q=0.7`],
    status: 200,
    contacts: [`<${B}>;q=0.7;expires=70`, `<${A}>;q=0.5;expires=60`],
  },
  {
    name: "10.3.7 one brief contact refuses all",
    headers: [`Contact: <${A}>`, `Contact: <${B}>;expires=5`],
    status: 423,
    contacts: [],
  },
  {
    name: "the same contact twice: the later stands",
    headers: [`Contact: <${A}>;expires=60`, `Contact: <sip:anna@10.0.0.5;newparam=5>;expires=90`],
    status: 200,
    contacts: ["<sip:anna@10.0.0.5;newparam=5>;expires=90"],
  },
  { name: "10.3.6 wildcard", headers: ["Contact: *", "Expires: 0"], status: 200, contacts: [] },
  { name: "10.3.6 wildcard without Expires", headers: ["Contact: *"], status: 400 },
  { name: "10.3.6 wildcard with Expires above 0", headers: ["Contact: *", "Expires: 60"], status: 400 },
  {
    name: "10.3.6 wildcard with another contact",
    headers: ["Contact: *", `Contact: <${A}>`, "Expires: 0"],
    status: 400,
  },
  {
    name: "8.2.2.3 an unknown extension",
    headers: ["Require: gruu, path, x-new"],
    status: 420,
    others: ["Unsupported: gruu, x-new"],
  },
  { name: "8.2.2.3 known extensions", headers: ["Require: path, Outbound"], status: 200 },
  {
    name: "limit of contacts",
    headers: [1, 2, 3, 4].map((n) => `Contact: <sip:a@10.0.0.${n}>`),
    status: 403,
    contacts: [],
  },
  { name: "as many contacts as allowed", headers: [1, 2, 3].map((n) => `Contact: <sip:a@10.0.0.${n}>`), status: 200 },
  { name: "a contact that is no SIP URI", headers: ["Contact: <mailto:anna@example.org>"], status: 400 },
  { name: "parameters without measure", headers: [`Contact: <${A}>;x=${"y".repeat(1_100)}`], status: 400 },
  {
    name: "RFC 4475 3.3.12 a contact-param is no URI parameter",
    headers: ["Contact: sip:+19725552222@gw1.example.net;unknownparam"],
    status: 200,
    contacts: ["<sip:+19725552222@gw1.example.net>;unknownparam;expires=3600"],
  },
  {
    name: "RFC 4475 3.3.13 a URI parameter is no contact-param",
    headers: ["Contact: <sip:+19725552222@gw1.example.net;unknownparam>"],
    status: 200,
    contacts: ["<sip:+19725552222@gw1.example.net;unknownparam>;expires=3600"],
  },
  {
    name: "RFC 4475 3.3.14 an escaped header of the contact URI is shown again",
    headers: ["Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"],
    status: 200,
    contacts: ["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600"],
  },
  {
    name: "RFC 4475 3.1.1.4 users of one and two NULs stay two",
    headers: ["Contact: <sip:%00@host5.example.com>", "Contact: <sip:%00%00@host5.example.com>"],
    status: 200,
    contacts: ["<sip:%00%00@host5.example.com>;expires=3600", "<sip:%00@host5.example.com>;expires=3600"],
  },
  {
    name: "parameters come back as written, quotes and all, folds as one space",
    headers: [`Contact: <${A}>;audio;x="a;expires=1,b";EXPIRES=60;methods="INVITE,\r\n ACK"`],
    status: 200,
    contacts: [`<${A}>;audio;x="a;expires=1,b";methods="INVITE, ACK";expires=60`],
  },
];
for (const c of singles) {
  test(c.name, () => {
    const { location, send } = office();
    const r = send(c.headers);
    assert.equal(r.status, c.status);
    if (c.status === 200) assert.equal(r.headers.replace(/^(Contact: .*\r\n)*/, ""), "", "Contacts and nothing else");
    if (c.contacts !== undefined && c.status === 200) assert.deepEqual(values(r, "Contact"), c.contacts);
    for (const line of c.others ?? []) assert.ok(r.headers.includes(`${line}\r\n`), r.headers);
    if (c.status !== 200) assert.deepEqual([location.size, changesOf(r)], [0, []], "refused: nothing changes");
  });
}

test("10.3.7 a higher CSeq renews, the same Call-ID with a lower one is 500 and changes nothing", () => {
  const { location, send } = office();
  send([`Contact: <${A}>;expires=600`], { cseq: 5 });
  assert.deepEqual(values(send([`Contact: <${A}>;expires=900`], { cseq: 6, seconds: 10 }), "Contact"), [
    `<${A}>;expires=900`,
  ]);
  const late = send([`Contact: <${A}>;expires=60`, `Contact: <${B}>`], { cseq: 5, seconds: 20 });
  assert.equal(late.status, 500);
  assert.deepEqual(changesOf(late), []);
  assert.deepEqual(
    location.get(AOR).map((b) => [b.contact, b.cseq, b.expires]),
    [[A, 6, NOW + 910_000]],
  );
});

test("10.3.7 another Call-ID takes the binding over whatever its CSeq, as a phone does that restarted", () => {
  const { location, send } = office();
  send([`Contact: <${A}>`], { cseq: 500 });
  assert.equal(send([`Contact: <${A}>`], { callId: "two", cseq: 1 }).status, 200);
  assert.deepEqual(
    location.get(AOR).map((b) => [b.callId, b.cseq]),
    [["two", 1]],
  );
});

test("a retransmission is answered 200 with the time that is left and changes nothing", () => {
  const { location, send } = office();
  const first = send([`Contact: <${A}>;expires=600`]);
  assert.deepEqual(changesOf(first), [`put ${A}`]);
  const again = send([`Contact: <${A}>;expires=600`], { seconds: 4 });
  assert.equal(again.status, 200);
  assert.deepEqual([values(again, "Contact"), changesOf(again)], [[`<${A}>;expires=596`], []]);
  assert.equal(location.get(AOR)[0].expires, NOW + 600_000);
});

test("a retransmitted removal is answered 200 again", () => {
  const { send } = office();
  send([`Contact: <${A}>`]);
  assert.deepEqual(changesOf(send([`Contact: <${A}>;expires=0`], { cseq: 2 })), [`remove ${A}`]);
  const again = send([`Contact: <${A}>;expires=0`], { cseq: 2 });
  assert.deepEqual([again.status, again.headers, changesOf(again)], [200, "", []]);
});

test("10.3.7 a used CSeq with other contents is no retransmission: 500", () => {
  const { send } = office();
  send([`Contact: <${A}>`]);
  assert.equal(send([`Contact: <${A}>;expires=0`]).status, 500);
  assert.equal(send([`Contact: <${A}>`, `Contact: <${B}>`]).status, 500);
});

test("10.3.6 wildcard removes all, unless the same Call-ID was there with as high a CSeq", () => {
  const { location, send } = office();
  send([`Contact: <${A}>`], { cseq: 3 });
  send([`Contact: <${B}>`], { callId: "two", cseq: 9 });
  assert.equal(send(["Contact: *", "Expires: 0"], { cseq: 3 }).status, 500);
  assert.equal(location.size, 2);
  const r = send(["Contact: *", "Expires: 0"], { cseq: 4 });
  assert.deepEqual([r.status, r.headers, changesOf(r)], [200, "", [`remove ${B}`, `remove ${A}`]]);
  assert.equal(location.size, 0);
});

test("10.3.7 add, renew and remove in one request", () => {
  const { send } = office();
  send([`Contact: <${A}>`, `Contact: <${B}>`]);
  const r = send([`Contact: <${A}>;expires=0`, `Contact: <${B}>;expires=60`, "Contact: <sip:c@10.0.0.7>;expires=70"], {
    cseq: 2,
  });
  assert.deepEqual(changesOf(r), [`remove ${A}`, `put ${B}`, "put sip:c@10.0.0.7"]);
  assert.deepEqual(values(r, "Contact"), ["<sip:c@10.0.0.7>;expires=70", `<${B}>;expires=60`]);
});

test("19.1.4 an equal contact in another spelling renews; the stored name follows", () => {
  const { location, send } = office();
  send(["Contact: <sip:%61nna@Host.Example;transport=tcp>"]);
  const r = send(["Contact: <sip:anna@host.example;Transport=TCP;x=1>"], { cseq: 2 });
  assert.deepEqual(changesOf(r), [
    "remove sip:%61nna@Host.Example;transport=tcp",
    "put sip:anna@host.example;Transport=TCP;x=1",
  ]);
  assert.equal(location.size, 1);
  send(["Contact: <sip:anna@host.example>"], { cseq: 3 });
  assert.equal(location.size, 2, "another transport is another contact");
});

test("a contact too many is refused while the old ones can still be renewed and exchanged", () => {
  const { send } = office();
  assert.equal(send([1, 2, 3].map((n) => `Contact: <sip:a@10.0.0.${n}>`)).status, 200);
  const r = send(["Contact: <sip:a@10.0.0.4>"], { cseq: 2 });
  assert.equal(r.status, 403);
  assert.match(r.headers, /^Warning: 399 .*contacts/);
  assert.equal(send(["Contact: <sip:a@10.0.0.1>"], { cseq: 2 }).status, 200);
  assert.equal(send(["Contact: <sip:a@10.0.0.4>", "Contact: <sip:a@10.0.0.2>;expires=0"], { cseq: 3 }).status, 200);
  assert.equal(
    send(["Contact: <sip:a@10.0.0.5>"], { cseq: 4, seconds: 3_601 }).status,
    200,
    "expired ones do not count",
  );
});

test("expired bindings are not shown, and are handed back as removed", () => {
  const { location, send } = office();
  send([`Contact: <${A}>;expires=60`, `Contact: <${B}>;expires=120`]);
  const r = send([], { seconds: 60, cseq: 2 });
  assert.deepEqual([values(r, "Contact"), changesOf(r)], [[`<${B}>;expires=60`], [`remove ${A}`]]);
  assert.equal(location.size, 1);
});

test("a contact is reached where it came from, and a renewal from elsewhere moves it", () => {
  const { location, flow, send } = office();
  send([`Contact: <${A}>`]);
  assert.equal(location.get(AOR)[0].flow, flow);
  assert.equal(location.get(AOR)[0].received, "udp:203.0.113.9:5060");
  const other = flowFrom("2001:db8::7", 40_000, "tcp");
  send([`Contact: <${A}>`], { cseq: 2, flow: other });
  assert.equal(location.get(AOR)[0].flow, other);
  assert.equal(location.get(AOR)[0].received, "tcp:[2001:db8::7]:40000");
});

test("users do not see each other", () => {
  const { send } = office();
  send([`Contact: <${A}>`]);
  assert.equal(send([], { aor: "bert@example.org" }).headers, "");
});

test("a new q changes the order", () => {
  const { location, send } = office();
  send([`Contact: <${A}>;q=0.9`, `Contact: <${B}>;q=0.8`]);
  send([`Contact: <${A}>;q=0.1`], { cseq: 2 });
  assert.deepEqual(
    location.get(AOR).map((b) => [b.contact, b.q]),
    [
      [B, 800],
      [A, 100],
    ],
  );
});

const qs: [string, number][] = [
  ["", 1_000],
  [";q=1", 1_000],
  [";q=0", 0],
  [";q=0.5", 500],
  [";q=0.05", 50],
  [";q=0.123", 123],
  [";q=1.000", 1_000],
  [";q=0.", 0],
  [";q=2", 1_000],
  [";q=1.5", 1_000],
  [";q=x", 1_000],
  [";q=0.1234", 1_000],
  [";q", 1_000],
];
test("20.10 q in thousandths; what is none counts as 1", () => {
  for (const [param, expected] of qs) {
    const { location, send } = office();
    send([`Contact: <${A}>${param}`]);
    assert.equal(location.get(AOR)[0].q, expected, param);
  }
});
