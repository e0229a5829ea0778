import assert from "node:assert/strict";
import { test } from "node:test";
import { readDialled } from "./number.ts";
import { hashPin, PinGuard, splitPin } from "./pin.ts";

const STORED = hashPin("2580", "00ff");
const WINDOW = 900_000;

test("what is stored is salted, does not show the PIN, and is the same for the same salt alone", () => {
  assert.ok(!STORED.includes("2580"));
  assert.equal(hashPin("2580", "00ff"), STORED);
  assert.notEqual(hashPin("2580", "00fe"), STORED);
  assert.notEqual(hashPin("2581", "00ff"), STORED);
});

test("five wrong PINs lock the account for the rest of a quarter of an hour, for the right one too", () => {
  const guard = new PinGuard("s");
  for (let i = 0; i < 5; i++) assert.equal(guard.judge("anna", STORED, `000${i}`, 1_000 + i), "wrong");
  assert.equal(guard.judge("anna", STORED, "2580", 2_000), "locked");
  assert.equal(guard.judge("bert", STORED, "2580", 2_000), "right", "nobody else");
  assert.equal(guard.judge("anna", STORED, "2580", 1_000 + WINDOW - 1), "locked");
  assert.equal(guard.judge("anna", STORED, "2580", 1_000 + WINDOW), "right");
});

test("right PINs do not clear the count: the owner's calls give nobody more tries", () => {
  const guard = new PinGuard("s");
  for (let i = 0; i < 4; i++) guard.judge("anna", STORED, "0000", i);
  assert.equal(guard.judge("anna", STORED, "2580", 5), "right");
  assert.equal(guard.judge("anna", STORED, "0000", 6), "wrong");
  assert.equal(guard.judge("anna", STORED, "2580", 7), "locked");
});

test("a PIN that was changed is the old one no more, although it was remembered", () => {
  const guard = new PinGuard("s");
  assert.equal(guard.judge("anna", STORED, "2580", 0), "right");
  assert.equal(guard.judge("anna", STORED, "2580", 0), "right");
  const changed = hashPin("1357", "00ff");
  assert.equal(guard.judge("anna", changed, "2580", 0), "wrong");
  assert.equal(guard.judge("anna", changed, "1357", 0), "right");
});

test("a stored text that is none opens nothing", () => {
  const guard = new PinGuard("s");
  for (const stored of ["", ":", "00ff:", "00ff:00", "zz"])
    assert.equal(guard.judge(stored, stored, "2580", 0), "wrong");
});

const SPLIT: [string, string, string][] = [
  ["*2580*0044", "2580", "0044"],
  ["%*2580*0044", "", ""],
  ["*258*0044", "", ""],
  ["*1234567890123*0044", "", ""],
  ["*123456789012*0044", "123456789012", "0044"],
  ["*25a0*0044", "", ""],
  ["*25800044", "", ""],
  ["2580*0044", "", ""],
  ["*2580*", "2580", ""],
];
test("what is a PIN and what is not", () => {
  for (const [user, pin, number] of SPLIT) {
    const found = splitPin(readDialled(user));
    assert.deepEqual(found, pin === "" ? undefined : { pin, number }, user);
  }
});
