import assert from "node:assert/strict";
import { test } from "node:test";
import { ha1 } from "../../auth/index.ts";
import { COMMON, SHORT_NUMBERS } from "./common.ts";
import { GUESSES, type GuessKind, guess, ownGuesses } from "./guesses.ts";
import { guessedFinding } from "./judge.ts";

const md5 = (user: string, realm: string, password: string): string => ha1("MD5", user, realm, password);

/** User, password, what kind of guess finds it. */
const CASES: [string, string, GuessKind | undefined][] = [
  ["reception", "reception", "own"],
  ["reception", "Reception123", "own"],
  ["reception", "noitpecer", "own"],
  ["1001", "1001", "own"],
  ["1001", "sip1001", "own"],
  ["anna1001", "1001!", "own"],
  ["zurivaka73", "example2026", "own"],
  ["1001", "10011001", "own"],
  ["zurivaka73", "password", "common"],
  ["zurivaka73", "Asterisk123!", "common"],
  ["zurivaka73", "1234567890", "common"],
  ["zurivaka73", "0042", "number"],
  ["zurivaka73", "907", "number"],
  ["zurivaka73", "kV7-uN2#pR9!tX4", undefined],
  ["zurivaka73", "90714", undefined],
  ["zurivaka73", "", undefined],
];

for (const [user, password, kind] of CASES)
  test(`${user} with ${password || "nothing"}: ${kind ?? "not guessed"}`, () => {
    const account = { user, domain: "pbx.example.org", realm: "r", hash: md5(user, "r", password) };
    assert.equal(guess(account, md5), kind);
  });

test("a hash of another realm or user is not taken for a guess", () => {
  const hash = md5("reception", "other", "reception");
  assert.equal(guess({ user: "reception", domain: "pbx.example.org", realm: "r", hash }, md5), undefined);
});

test("the guesses are bounded and each is tried once", () => {
  for (const list of [COMMON, SHORT_NUMBERS]) assert.equal(new Set(list).size, list.length);
  for (const [user, domain] of [
    ["a", ""],
    ["anna1001", "pbx.example.org"],
    ["x".repeat(64), "y".repeat(64)],
    ["+33123456789", "[2001:db8::1]"],
  ]) {
    const own = ownGuesses(user, domain);
    assert.equal(new Set(own).size, own.length);
    assert.ok(own.length <= 250, `${user}: ${own.length}`);
  }
  assert.ok(GUESSES < 25_000, String(GUESSES));
});

test("what is told of a guessed password holds no part of it", () => {
  for (const kind of ["own", "common", "number"] as const) {
    const text = JSON.stringify(guessedFinding("x@y.example", kind));
    for (const secret of ["password1", "1234", "reception"]) assert.ok(!text.includes(secret));
  }
});
