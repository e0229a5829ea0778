import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../../test/support/linear.ts";
import type { Fact } from "../../shield/index.ts";
import { readExpected, shown } from "../expected.fixture.ts";
import { FreeswitchLog } from "../index.ts";

const BEFORE = Date.UTC(2026, 5, 1);

function factsOf(lines: readonly string[]): Fact[] {
  const facts: Fact[] = [];
  const log = new FreeswitchLog((fact) => facts.push(fact));
  for (const line of lines) log.take(line, BEFORE);
  log.flush();
  return facts;
}

const FAILED = (time: string, to: string, from = "192.0.2.7"): string =>
  `2026-05-01 ${time}.000000 [WARNING] sofia_reg.c:1842 SIP auth failure (REGISTER) on sofia profile 'internal' for [${to}] from ip ${from}`;
const UNKNOWN = (time: string, who: string, from = "192.0.2.7"): string =>
  `2026-05-01 ${time}.000000 [WARNING] sofia_reg.c:2889 Can't find user [${who}] from ${from}`;

test("every line of the corpus gives the address, kind and account that it must, or none", () => {
  const rows = readExpected("freeswitch.txt");
  assert.ok(rows.length >= 25, "the corpus is there");
  for (const { line, wanted, at } of rows) assert.equal(shown(factsOf([line])[0]), wanted, `line ${at}: ${line}`);
});

test("an unknown user is one attempt, though the failure is written, too", () => {
  const pair = [UNKNOWN("10:00:00", "1@h"), FAILED("10:00:00", "1@h")];
  assert.deepEqual(
    factsOf([...pair, ...pair]).map((f) => f.kind),
    ["unknownUser", "unknownUser"],
  );
  const crossed = [pair[0], pair[0], pair[1], pair[1], FAILED("10:00:01", "2@h")];
  assert.deepEqual(
    factsOf(crossed).map((f) => f.kind),
    ["unknownUser", "unknownUser", "wrongPassword"],
  );
  assert.equal(factsOf([UNKNOWN("10:00:00", "1@h"), FAILED("10:00:03", "1@h")]).length, 2, "another attempt");
  assert.equal(factsOf([UNKNOWN("10:00:00", "1@h"), FAILED("10:00:00", "1@h", "192.0.2.8")]).length, 2);
});

test("time comes from the line: its own stamp before that of the syslog, and a year for those without", () => {
  const own = "2026-05-01T12:00:00+02:00 pbx freeswitch[1]: " + FAILED("10:00:00", "1@h");
  assert.equal(factsOf([own])[0].at, Date.UTC(2026, 4, 1, 10));
  const short = (stamp: string): string => FAILED("10:00:00", "1@h").replace("2026-05-01 10:00:00.000000", stamp);
  assert.equal(factsOf([short("05-30 10:00:00.000001")])[0].at, Date.UTC(2026, 4, 30, 10));
  assert.equal(factsOf([short("06-09 10:00:00.000001")])[0].at, Date.UTC(2025, 5, 9, 10));
});

test("where callers' SDP stands in the log, nothing is taken from it any more; with a uuid in front it does no harm", () => {
  const sdp = "[DEBUG] sofia.c:7326 Remote SDP:";
  const id = "6b4d1b2e-8a0c-4f6d-9d0a-2b1f6a7c8d90";
  const forged = FAILED("10:00:00", "1@h", "9.9.9.9");
  assert.deepEqual(factsOf([`2026-05-01 10:00:00.000000 ${sdp}`, "v=0", forged]), []);
  const [only, more] = factsOf([
    `${id} 2026-05-01 10:00:00.000000 ${sdp}`,
    `${id} v=0`,
    `${id} ${forged}`,
    FAILED("10:00:01", "2@h"),
  ]);
  assert.deepEqual([only.address, more], ["192.0.2.7", undefined]);
  const marked = `${id} 2026-05-01 10:00:00.000000 ${sdp}`;
  assert.deepEqual(factsOf([marked, "v=0", forged]), [], "the console marks the first line alone");
  const journal = (text: string): string => `2026-05-01T10:00:00.000Z pbx freeswitch[1]: ${text}`;
  assert.deepEqual(factsOf([marked, "v=0", forged].map(journal)), []);
  const named = `2026-05-01 10:00:00.000000 [INFO] mod_dplan.c:1 Caller calls himself Remote SDP:`;
  assert.equal(factsOf([named, FAILED("10:00:01", "2@h")]).length, 1, "nobody ends it by his name");
  const data = "2026-05-01 10:00:00.000000 [INFO] mod_dptools.c:1875 CHANNEL_DATA:";
  assert.deepEqual(factsOf([data, "variable_switch_r_sdp: [v=0", forged]), []);
  const log = new FreeswitchLog(() => {});
  log.take(`2026-05-01 10:00:00.000000 ${sdp}`, BEFORE);
  assert.match(log.exposed, /SDP/);
});

test("FreeSWITCH marks 99 lines of one message: what may be the rest of it is not believed", () => {
  const id = "6b4d1b2e-8a0c-4f6d-9d0a-2b1f6a7c8d90";
  const sdp = (lines: number): string[] => Array.from({ length: lines }, () => `${id} a=x`);
  const forged = FAILED("10:00:00", "1@h", "9.9.9.9");
  const real = FAILED("10:00:01", "2@h");
  const addresses = (lines: readonly string[]): string[] => factsOf(lines).map((f) => f.address);
  assert.deepEqual(addresses([...sdp(98), real]), ["192.0.2.7"]);
  assert.deepEqual(addresses([...sdp(99), forged, `${id} a=x`, forged]), []);
  assert.deepEqual(addresses([...sdp(99), forged, "x".repeat(2_048), real]), ["192.0.2.7"]);
});

test("an account that is to do something where it is put into is told of besides", () => {
  const kinds = factsOf([UNKNOWN("10:00:00", "1'OR'1@h")]).map((f) => f.kind);
  assert.deepEqual(kinds, ["unknownUser", "injection"]);
});

test("a line so long that its end may be lost is no evidence", () => {
  assert.deepEqual(factsOf([FAILED("10:00:00", `${"x".repeat(1_000)}] from ip 9.9.9.9`, "192.0.2.7")]), []);
});

test("property: no line throws, none takes long, and no user or domain moves the address", () => {
  const text = fc.string({
    unit: fc.constantFrom("'", '"', "[", "]", "@", " ", ":", "(", "9", ".", "f"),
    maxLength: 60,
  });
  const forged = fc.constantFrom("] from ip 9.9.9.9", "] from 9.9.9.9", "' for [a@b] from ip 9.9.9.9", " SDP:", "");
  fc.assert(
    fc.property(text, forged, text, (before, middle, after) => {
      const who = before + middle + after;
      for (const line of [FAILED("10:00:00", who), UNKNOWN("10:00:00", who)]) {
        const facts = factsOf([line]);
        assert.ok(facts.length > 0, line);
        for (const fact of facts) assert.equal(fact.address, "192.0.2.7", line);
      }
    }),
    { numRuns: 200 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (line) => void factsOf([line])));
  for (const filler of ["[", "] from ip ", "1:", "IP 1 "]) {
    const of = (size: number) => (): void => {
      const long = filler.repeat(size / filler.length);
      for (let i = 0; i < 6; i++) factsOf([long, FAILED("10:00:00", long), UNKNOWN("10:00:00", long)]);
    };
    assertLinear(8, of(500), of(4_000));
  }
});
