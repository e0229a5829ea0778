/** `rempart demo attack`, as a newcomer runs it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./support/child.ts";

test("demo attack: scanner muted, guesser banned, the office goes on, all explained", {
  timeout: 60_000,
}, async () => {
  const { code, out, err } = await runProgram(["demo", "attack"]);
  // It takes 5 s where nothing else runs; runProgram ends it after 20.
  assert.equal(code, 0, out + err);
  assert.equal(err, "");
  for (const line of [
    /MUTE {2}127\.0\.0\.66 {2}scanner /,
    /BAN {2}127\.0\.0\.67 {2}wrong-password /,
    /MUTE {2}desk-59@demo\.example at 127\.0\.0\.80 {2}wrong-password /,
    /58 of 60 are registered/,
    /58 of 58 good phones register\. desk-01 called desk-02: they talked and hung up/,
    /127\.0\.0\.67 is banned: wrong-password\./,
    /undo {5}rempart bans remove 127\.0\.0\.67|undo .*bans remove 127\.0\.0\.67/,
    /Authorization: \*\*\*/,
  ])
    assert.match(out, line);
  assert.doesNotMatch(out, /FAILED|response=|only-for-the-demo/);
});
