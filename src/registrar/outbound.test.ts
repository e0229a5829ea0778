import assert from "node:assert/strict";
import { test } from "node:test";
import { AOR, changesOf, flowFrom, office, values } from "./register.fixture.ts";

const INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
const flowOf = (n: number, host = "10.0.0.5"): string =>
  `Contact: <sip:anna@${host};transport=tcp;ob>;reg-id=${n};${INSTANCE}`;
const BEHIND_PROXY = ["Via: SIP/2.0/TCP p.example;branch=z9hG4bKp", "Via: SIP/2.0/TCP 10.0.0.5;branch=z9hG4bKx"];

test("RFC 5626 6: a flow is bound by instance and reg-id, and Require says so to who supports it", () => {
  const { location, send } = office();
  const r = send([flowOf(1), "Supported: path, outbound"]);
  assert.deepEqual([r.status, values(r, "Require")], [200, ["outbound"]]);
  const [b] = location.get(AOR);
  assert.deepEqual([b.regId, b.instance], [1, "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"]);
});

test("RFC 5626 6: two flows of one phone may share a contact URI", () => {
  const { location, send } = office();
  send([flowOf(1), "Supported: outbound"]);
  send([flowOf(2), "Supported: outbound"], { cseq: 2 });
  assert.deepEqual(
    location.get(AOR).map((b) => b.regId),
    [2, 1],
  );
});

test("RFC 5626 6: the same instance and reg-id over another flow, with another URI, replaces", () => {
  const { location, send } = office();
  const old = flowFrom("203.0.113.9", 40_000, "tcp");
  const fresh = flowFrom("203.0.113.9", 40_001, "tcp");
  send([flowOf(1), "Supported: outbound"], { flow: old });
  const r = send([flowOf(1, "10.9.9.9"), "Supported: outbound"], { callId: "two", flow: fresh });
  assert.deepEqual(changesOf(r), [
    "remove sip:anna@10.0.0.5;transport=tcp;ob",
    "put sip:anna@10.9.9.9;transport=tcp;ob",
  ]);
  assert.equal(location.get(AOR)[0].flow, fresh);
  assert.deepEqual(location.closed(old), [], "the old connection has nothing to take along");
  assert.equal(location.closed(fresh).length, 1);
});

interface Case {
  readonly name: string;
  readonly headers: readonly string[];
  readonly status: number;
  readonly regId?: number;
  readonly require?: readonly string[];
}
const cases: Case[] = [
  { name: "without Supported: outbound nothing is required", headers: [flowOf(1)], status: 200, regId: 1, require: [] },
  {
    name: "reg-id without instance is ignored",
    headers: ["Contact: <sip:a@b.example>;reg-id=1", "Supported: outbound"],
    status: 200,
    regId: 0,
    require: [],
  },
  {
    name: "instance without reg-id is a plain contact",
    headers: [`Contact: <sip:a@b.example>;${INSTANCE}`, "Supported: outbound"],
    status: 200,
    regId: 0,
    require: [],
  },
  {
    name: "reg-id of 0",
    headers: [`Contact: <sip:a@b.example>;reg-id=0;${INSTANCE}`, "Supported: outbound"],
    status: 200,
    regId: 0,
    require: [],
  },
  {
    name: "reg-id beyond 31 bits",
    headers: [`Contact: <sip:a@b.example>;reg-id=2147483648;${INSTANCE}`, "Supported: outbound"],
    status: 200,
    regId: 0,
  },
  { name: "two bound contacts, one with a reg-id", headers: [flowOf(1), "Contact: <sip:a@b.example>"], status: 400 },
  {
    name: "one bound and one removed",
    headers: [flowOf(1), "Contact: <sip:a@b.example>;expires=0"],
    status: 200,
    regId: 1,
  },
  { name: "a first hop without Path", headers: [...BEHIND_PROXY, flowOf(1), "Supported: path, outbound"], status: 439 },
  {
    name: "a first hop without ob",
    headers: [...BEHIND_PROXY, flowOf(1), "Path: <sip:p.example;lr>", "Supported: path, outbound"],
    status: 439,
  },
  {
    name: "a first hop without ob, phone without outbound",
    headers: [...BEHIND_PROXY, flowOf(1)],
    status: 200,
    regId: 0,
    require: [],
  },
  {
    name: "a first hop with ob",
    headers: [...BEHIND_PROXY, flowOf(1), "Path: <sip:p.example;lr;ob>", "Supported: path, outbound"],
    status: 200,
    regId: 1,
    require: ["outbound"],
  },
];
for (const c of cases) {
  test(`RFC 5626 6: ${c.name}`, () => {
    const { location, send } = office();
    const r = send(c.headers);
    assert.equal(r.status, c.status);
    if (c.regId !== undefined) assert.equal(location.get(AOR)[0].regId, c.regId);
    if (c.require !== undefined) assert.deepEqual(values(r, "Require"), c.require);
    if (c.status !== 200) assert.equal(location.size, 0);
  });
}

test("RFC 3327 5.3: Path is kept in order with each binding and goes back in the 200", () => {
  const { location, send } = office();
  const path = ["<sip:p3.example;lr>", '<sip:p1.visited.example;lr>;x="a,b"'];
  const r = send([`Path: ${path[0]}`, `Path: ${path[1]}`, "Supported: Path", "Contact: <sip:a@10.0.0.5>"]);
  assert.deepEqual([r.status, values(r, "Path")], [200, path]);
  assert.deepEqual(location.get(AOR)[0].path, path);
  send(["Contact: <sip:a@10.0.0.5>"], { cseq: 2 });
  assert.deepEqual(location.get(AOR)[0].path, [], "a renewal without Path forgets it");
});

test("RFC 3327 5.3: Path that the phone knows nothing of is 420; unreadable or endless Path is 400", () => {
  const { location, send } = office();
  const r = send(["Path: <sip:p.example;lr>", "Contact: <sip:a@10.0.0.5>"]);
  assert.deepEqual([r.status, values(r, "Unsupported")], [420, ["path"]]);
  assert.equal(send(["Path: <sip:p.example;lr", "Supported: path", "Contact: <sip:a@10.0.0.5>"]).status, 400);
  const many = Array.from({ length: 11 }, (_, n) => `Path: <sip:p${n}.example;lr>`);
  assert.equal(send([...many, "Supported: path", "Contact: <sip:a@10.0.0.5>"]).status, 400);
  assert.equal(location.size, 0);
});
