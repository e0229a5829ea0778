import assert from "node:assert/strict";
import { test } from "node:test";
import { type Caller, decide, type TargetKind } from "./decide.ts";

/** Status per caller and target, 200 for allow: without a backend, with one. */
const calls: [Caller, TargetKind, number, number][] = [
  ["stranger", "local", 200, 200],
  ["stranger", "number", 404, 404],
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
];
for (const method of ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "BYE", "FOO"]) {
  for (const [caller, target, alone, withBackend] of calls) {
    test(`${method} by ${caller} to ${target}`, () => {
      assert.equal(status(method, caller, target, false), alone);
      assert.equal(status(method, caller, target, true), withBackend);
    });
  }
}

const registers: [TargetKind, number][] = [
  ["self", 200],
  ["local", 200],
  ["number", 200],
  ["foreign", 403],
];
test("REGISTER is for our own domains, whoever asks: the registrar authenticates", () => {
  for (const caller of ["user", "stranger", "backend"] as const)
    for (const [target, expected] of registers) assert.equal(status("REGISTER", caller, target, true), expected);
});

test("property of the table: no caller reaches a foreign domain, and only users reach the backend", () => {
  for (const caller of ["user", "stranger", "backend"] as const) {
    assert.equal(status("INVITE", caller, "foreign", true), 403);
    assert.equal(status("INVITE", caller, "number", true) === 200, caller === "user");
  }
});

function status(method: string, caller: Caller, target: TargetKind, hasBackend: boolean): number {
  const word = decide({ method, caller, target, hasBackend });
  return word === "allow" ? 200 : word.reply;
}
