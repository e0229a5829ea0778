/** One loop on a real Asterisk: probe shows attacks that work, audit names the lines, its patch is put in, probe shows them closed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callProgram } from "../support/child.ts";
import { scratch } from "../support/edge.ts";
import { type Asterisk, startAsterisk } from "./support/asterisk.ts";
import { needsTree } from "./support/debian.ts";
import { freePort } from "./support/programs.ts";

/** What works, the rule that names the line, and the file and line that it names. */
const ATTACKS = [
  ["guest-calls", "allow-guest", "sip.conf", "allowguest = yes"],
  ["user-enumeration", "tells-who-exists", "sip.conf", "alwaysauthreject = no"],
  ["rtp-bleed", "strict-rtp-off", "rtp.conf", "strictrtp = no"],
] as const;

interface Report {
  readonly rules: readonly { readonly id: string; readonly see: readonly string[] }[];
  readonly findings: readonly { readonly rule: string; readonly file?: string; readonly line?: number }[];
}

test("probe, audit, patch, probe: Asterisk 16 chan_sip", { ...needsTree(), timeout: 240_000 }, async (t) => {
  const folder = scratch(t);
  const accounts = join(folder, "accounts.csv");
  writeFileSync(accounts, "1001,1001\n");
  const run = async (pbx: Asterisk): Promise<Report> => {
    const only = ATTACKS.map(([attack]) => attack).join(",");
    const words = ["probe", `sip:${pbx.at}`, "--i-have-permission", "--transport", "udp", "--only", only];
    const { out, err } = await callProgram([...words, "--number", "600", "--accounts", accounts, "-o", "json"]);
    assert.equal(err, "");
    return JSON.parse(out);
  };
  const bad = (name: string, port: number): string =>
    readFileSync(join(import.meta.dirname, "probe", name), "utf8").replaceAll("PORT", String(port));
  const port = await freePort();
  const target = { version: 16, driver: "chan_sip", trace: false } as const;
  const modules = ["func_timeout", "app_milliwatt"];
  const files = {
    "sip.conf": bad("sip-bad.conf", port),
    "extensions.conf": bad("extensions.conf", port),
    "rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 30000\nstrictrtp = no\n",
  };
  const open = await startAsterisk(t, { ...target, port, files, modules });
  const shown = await run(open);
  const copy = join(folder, "etc");
  cpSync(open.folder, copy, { recursive: true });
  await open.stop();
  const patch = join(folder, "close.patch");
  const audit = await callProgram(["audit", copy, "--asterisk-version", "16.28.0", "--fix", patch, "-o", "json"]);
  assert.equal(audit.err, "");
  const named: Report = JSON.parse(audit.out);
  for (const [attack, rule, file, line] of ATTACKS) {
    assert.ok(
      shown.findings.some((f) => f.rule === attack),
      `probe shows ${attack}: ${JSON.stringify(shown)}`,
    );
    assert.ok(
      shown.rules.some((r) => r.id === attack && r.see.includes(rule)),
      `${attack} names ${rule}`,
    );
    const found = named.findings.find((f) => f.rule === rule);
    const text = readFileSync(join(copy, file), "utf8").split("\n")[(found?.line ?? 0) - 1];
    assert.deepEqual([found?.file?.endsWith(`/${file}`), text], [true, line]);
  }
  // The live files are not touched by --fix; the patch is put in by hand.
  execFileSync("patch", ["-p1", "-s", "-d", copy], { input: readFileSync(patch) });
  const mended = Object.fromEntries(
    readdirSync(copy).map((name) => [name, readFileSync(join(copy, name), "latin1")] as const),
  );
  const { "asterisk.conf": _own, ...rest } = mended;
  const closed = await startAsterisk(t, { ...target, port, files: rest, modules });
  const after = await run(closed);
  assert.deepEqual(after.findings, []);
});
