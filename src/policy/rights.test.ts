import assert from "node:assert/strict";
import { test } from "node:test";
import { classBits } from "./classes.ts";
import { DialPlan } from "./dial-plan.ts";
import { hashPin, PinGuard, type PinVerdict } from "./pin.ts";
import { compileRights, mayDial, NO_RIGHTS, type Rights } from "./rights.ts";

const PLAN = new DialPlan("fr", []);
const EVERYBODY = classBits(["internal", "national", "mobile"]);
const PIN = hashPin("2580", "salt");
const rights = (classes: string[] | undefined, pin = ""): Rights => compileRights({ classes, acl: [], pin });

/** Rights, what is dialled: whether it may go, and what goes instead. "2580" is the right PIN. */
const ABROAD = "00447900123456";
const TABLE: [name: string, rights: Rights, user: string, allowed: boolean, stripped?: string][] = [
  ["nothing of its own: what everybody may", NO_RIGHTS, "0612345678", true],
  ["nothing of its own: not abroad", NO_RIGHTS, ABROAD, false],
  ["nothing of its own: not premium", NO_RIGHTS, "0899123456", false],
  ["nothing of its own: a PIN that is none", NO_RIGHTS, `*2580*${ABROAD}`, false],
  ["abroad where granted", rights(["international"]), ABROAD, true],
  ["own classes stand instead of those of everybody", rights(["international"]), "0612345678", false],
  ["no class at all", rights([]), "201", false],
  ["no class at all: emergency numbers all the same", rights([]), "112", true],
  ["a premium number that a C program sees end early", rights(["international"]), "0899123456\u00011", false],
  ["premium where granted", rights(["premium"]), "0899123456", true],
  ["with a PIN: at home without it", rights(undefined, PIN), "0612345678", true],
  ["with a PIN: not abroad without it", rights(undefined, PIN), ABROAD, false],
  ["with a PIN: not abroad without it even where granted", rights(["international"], PIN), ABROAD, false],
  ["with a PIN: abroad by it, and it goes no further", rights(undefined, PIN), `*2580*${ABROAD}`, true, ABROAD],
  ["with a PIN: + too", rights(undefined, PIN), "*2580*+447900123456", true, "+447900123456"],
  ["with a PIN: separators are no part of what goes", rights(undefined, PIN), "*2580*00 44-7900123456", true, ABROAD],
  ["with a PIN: a wrong one", rights(undefined, PIN), `*2581*${ABROAD}`, false],
  ["with a PIN: it opens nothing but abroad", rights(undefined, PIN), "*2580*0899123456", false],
  ["with a PIN: nothing behind it", rights(undefined, PIN), "*2580*", false],
  ["with a PIN: what is no plain number behind it", rights(undefined, PIN), `*2580*${ABROAD}x`, false],
  ["with a PIN: a feature code of its own", rights(undefined, PIN), "*21*0612345678", true],
  ["with a PIN: a feature code that leads abroad", rights(undefined, PIN), `*21*${ABROAD}`, false],
  ["with a PIN: emergency", rights(undefined, PIN), "112", true],
];
for (const [name, given, user, allowed, stripped] of TABLE) {
  test(`${name}: ${user}`, () => {
    const guard = new PinGuard("secret");
    const verdict = mayDial(given, PLAN, EVERYBODY, user, (pin) => guard.judge("a", given.pin, pin, 0));
    assert.equal(verdict.allowed, allowed);
    assert.equal(verdict.stripped, stripped);
  });
}

test("a PIN is asked about only where one is dialled", () => {
  const judge = (): PinVerdict => assert.fail("asked");
  for (const user of ["0612345678", "112", "*97", "*21*0612345678", "*12a4*00", ABROAD])
    mayDial(rights(undefined, PIN), PLAN, EVERYBODY, user, judge);
});

test("a rule that cannot be read says nothing, and the others stand", () => {
  const { acl } = compileRights({ classes: undefined, acl: ["-all", "nonsense", "+10.0.0.0/8"], pin: "" });
  assert.equal(acl.length, 2);
});
