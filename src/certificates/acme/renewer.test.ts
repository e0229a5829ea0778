/** Orders whose process does not begin: the daemon goes on, says it, and tries again later. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Trouble } from "../../base/index.ts";
import { acmePlace } from "./place.ts";
import { openRenewer } from "./renewer.ts";

test("a machine that starts no process (no memory, no program) ends no daemon", async (t) => {
  const state = mkdtempSync(join(tmpdir(), "rempart-renewer-"));
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
    rmSync(state, { recursive: true, force: true });
  });
  const directory = "https://acme.example/directory";
  const sources = { domains: ["a.example"], email: "", directory, address: "127.0.0.1", port: 80, ca: "" };
  // The first is told by an event of the process, the second is thrown as ENOMEM is.
  for (const program of [join(state, "none"), "no\0program"]) {
    process.execPath = program;
    const told: (Trouble | undefined)[] = [];
    const place = acmePlace(state, directory);
    const renewer = openRenewer({ sources, place, facts: () => undefined, ended: (fault) => told.push(fault) });
    await renewer.renew();
    assert.deepEqual([told.length, told[0]?.code, renewer.view().trouble?.code], [1, "INTERNAL", "INTERNAL"]);
    assert.ok(renewer.view().next > Date.now() + 3_000_000);
    renewer.stop();
  }
});
