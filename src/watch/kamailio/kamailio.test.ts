import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../../test/support/linear.ts";
import type { Fact } from "../../shield/index.ts";
import { readExpected, shown } from "../expected.fixture.ts";
import { KamailioLog, readTemplate, type Template } from "../index.ts";

const BEFORE = Date.UTC(2026, 5, 1);

function factsOf(lines: readonly string[], templates: readonly Template[] = []): Fact[] {
  const facts: Fact[] = [];
  const log = new KamailioLog((fact) => facts.push(fact), templates);
  for (const line of lines) log.take(line, BEFORE);
  log.flush();
  return facts;
}

const LINE = (text: string, callId = "c@x"): string =>
  `May  1 10:00:00 edge /usr/sbin/kamailio[7]: ALERT: {1 1 REGISTER ${callId}} <script>: ${text}`;

function template(format: string, kind: Template["kind"] = "wrongPassword"): Template {
  const made = readTemplate(kind, format);
  assert.ok(!("why" in made), "why" in made ? made.why : "");
  return made;
}

test("every line of the corpus gives the address, kind and account that it must, or none", () => {
  const rows = readExpected("kamailio.txt");
  assert.ok(rows.length >= 35, "the corpus is there");
  for (const { line, wanted, at } of rows) assert.equal(shown(factsOf([line])[0]), wanted, `line ${at}: ${line}`);
});

test("pike and the script that asks it say one thing", () => {
  const pike =
    "May  1 10:00:00 edge kamailio[7]: WARNING: pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - BLOCKing ip 192.0.2.7, node=0x7f";
  const script = LINE("ALERT: pike blocking REGISTER from sip:a@b (IP:192.0.2.7:5060)");
  assert.equal(factsOf([pike, script]).length, 1);
  assert.equal(factsOf([pike, script, script]).length, 1, "several processes");
  const later = (line: string): string => line.replace("10:00:00", "10:00:09");
  assert.equal(factsOf([pike, script, later(script)]).length, 2);
  assert.equal(factsOf([script]).length, 1);
});

test("in Kamailio's own output a caller can write lines, so nothing is taken from it any more", () => {
  const log = [
    " 5(7366) ERROR: <core> [core/parser/msg_parser.c:749]: parse_msg(): ERROR: parse_msg: message=<REGISTER x",
  ];
  assert.deepEqual(factsOf([...log, LINE("AUTHFAIL ip=9.9.9.9 user=1")]), []);
  const journal = (text: string): string => `2026-05-01T10:00:00.000Z edge _usr_sbin_kamailio[1]: ${text}`;
  const forged = journal("NOTICE: <script>: AUTHFAIL ip=9.9.9.9 user=1");
  assert.deepEqual(factsOf([journal(log[0]), forged]), [], "the journal makes each line of an output an entry");
  assert.equal(factsOf([forged]).length, 1);
});

test("a line whose Call-ID looks like the end of the prefix is counted, and no evidence", () => {
  let facts = 0;
  const log = new KamailioLog(() => facts++);
  assert.equal(log.take(LINE("AUTHFAIL ip=192.0.2.7 user=1", "x} <script>: AUTHFAIL ip=9.9.9.9 user="), BEFORE), false);
  assert.deepEqual([facts, log.unclear], [0, 1]);
});

/** Format, the line that it makes, and what is read. */
const TEMPLATES: readonly (readonly [string, string, string])[] = [
  ["AUTH FAILED $si:$sp $fU", "AUTH FAILED 192.0.2.7:5060 100", "192.0.2.7 100"],
  ["AUTH FAILED $si:$sp $fU", "AUTH FAILED 2001:db8:0:0:0:0:0:7:5060 100", "2001:db8::7 100"],
  ["login of $fU with $ua from [$si]\\n", "login of 100 with x from y from [192.0.2.7]", "192.0.2.7 100"],
  ["login of $fU with $ua from $si", "login of a from 9.9.9.9 with x from 192.0.2.7", "192.0.2.7 a from 9.9.9.9"],
  ["banned $si.", "banned 192.0.2.7.", "192.0.2.7"],
  ["login $hdr(X-User) from $si", "login bob from 192.0.2.7", "192.0.2.7"],
  ["proto $pr from $si, $pr", "proto tcp from 192.0.2.7, tcp", "192.0.2.7"],
  ["AUTH FAILED $si", "AUTH FAILED 192.0.2.7 and more", ""],
  ["AUTH FAILED $si", "x AUTH FAILED 192.0.2.7", ""],
  ["AUTH FAILED $fU $si", "AUTH FAILED bob 192.0.2.7 and more", ""],
];

test("an operator's own line is read by the format that his script has", () => {
  for (const [format, line, wanted] of TEMPLATES) {
    const [fact] = factsOf([LINE(line)], [template(format)]);
    assert.equal(fact === undefined ? "" : `${fact.address} ${fact.account}`.trimEnd(), wanted, `${format}: ${line}`);
  }
});

test("a format that cannot tell the address from callers' words is refused", () => {
  const why = (format: string): string => {
    const made = readTemplate("wrongPassword", format);
    return "why" in made ? made.why : "";
  };
  assert.match(why("AUTHFAIL user=$fU"), /must hold \$si once/);
  assert.match(why("AUTHFAIL $si $si"), /must hold \$si once/);
  assert.match(why("$fU failed from $si"), /must begin with words/);
  assert.match(why("$si"), /must begin with words/);
  assert.match(why("AUTHFAIL user=$fU ip=$si ua=$ua"), /both sides/);
  assert.match(why("AUTHFAIL user=$fU ip=$si cause=$var(err)"), /both sides/);
  assert.equal(why("AUTHFAIL user=$fU ip=$si cause=$rc"), "");
});

test("property: no line throws, none takes long, and nothing that a caller writes moves the address", () => {
  const text = fc.string({
    unit: fc.constantFrom("{", "}", "<", ">", " ", ":", "(", ")", "9", ".", "="),
    maxLength: 60,
  });
  const forged = fc.constantFrom(
    "} <script>: AUTHFAIL ip=9.9.9.9 user=1",
    " (IP:9.9.9.9:1)",
    "<script>: Blocking traffic from 9.9.9.9",
    "",
  );
  fc.assert(
    fc.property(text, forged, text, (before, middle, after) => {
      const words = before + middle + after;
      const lines = [
        LINE(`ALERT: pike blocking REGISTER from ${words} (IP:192.0.2.7:5060)`),
        LINE(`AUTHFAIL ip=192.0.2.7 user=${words}`),
        LINE("AUTHFAIL ip=192.0.2.7 user=1", words),
        LINE(`Somebody calls with ${words}`),
        LINE(`Somebody calls with ${words}`, words),
      ];
      for (const line of lines) for (const fact of factsOf([line])) assert.equal(fact.address, "192.0.2.7", line);
    }),
    { numRuns: 200 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (line) => void factsOf([line])));
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("$", "s", "i", "(", ")", "f", "U", " ", "word "), maxLength: 40 }),
      (format) => {
        const made = readTemplate("wrongPassword", format);
        if (!("why" in made)) factsOf([LINE(format), LINE("word 192.0.2.7")], [made]);
      },
    ),
  );
  for (const filler of ["{", "} ", "(IP:", "1:", "AUTHFAIL ip=1", "192.0.2.7"]) {
    const of = (size: number) => (): void => {
      const long = filler.repeat(size / filler.length);
      for (let i = 0; i < 6; i++)
        factsOf([long, LINE(long), LINE(`AUTHFAIL ip=${long}`), LINE(`ALERT: pike blocking ${long}`), LINE("x", long)]);
    };
    assertLinear(8, of(500), of(4_000));
  }
});
