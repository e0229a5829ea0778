/** The configurations that Debian ships with Asterisk, audited as they are. */
import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type AuditFile, auditAsterisk, loadStrength } from "../../src/audit/index.ts";
import { TREES } from "./support/asterisk.ts";
import { debianTree, needsTree } from "./support/debian.ts";

/** What is wrong with both: samples for reading, and loaded all the same. */
const BOTH = [
  "abroad-without-pin",
  "dialled-text-into-dial",
  "iax-guest",
  "no-security-log",
  "voicemail-pin",
  "voicemail-short-pins-allowed",
];
/** Version, and what it adds: 16 has chan_sip with guests and IAX2 with users, 22 has IAX2 without any. */
const SHIPPED: readonly [16 | 22, readonly string[]][] = [
  [16, ["account-name-short", "allow-guest", "default-port", "no-address-limit", "udp-only", "unused-listener"]],
  [22, ["unused-listener"]],
];

for (const [version, more] of SHIPPED) {
  test(`audit: Asterisk ${version} as Debian ships it`, needsTree(), async () => {
    const folder = join(await debianTree(TREES[version]), "etc/asterisk");
    const files = new Map<string, AuditFile>();
    for (const path of globSync("**/*", { cwd: folder })) {
      const stats = statSync(join(folder, path));
      if (!stats.isFile()) continue;
      files.set(path, { text: readFileSync(join(folder, path), "latin1"), mode: stats.mode & 0o7777, uid: stats.uid });
    }
    const input = { files, folder: "/etc/asterisk", version: String(version), now: Date.now() };
    const { found, missing } = auditAsterisk(input, await loadStrength());
    const about = (f: (typeof found)[number]): string => `${f.rule} ${JSON.stringify(f.place)} ${f.says}`;
    assert.deepEqual(
      [...new Set(found.map((f) => f.rule))].sort(),
      [...BOTH, ...more].sort(),
      found.map(about).join("\n"),
    );
    assert.deepEqual(
      missing.map((m) => m.split(":", 1)[0]),
      ["extensions.ael", "extensions.lua", "extensions.conf"],
    );
  });
}
