import assert from "node:assert/strict";
import { test } from "node:test";
import { type Caller, decide, type Question, type TargetKind } from "./decide.ts";

/** Status per caller and target, 200 for allow: without a backend, with one. */
const calls: [Caller, TargetKind, number, number][] = [
  ["stranger", "local", 403, 403],
  ["stranger", "number", 403, 403],
  ["stranger", "foreign", 403, 403],
  ["stranger", "self", 200, 200],
  ["user", "local", 200, 200],
  ["user", "number", 404, 200],
  ["user", "foreign", 403, 403],
  ["user", "self", 200, 200],
  ["backend", "local", 200, 200],
  ["backend", "number", 404, 404],
  ["backend", "foreign", 403, 403],
  ["backend", "self", 200, 200],
  ["trunk", "local", 200, 200],
  ["trunk", "number", 404, 200],
  ["trunk", "foreign", 403, 403],
  ["trunk", "self", 200, 200],
];
for (const method of ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "BYE", "FOO"]) {
  for (const [caller, target, alone, withBackend] of calls) {
    test(`${method} by ${caller} to ${target}`, () => {
      assert.equal(status({ method, caller, target, hasBackend: false }), alone);
      assert.equal(status({ method, caller, target, hasBackend: true }), withBackend);
    });
  }
}

const CALLERS = ["user", "stranger", "backend", "trunk"] as const;
const TARGETS = ["self", "local", "number", "foreign"] as const;

test("REGISTER is for our own domains, whoever asks: the registrar authenticates", () => {
  for (const caller of CALLERS)
    for (const target of TARGETS)
      assert.equal(status({ method: "REGISTER", caller, target }), target === "foreign" ? 403 : 200);
});

test("property of the table: nobody reaches a foreign domain by default, only users and trunks the backend", () => {
  for (const caller of CALLERS) {
    assert.equal(status({ caller, target: "foreign" }), 403);
    assert.equal(status({ caller, target: "number" }) === 200, caller === "user" || caller === "trunk");
  }
});

const settings: [name: string, question: Partial<Question>, number][] = [
  ["allow_anonymous: a local user", { caller: "stranger", target: "local", allowAnonymous: true }, 200],
  ["allow_anonymous: never outside", { caller: "stranger", target: "number", allowAnonymous: true }, 404],
  ["allow_anonymous: never elsewhere", { caller: "stranger", target: "foreign", allowAnonymous: true }, 403],
  ["a number the user has no right to", { caller: "user", target: "number", mayDial: false }, 403],
  [
    "without a backend a number is nobody's",
    { caller: "user", target: "number", mayDial: false, hasBackend: false },
    404,
  ],
  ["own users are called without any right", { caller: "user", target: "local", mayDial: false }, 200],
  ["allow_foreign_domains: users", { caller: "user", target: "foreign", allowForeignDomains: true }, 200],
  ["allow_foreign_domains: no strangers", { caller: "stranger", target: "foreign", allowForeignDomains: true }, 403],
  ["allow_foreign_domains: no trunk", { caller: "trunk", target: "foreign", allowForeignDomains: true }, 403],
  ["allow_foreign_domains: no backend", { caller: "backend", target: "foreign", allowForeignDomains: true }, 403],
];
for (const [name, question, expected] of settings) test(name, () => assert.equal(status(question), expected));

test("where strangers may not call, what exists and what does not are refused alike", () => {
  const answers = TARGETS.filter((target) => target !== "self").map((target) => status({ caller: "stranger", target }));
  assert.deepEqual(answers, [403, 403, 403]);
});

function status(q: Partial<Question>): number {
  const usual = {
    method: "INVITE",
    hasBackend: true,
    mayDial: true,
    allowAnonymous: false,
    allowForeignDomains: false,
  };
  const word = decide({ ...usual, caller: "user", target: "local", ...q });
  return word === "allow" ? 200 : word.reply;
}
