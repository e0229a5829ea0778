import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { callProgram } from "../../test/support/child.ts";
import { BRANCHES } from "./tree.ts";

test("each first word of the tree adds the command of that name, and none besides", async () => {
  for (const [word, add] of Object.entries(BRANCHES)) {
    const program = new Command();
    await add(program);
    assert.deepEqual(
      program.commands.map((command) => command.name()),
      [word],
    );
  }
});

test("a word that is none is compared with all of them; options may stand before the word", async () => {
  assert.match((await callProgram(["statsu"])).err, /Did you mean status\?/);
  const { err } = await callProgram(["-o", "json", "--config", "run", "accuont", "watch"]);
  assert.match(err, /Did you mean account\?/);
  const help = await callProgram(["--config", "run", "watch", "regex", "--help"]);
  assert.match(help.out, /rempart watch regex/);
});
