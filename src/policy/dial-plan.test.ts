import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CLASS, DIAL_CLASSES } from "./classes.ts";
import { DialPlan } from "./dial-plan.ts";
import { readDialled } from "./number.ts";
import type { DialRule } from "./presets.ts";

/** Names of the classes that a user part needs, "emergency" for none at all. */
function needs(plan: DialPlan, user: string): string {
  const bits = plan.classesOf(readDialled(user));
  return bits === 0 ? "emergency" : DIAL_CLASSES.filter((name) => (bits & CLASS[name]) !== 0).join(" ");
}

const FR: [string, string][] = [
  ["0142278186", "national"],
  ["0942278186", "national"],
  ["01 42 27 81 86", "national"],
  ["(0)1-42.27.81.86", "national"],
  ["0612345678", "mobile"],
  ["0712345678", "mobile"],
  ["+33612345678", "mobile"],
  ["0033612345678", "mobile"],
  ["+33142278186", "national"],
  ["0800123456", "national"],
  ["0806123456", "national"],
  ["0812345678", "premium"],
  ["0826123456", "premium"],
  ["0899123456", "premium"],
  ["+33899123456", "premium"],
  ["3615", "premium"],
  ["3919", "national"],
  ["118218", "premium"],
  ["1013", "national"],
  ["15", "emergency"],
  ["17", "emergency"],
  ["18", "emergency"],
  ["112", "emergency"],
  ["116117", "emergency"],
  ["00447900123456", "international"],
  ["+447900123456", "international"],
  ["+262262123456", "international"],
  ["+336123456789", "international"],
  ["447900123456", "international"],
  ["33612345678", "international"],
  ["06123456789", "international"],
  ["1120", "internal"],
  ["201", "internal"],
  ["echo", "internal"],
  ["*97", "internal"],
  ["#31#0612345678", "internal mobile"],
  ["*21*00447900123456#", "internal international"],
  ["*21*112#", "internal"],
  ["*21*3615#", "internal premium"],
  ["*21*x00447900123456#", "internal international"],
  // As the dialplan may filter the digits out, or cut the parameters off.
  ["3615a", "internal premium"],
  ["15a", "internal"],
  ["0899123456x", "international premium"],
  ["0899123456;isub=x", "premium"],
  ["0;0447900123456", "internal international"],
  ["x0;0447900123456", "internal international"],
  ["688201234;phone-context=+33", "mobile international"],
  ["0899123456;phone-context=+33", "international premium"],
  ["anna;ext=12", "internal"],
];
for (const [user, expected] of FR) {
  test(`France: ${user} is ${expected}`, () => assert.equal(needs(new DialPlan("fr", []), user), expected));
}

const ES: [string, string][] = [
  ["912345678", "national"],
  ["812345678", "national"],
  ["900123456", "national"],
  ["612345678", "mobile"],
  ["712345678", "mobile"],
  ["+34612345678", "mobile"],
  ["0034912345678", "national"],
  ["803123456", "premium"],
  ["806123456", "premium"],
  ["905123456", "premium"],
  ["704123456", "premium"],
  ["11818", "premium"],
  ["112", "emergency"],
  ["061", "emergency"],
  ["091", "emergency"],
  ["016", "emergency"],
  ["0033612345678", "international"],
  ["+33612345678", "international"],
  ["61234567890", "international"],
  ["34612345678", "international"],
  ["1004", "national"],
  ["2001", "internal"],
];
for (const [user, expected] of ES) {
  test(`Spain: ${user} is ${expected}`, () => assert.equal(needs(new DialPlan("es", []), user), expected));
}

const NONE: [string, string][] = [
  ["0612345678", "national"],
  ["447900123456", "national"],
  ["00447900123456", "international"],
  ["+447900123456", "international"],
  ["112", "emergency"],
  ["911", "emergency"],
  ["12345", "internal"],
  ["123456", "national"],
  ["*6700447900123456", "internal national international"],
  ["*7200447900123456", "internal national international"],
  ["*72+447900123456", "internal national international"],
  ["*720612345678", "internal national"],
  ["0*0447900123456", "national international"],
];
for (const [user, expected] of NONE) {
  test(`no preset: ${user} is ${expected}`, () => assert.equal(needs(new DialPlan("none", []), user), expected));
}

/** What a dialplan behind us may read as 00447900123456. */
const DISGUISES = [
  "0-0447900123456",
  "00.4479.00123456",
  "(00)447900123456",
  "00 44 7900 123456",
  "00447900123456abc",
  "00447900123456;isub=1",
  "x00447900123456",
  "0x0447900123456",
  "7900123456;phone-context=+44",
  "++447900123456",
];
test("a number abroad stays one, whatever is put between or before its digits", () => {
  for (const user of DISGUISES) assert.equal(needs(new DialPlan("fr", []), user), "international", user);
});

test("own rules come before the preset, however long its prefixes are, and the longest own one wins", () => {
  const own: DialRule[] = [
    ["08", "national"],
    ["0899", "premium"],
    ["3xxx", "internal"],
    ["0044", "national"],
    ["1234", "emergency"],
  ];
  const plan = new DialPlan("fr", own);
  const expected: [string, string][] = [
    ["0826123456", "national"],
    ["0899123456", "premium"],
    ["3615", "internal"],
    ["33612345678", "international"],
    ["00447900123456", "national"],
    ["00337900123456", "international"],
    ["1234", "emergency"],
    ["123400447900123456", "international"],
  ];
  for (const [user, is] of expected) assert.equal(needs(plan, user), is, user);
});

const digit = fc.constantFrom("0", "1", "2");
const digits = (most: number) => fc.string({ unit: digit, minLength: 1, maxLength: most });
const ownRule = fc
  .tuple(digits(4), fc.nat(3), fc.constantFrom(...DIAL_CLASSES))
  .map(([prefix, open, is]): DialRule => [prefix + "x".repeat(open), is]);

/** The naive model: every rule is looked at; of equal prefixes the later one counts. */
function naive(rules: readonly DialRule[], number: string): string | undefined {
  let best: { readonly length: number; readonly is: string } | undefined;
  for (const [pattern, is] of rules) {
    const prefix = pattern.replace(/x+$/, "");
    const fits = prefix.length === pattern.length || pattern.length === number.length;
    if (number.startsWith(prefix) && fits && (best === undefined || prefix.length >= best.length))
      best = { length: prefix.length, is };
  }
  return best?.is;
}

test("property: the table finds what looking at every rule finds", () => {
  fc.assert(
    fc.property(fc.array(ownRule, { maxLength: 20 }), fc.array(digits(9), { maxLength: 20 }), (rules, numbers) => {
      const plan = new DialPlan("none", rules);
      const bare = new DialPlan("none", []);
      for (const number of numbers) assert.equal(needs(plan, number), naive(rules, number) ?? needs(bare, number));
    }),
  );
});

test("property: no text at all makes it throw, and what begins with 00 or + is never called national", () => {
  const plan = new DialPlan("es", []);
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("00", "+"), (rest, start) => {
      needs(plan, rest);
      const number = readDialled(start + rest);
      const home = number.text.startsWith("+34") || number.text.startsWith("0034") || number.digits <= 5;
      if (!home) assert.equal(plan.classesOf(number) & CLASS.international, CLASS.international, start + rest);
    }),
  );
});
