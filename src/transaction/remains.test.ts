import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyHash } from "../base/index.ts";
import { give, MAKE, type MachineName } from "./machines.fixture.ts";
import { Remains, RemainsKind, remainsKind } from "./remains.ts";

const { nonInviteServer, inviteServer, inviteClient, inviteClientRefused, inviteServerRefused, nonInviteClient, none } =
  RemainsKind;
const small = (): Remains => new Remains({ entries: 16, slabBytes: 256, hash: new KeyHash(1, 2) });

test("each kind gives back what it is for", () => {
  const r = small();
  const cases: [kind: RemainsKind, text: string, given: string][] = [
    [nonInviteServer, "the final", "the final"],
    [inviteClient, "a note", "a note"],
    [inviteServer, "not needed", ""],
    [nonInviteClient, "not needed", ""],
  ];
  for (const [kind, text] of cases) assert.equal(r.put(`k${kind}`, kind, text, 32_000, 0), true);
  for (const [kind, , given] of cases) {
    assert.equal(r.find(`k${kind}`, 31_999), kind);
    assert.equal(r.text(), given);
  }
  assert.equal(r.find("k", 1), none);
  assert.equal(r.text(), "", "nothing was found");
});

test("it ends at its time, exactly", () => {
  const r = small();
  r.put("k", inviteServer, "", 32_000, 0.5);
  assert.equal(r.find("k", 31_999.9), inviteServer);
  assert.equal(r.find("k", 32_000), none);
  r.put("k", inviteServer, "", 100, 100);
  assert.equal(r.find("k", 100), none, "put too late");
});

test("no longer than 64 s", () => {
  const r = small();
  r.put("k", inviteServer, "", Number.POSITIVE_INFINITY, 1_000);
  assert.equal(r.find("k", 64_999), inviteServer);
  assert.equal(r.find("k", 65_000), none);
});

test("latin1 bytes come back as they were, NUL and 255 too", () => {
  const r = new Remains({ entries: 4, slabBytes: 4_096, hash: new KeyHash(1, 2) });
  const text = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  r.put("k", nonInviteServer, text, 32_000, 0);
  r.find("k", 1);
  assert.equal(r.text(), text);
});

test("a text that can never fit is refused and changes nothing", () => {
  const r = small();
  r.put("k", nonInviteServer, "x".repeat(56), 32_000, 0);
  assert.equal(r.put("k", nonInviteServer, "y".repeat(57), 32_000, 0), false);
  r.find("k", 1);
  assert.equal(r.text(), "x".repeat(56));
});

test("keys longer than one piece of the hash differ wherever they differ", () => {
  const r = new Remains({ entries: 64, slabBytes: 256, hash: new KeyHash(1, 2) });
  const long = "k".repeat(1_500);
  r.put(long, inviteServer, "", 32_000, 0);
  assert.equal(r.find(long, 1), inviteServer);
  for (const at of [0, 511, 512, 1_023, 1_024, 1_499]) {
    const other = `${long.slice(0, at)}K${long.slice(at + 1)}`;
    assert.equal(r.find(other, 1), none, `at ${at}`);
  }
  for (const other of [long.slice(1), `${long}k`, `${long}\0`]) assert.equal(r.find(other, 1), none);
});

test("an idle one holds nothing, a used one a little, and all is given back", () => {
  const r = new Remains({ entries: 1 << 21, slabBytes: 1 << 28, hash: new KeyHash(1, 2) });
  assert.equal(r.bytes, 0);
  r.put("k", nonInviteServer, "text", 32_000, 0);
  assert.ok(r.bytes < 500_000, String(r.bytes));
  r.sweep(32_256);
  assert.deepEqual([r.size, r.bytes, r.find("k", 32_256)], [0, 0, none]);
  r.put("k", nonInviteServer, "again", 64_000, 32_300);
  assert.equal(r.find("k", 32_301), nonInviteServer);
});

test("bytes are used to the last: eight texts of 24 and their words fill 256", () => {
  const r = small();
  for (let i = 0; i < 8; i++) r.put(`k${i}`, nonInviteServer, `${i}`.repeat(24), 32_000, 0);
  assert.equal(r.overwritten, 0);
  for (let i = 0; i < 8; i++) assert.equal(r.find(`k${i}`, 1), nonInviteServer);
  r.put("k8", nonInviteServer, "8", 32_000, 1);
  assert.deepEqual([r.overwritten, r.size, r.find("k1", 1), r.find("k2", 1)], [2, 7, none, nonInviteServer]);
});

test("under a steady load it takes what that needs and no more, however long it lasts", () => {
  const r = new Remains({ entries: 1 << 21, slabBytes: 1 << 28, hash: new KeyHash(1, 2) });
  const text = "x".repeat(360);
  let after = 0;
  for (let n = 0; n < 200_000; n++) {
    r.put(`key ${n}`, nonInviteServer, text, n * 10 + 32_000, n * 10);
    if (n === 20_000) after = r.bytes;
  }
  assert.equal(r.bytes, after);
  assert.ok(r.bytes < 3_000_000, `${r.bytes} bytes for 3,200 live ones`);
  assert.ok(r.size >= 3_200 && r.size <= 3_230, String(r.size));
});

test("sizes that make no sense are faults of ours", () => {
  const make = (entries: number, slabBytes: number) => (): Remains =>
    new Remains({ entries, slabBytes, hash: new KeyHash(0, 0) });
  for (const [entries, bytes] of [
    [3, 256],
    [2 ** 26 + 1, 256],
    [4, 255],
    [4, 2 ** 31 + 1],
    [Number.NaN, 256],
  ])
    assert.throws(make(entries, bytes), RangeError);
});

const states: [machine: MachineName, reliable: boolean, events: string[], kind: RemainsKind][] = [
  ["non-invite server", false, ["respond 200"], nonInviteServer],
  ["non-invite server", false, [], none],
  ["invite server", false, ["respond 200"], inviteServer],
  ["invite server", true, ["respond 200"], inviteServer],
  ["invite server", false, ["respond 486"], none],
  ["invite server", false, ["respond 486", "ack"], inviteServerRefused],
  ["invite server", true, ["respond 486", "ack"], none],
  ["invite server", false, ["respond 100"], none],
  ["invite client", false, ["response 200"], inviteClient],
  ["invite client", false, ["response 603"], inviteClientRefused],
  ["invite client", true, ["response 603"], none],
  ["invite client", false, ["response 180"], none],
  ["non-invite client", false, ["response 200"], nonInviteClient],
  ["non-invite client", false, ["response 100"], none],
  ["non-invite client", true, ["response 200"], none],
];
for (const [machine, reliable, events, kind] of states)
  test(`what may be put away: ${machine}, ${reliable ? "reliable" : "unreliable"}, ${events.join(", ") || "new"}: ${kind}`, () => {
    const tx = MAKE[machine](reliable, 0);
    for (const event of events) give(tx, event, 1);
    assert.equal(remainsKind(tx), kind);
  });

/** What the plain model knows of an entry. */
interface Known {
  readonly kind: RemainsKind;
  readonly text: string;
  readonly until: number;
  /** Entries put, and bytes written, before it. */
  readonly turn: number;
  readonly bytes: number;
}

type Act =
  | { do: "put"; key: number; kind: RemainsKind; length: number; stay: number }
  | { do: "wait"; ms: number }
  | { do: "sweep" };

const ENTRIES = 16;
const CHUNK = 64;
const CHUNKS = 4;

/** A Map beside a table of 16 entries in pages of 4 and 256 bytes in chunks of 64. */
class Pair {
  readonly remains = small();
  readonly model = new Map<string, Known>();
  now = 0;
  swept = 0;
  lost = 0;
  #turn = 0;
  #bytes = 0;

  act(a: Act): void {
    if (a.do === "wait") this.now += a.ms;
    else if (a.do === "sweep") {
      this.remains.sweep(this.now);
      this.swept = this.now;
    } else this.#put(a);
    this.#compare();
  }

  #put(a: Extract<Act, { do: "put" }>): void {
    const hasText = a.kind === nonInviteServer || a.kind === inviteClient || a.kind === inviteClientRefused;
    const text = hasText ? String.fromCharCode(97 + (this.#turn % 26)).repeat(a.length) : "";
    const until = this.now + a.stay;
    assert.equal(this.remains.put(`key ${a.key}`, a.kind, text, until, this.now), true);
    this.swept = this.now;
    this.model.delete(`key ${a.key}`);
    if (a.stay === 0) return;
    this.model.set(`key ${a.key}`, { kind: a.kind, text, until, turn: this.#turn++, bytes: this.#bytes });
    if (text !== "") this.#bytes += 8 + ((text.length + 3) & ~3);
  }

  /** All that the model knows is there, but what went to make room; that was the oldest, and was counted. */
  #compare(): void {
    const lost: [string, Known][] = [];
    const there: Known[] = [];
    for (const [key, known] of this.model) {
      const kind = this.remains.find(key, this.now);
      if (known.until <= this.now) assert.equal(kind, none, `${key} is past its time`);
      else if (kind === none) lost.push([key, known]);
      else {
        assert.equal(kind, known.kind);
        assert.equal(this.remains.text(), known.text);
        there.push(known);
      }
    }
    for (const [key, known] of lost) {
      this.model.delete(key);
      this.lost++;
      const older = there.filter((other) => other.turn < known.turn);
      const forEntries = older.length === 0 && this.#turn - known.turn > ENTRIES;
      const since = this.#bytes - known.bytes;
      const forText = known.text !== "" && older.every((o) => o.text === "") && since > (CHUNKS - 1) * (CHUNK - 56);
      assert.ok(forEntries || forText, `${key} went without need`);
    }
    assert.equal(this.remains.overwritten, this.lost);
    // Past their time, entries count until the step of 256 ms is over or their place is taken.
    let counted = 0;
    let alive = 0;
    for (const known of this.model.values()) {
      if (known.until > this.now) alive++;
      if (Math.ceil(known.until / 256) > Math.floor(this.swept / 256)) counted++;
    }
    assert.ok(this.remains.size >= alive && this.remains.size <= counted, `size ${this.remains.size}`);
    assert.ok(this.remains.bytes <= ENTRIES * 32 + CHUNK * CHUNKS + 16_384, "bounded");
  }
}

const acts = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("put" as const),
        key: fc.integer({ min: 0, max: 40 }),
        kind: fc.constantFrom(
          nonInviteServer,
          inviteServer,
          inviteClient,
          nonInviteClient,
          inviteServerRefused,
          inviteClientRefused,
        ),
        length: fc.integer({ min: 0, max: 56 }),
        stay: fc.integer({ min: 0, max: 40_000 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
    },
    { weight: 1, arbitrary: fc.constant<Act>({ do: "sweep" }) },
  ),
  { maxLength: 120, size: "max" },
);

test("property: it answers as a Map would, but for the oldest when entries or bytes run out", () => {
  let lost = 0;
  let emptied = 0;
  fc.assert(
    fc.property(acts, (list) => {
      const pair = new Pair();
      for (const a of list) pair.act(a);
      lost += pair.lost;
      pair.act({ do: "wait", ms: 70_000 });
      pair.act({ do: "sweep" });
      assert.deepEqual([pair.remains.size, pair.remains.bytes], [0, 0]);
      emptied++;
    }),
    { numRuns: 500 },
  );
  assert.ok(lost > 500 && emptied >= 500, "the property has seen overflow");
});

test("100,000 entries, several times around: every one is found until its time or its turn, and nothing else", () => {
  const entries = 1 << 15;
  const r = new Remains({ entries, slabBytes: 1 << 22, hash: new KeyHash(0x1234_5678, -77) });
  const key = (n: number): string => `z9hG4bK${n} 192.0.2.${n % 7}:5060 BYE`;
  const text = (n: number): string => `SIP/2.0 200 OK ${n}`;
  let n = 0;
  for (; n < 100_000; n++) r.put(key(n), nonInviteServer, text(n), n + 20_000, n);
  assert.equal(r.overwritten, 0, "20,000 live ones fit");
  for (let i = n - 50_000; i < n + 10_000; i++) {
    const isThere = i < n && i + 20_000 > n;
    assert.equal(r.find(key(i), n), isThere ? nonInviteServer : none, String(i));
    if (isThere) assert.equal(r.text(), text(i));
  }
  const crowd = n;
  for (; n < crowd + 50_000; n++) r.put(key(n), nonInviteServer, text(n), crowd + 30_000, crowd);
  assert.equal(r.overwritten, 19_999 + 50_000 - entries, "what did not fit");
  for (let i = crowd - 20_000; i < n; i++)
    assert.equal(r.find(key(i), crowd) !== none, i >= n - entries, `the last ${entries} are there: ${i}`);
});
