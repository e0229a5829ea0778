import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cidr, parseCidr } from "../base/index.ts";
import { BAN_LENGTHS, MOST_MUTES } from "./book.ts";
import type { Fact, FactKind } from "./fact.ts";
import { type Setting, Shield, type Verdict } from "./shield.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BAD = "198.51.100.7";
const OFFICE = "203.0.113.10";

function cidrs(...texts: readonly string[]): Cidr[] {
  return texts.map((text) => parseCidr(text) as Cidr);
}

function newShield(settings: readonly (readonly [string, Setting])[] = [], never = cidrs("192.0.2.0/24")): Shield {
  return new Shield(new Map(settings), never);
}

function fact(kind: FactKind, more: Partial<Fact> = {}): Fact {
  return {
    kind,
    at: 0,
    address: BAD,
    transport: "udp",
    proved: false,
    account: "",
    device: "",
    detail: "",
    reference: `REGISTER of ${kind}`,
    message: "",
    times: 1,
    ...more,
  };
}

/** What was decided, shortly: "scenario action source". */
function said(verdicts: readonly Verdict[]): string[] {
  return verdicts.map((v) => `${v.scenario} ${v.action} ${v.target.source}`);
}

/** One fact after the other, `every` ms apart; all that was decided. */
function run(s: Shield, count: number, every: number, make: (i: number) => Fact): Verdict[] {
  return Array.from({ length: count }, (_, i) => s.judge({ ...make(i), at: i * every })).flat();
}

const recognised: [what: string, count: number, every: number, make: (i: number) => Fact, decided: string[]][] = [
  ["wrong passwords: five in ten minutes are none", 5, MINUTE, () => wrong(), []],
  ["wrong passwords: the sixth bans", 6, MINUTE, () => wrong(), [`wrong-password ban ${BAD}`]],
  ["wrong passwords: every half hour, seen by the day", 20, 30 * MINUTE, () => wrong(), [`wrong-password ban ${BAD}`]],
  ["wrong passwords: every two hours are nobody's attack", 40, 2 * HOUR, () => wrong(), []],
  [
    "wrong passwords for other accounts do not add up to one",
    10,
    MINUTE,
    (i) => wrong({ account: `user-${i % 2}@x` }),
    [],
  ],
  [
    "unknown users: five different ones, forged perhaps: muted alone",
    5,
    1_000,
    (i) => fact("unknownUser", { account: `${100 + i}@x` }),
    [`unknown-users mute ${BAD}`],
  ],
  [
    "unknown users: five different ones, proved",
    5,
    1_000,
    (i) => fact("unknownUser", { account: `${100 + i}@x`, proved: true }),
    [`unknown-users ban ${BAD}`],
  ],
  ["unknown users: the same one again and again is a device with an old name", 50, 1_000, () => unknown(), []],
  ["scanner: the first packet mutes", 1, 0, () => fact("scanner"), [`scanner mute ${BAD}`]],
  ["scanner: proved, it bans", 1, 0, () => fact("scanner", { proved: true }), [`scanner ban ${BAD}`]],
  ["decoy", 1, 0, () => fact("decoy", { account: "admin@x" }), [`decoy mute ${BAD}`]],
  ["injection", 1, 0, () => fact("injection", { proved: true }), [`injection ban ${BAD}`]],
  ["relay: two domains may be a mistake", 2, 0, () => fact("relay", { detail: "elsewhere.example" }), []],
  ["relay: three are none", 3, 0, () => fact("relay", { detail: "elsewhere.example" }), [`relay-attempt mute ${BAD}`]],
  [
    "prefix search: three prefixes before one number",
    3,
    0,
    (i) => fact("relay", { detail: `${["00", "900", "+"][i]}442079460000`, proved: true }),
    [`prefix-search ban ${BAD}`, `relay-attempt ban ${BAD}`],
  ],
  [
    "malformed: a broken device is muted, never banned",
    10,
    0,
    () => fact("malformed", { proved: true }),
    [`malformed mute ${BAD}`],
  ],
  ["slow connections", 10, 0, () => fact("slow", { transport: "tcp", proved: true }), [`slow-connection ban ${BAD}`]],
  ["flood, counted by the edge", 1, 0, () => fact("flood"), [`flood mute ${BAD}`]],
  [
    "distributed: ten sources, one account: it is guarded, and nobody banned",
    10,
    MINUTE / 2,
    (i) => wrong({ address: `198.51.100.${i}` }),
    ["distributed-guessing guard "],
  ],
];
for (const [what, count, every, make, decided] of recognised) {
  test(what, () => assert.deepEqual(said(run(newShield(), count, every, make)), decided));
}

function wrong(more: Partial<Fact> = {}): Fact {
  return fact("wrongPassword", { account: "anna@x", proved: true, ...more });
}

function unknown(): Fact {
  return fact("unknownUser", { account: "old@x" });
}

test("alike facts that come as one count as many", () => {
  assert.deepEqual(said(newShield().judge(wrong({ times: 6 }))), [`wrong-password ban ${BAD}`]);
});

test("proved and unproved do not add up: who forges packets gets nobody banned", () => {
  const s = newShield();
  for (let i = 0; i < 4; i++) s.judge(fact("unknownUser", { account: `${i}@x`, proved: true }));
  const forged = s.judge(fact("unknownUser", { account: "4@x" }));
  assert.deepEqual(said(forged), [`unknown-users mute ${BAD}`]);
});

test("IPv6: the /64 is the source, whatever address of it is used", () => {
  const s = newShield();
  const decided = run(s, 6, 1_000, (i) => wrong({ address: `2001:db8:1:2::${i + 1}` }));
  assert.deepEqual(said(decided), ["wrong-password ban 2001:db8:1:2::/64"]);
});

test("bans grow with every time; what is taken back does not count", () => {
  const s = newShield();
  const lengths: number[] = [];
  let at = 0;
  for (let i = 0; i < 6; i++) {
    const [verdict] = s.judge(fact("scanner", { proved: true, at }));
    const { entry } = verdict.changes[0];
    lengths.push(entry.until - entry.since);
    at = entry.until + MINUTE;
    assert.deepEqual(s.book.sweep(at).length, 1);
  }
  assert.deepEqual(lengths, [...BAN_LENGTHS, 7 * DAY]);
  const [verdict] = s.judge(fact("scanner", { proved: true, at }));
  s.book.remove(verdict.target);
  const [again] = s.judge(fact("scanner", { proved: true, at }));
  assert.equal(again.changes[0].entry.strike, 1);
});

test("a second ban while one is in force changes nothing; a ban takes the place of a mute", () => {
  const s = newShield();
  assert.equal(s.judge(fact("scanner"))[0].changes.length, 1);
  assert.deepEqual(
    s.judge(fact("scanner", { proved: true }))[0].changes.map((c) => c.entry.action),
    ["ban"],
  );
  assert.equal(s.judge(fact("decoy", { proved: true }))[0].changes.length, 0);
  assert.equal(s.book.size, 1);
});

test("standing: an office is never cut off", async (t) => {
  const known = (at = 0): Shield => {
    const s = newShield();
    s.judge(fact("success", { address: OFFICE, account: "anna@x", proved: true, at }));
    return s;
  };
  await t.test("an old password of an account that is used there: that device alone, and it is named", () => {
    const s = known();
    const [verdict] = run(s, 6, MINUTE, () => wrong({ address: OFFICE, device: "Old Phone 1.0" }));
    assert.equal(verdict.action, "mute");
    assert.deepEqual(verdict.target, { source: OFFICE, account: "anna@x", device: "Old Phone 1.0", spares: false });
  });
  await t.test("another account: that account there", () => {
    const [verdict] = run(known(), 6, MINUTE, () => wrong({ address: OFFICE, account: "bert@x", device: "y" }));
    assert.equal(verdict.action, "mute");
    assert.deepEqual(verdict.target, { source: OFFICE, account: "bert@x", device: "", spares: false });
  });
  await t.test("and its account is not guarded, however often it tries", () => {
    const decided = run(known(), 30, 1_000, () => wrong({ address: OFFICE, account: "bert@x" }));
    assert.ok(decided.every((v) => v.scenario === "wrong-password"));
  });
  await t.test("a scanner in it: who has standing is spared", () => {
    const [verdict] = known().judge(fact("scanner", { address: OFFICE, proved: true }));
    assert.deepEqual([verdict.action, verdict.target.spares], ["mute", true]);
  });
  await t.test("after a day without success it is a stranger", () => {
    const [verdict] = known().judge(fact("scanner", { address: OFFICE, proved: true, at: DAY }));
    assert.equal(verdict.action, "ban");
  });
});

test("an office where some phones are refused again and again is no flood: those that are new there are not muted", () => {
  const s = newShield();
  s.judge(fact("success", { address: OFFICE, account: "anna@x", proved: true }));
  assert.deepEqual(said(run(s, 5, 2_000, () => fact("flood", { address: OFFICE }))), []);
});

test("the never-list: told, and nothing follows", () => {
  const s = newShield();
  const [verdict] = s.judge(fact("scanner", { address: "192.0.2.9", proved: true }));
  assert.deepEqual([verdict.spared, verdict.changes, s.book.size], [true, [], 0]);
});

test("modes: observe tells, off does not even count", () => {
  const limits = [{ count: 2, within: MINUTE }];
  const observing = newShield([["scanner", { mode: "observe", limits }]]);
  assert.deepEqual(observing.judge(fact("scanner")), [], "the site's own limit");
  assert.deepEqual(
    observing
      .judge(fact("scanner"))
      .flatMap((v) => v.changes)
      .map((c) => [c.entry.action, c.entry.enforced]),
    [["mute", false]],
  );
  const off = newShield([["scanner", { mode: "off", limits }]]);
  assert.deepEqual(
    run(off, 5, 0, () => fact("scanner")),
    [],
  );
});

test("neighbours: the fourth banned source of a /24 within a day bans it, unless somebody there has standing", () => {
  const bans = (s: Shield): string[] =>
    run(s, 4, HOUR, (i) => fact("scanner", { address: `198.51.100.${i}`, proved: true }))
      .flatMap((v) => v.changes)
      .map((c) => c.entry.source);
  assert.deepEqual(bans(newShield()), [
    "198.51.100.0",
    "198.51.100.1",
    "198.51.100.2",
    "198.51.100.3",
    "198.51.100.0/24",
  ]);
  const s = newShield();
  s.judge(fact("success", { address: "198.51.100.200", account: "anna@x" }));
  assert.equal(bans(s).includes("198.51.100.0/24"), false);
  assert.equal(bans(newShield([], cidrs("198.51.100.128/32"))).includes("198.51.100.0/24"), false, "the never-list");
});

test("neighbours: what is only noted for a scenario that observes bans no block, with an enforced one neither", () => {
  const s = newShield([["decoy", { mode: "observe", limits: [{ count: 1, within: HOUR }] }]]);
  run(s, 3, HOUR, (i) => fact("decoy", { address: `198.51.100.${i}`, proved: true }));
  const [verdict] = run(s, 1, HOUR, () => fact("scanner", { address: "198.51.100.9", proved: true }));
  assert.deepEqual(
    verdict.changes.map((c) => c.entry.source),
    ["198.51.100.9"],
  );
});

test("forged packets cannot fill the book: mutes have an end, and bans do not give way to them", () => {
  const s = newShield();
  s.judge(fact("scanner", { proved: true }));
  for (let i = 0; i < MOST_MUTES + 1_000; i++) {
    s.judge(fact("scanner", { address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }));
  }
  assert.equal(s.book.size, MOST_MUTES + 1);
  assert.equal(s.book.get({ source: BAD, account: "", device: "", spares: false })?.action, "ban");
});

test("evidence: what it was decided on goes into the book, the latest last", () => {
  const s = newShield();
  const [verdict] = run(s, 6, 1_000, (i) => wrong({ reference: `try ${i}` }));
  const { entry, evidence } = verdict.changes[0];
  assert.deepEqual(
    evidence.map((f) => f.reference),
    [0, 1, 2, 3, 4, 5].map((i) => `try ${i}`),
  );
  assert.equal(entry.because, "6 in 10 min: wrong passwords for one account from one source");
});
