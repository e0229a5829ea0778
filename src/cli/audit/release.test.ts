import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { installedVersion } from "./release.ts";

/** What the program called asterisk does, and what is known of the version then. */
const PROGRAMS: [string, string | undefined, string | undefined][] = [
  ["prints its version", 'echo "Asterisk 22.5.1"; echo more', "Asterisk 22.5.1"],
  ["fails", "echo broken; exit 1", undefined],
  ["prints nothing", "exit 0", undefined],
  ["prints without end", "yes", undefined],
  ["is not there", undefined, undefined],
];

for (const [what, script, wanted] of PROGRAMS)
  test(`the version of an Asterisk that ${what}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "rempart-release-"));
    const path = process.env.PATH;
    t.after(() => {
      process.env.PATH = path;
      rmSync(folder, { recursive: true, force: true });
    });
    if (script !== undefined) writeFileSync(join(folder, "asterisk"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    // Without the machine's own, where there is one.
    process.env.PATH = script === "yes" ? `${folder}:/usr/bin:/bin` : folder;
    assert.equal(await installedVersion(), wanted);
  });
