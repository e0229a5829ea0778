/** Kernel enforcement in the whole daemon where there is no kernel to be had: on paper, without rights, not asked for. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram, startDaemon } from "./support/child.ts";
import { type EdgeOptions, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { until } from "./support/until.ts";

const SETPRIV = "/usr/bin/setpriv";
const ATTACKER = "127.0.0.66";
const ON_PAPER = 'backend = "dry-run"\ntable = "rempart_paper"';

async function onPaper(t: TestContext, o: EdgeOptions = {}) {
  const folder = scratch(t);
  const edge = await startEdge(t, { top: 'mode = "enforce"', ...o, firewall: ON_PAPER }, folder);
  const paper = (): string => {
    const file = join(folder, "state", "firewall.nft");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const status = async () => ((await edge.command("status")) as { firewall: { state: string } }).firewall;
  await until("it is on", async () => (await status()).state === "on", 10_000);
  return { edge, paper };
}

test("what is decided reaches the enforcer: bans by hand and taken back, sources where a password was shown, the never-list", async (t) => {
  const { edge, paper } = await onPaper(t, { users: ["anna"] });
  assert.match(paper(), new RegExp(`ip daddr 127\\.0\\.0\\.1 udp dport ${edge.udp4.port} goto strangers`));
  assert.match(paper(), /never4 \{ [^}]*127\.0\.0\.1/);
  await edge.command("bans.add", { target: ATTACKER, seconds: 600 });
  await until("it is banned", () => paper().includes(`ban4 { ${ATTACKER} timeout 660s }`));
  await edge.command("bans.remove", { target: ATTACKER });
  await until("it is not", () => paper().includes(`delete element inet rempart_paper ban4 { ${ATTACKER} }`));
  const anna = await edge.phone("anna", { local: "127.0.0.80" });
  await anna.register();
  await until("it has standing", () => /standing4 \{ 127\.0\.0\.80 timeout 90060s \}/.test(paper()));
});

test("observe: no ban and no drop is written, by hand neither", async (t) => {
  const { edge, paper } = await onPaper(t, { top: "", users: ["anna"] });
  await edge.command("bans.add", { target: ATTACKER, seconds: 600 });
  const anna = await edge.phone("anna", { local: "127.0.0.80" });
  await anna.register();
  await until("it has standing", () => /standing4 \{ 127\.0\.0\.80/.test(paper()));
  assert.doesNotMatch(paper(), /drop|127\.0\.0\.66/);
});

test("without the right: everything else works, and status says what is lost and what to do", {
  skip: existsSync(SETPRIV) ? false : "setpriv is not installed",
}, async (t) => {
  const config = writeConfig(scratch(t), {
    top: 'mode = "enforce"',
    firewall: 'backend = "nft"\ntable = "rempart_norights"',
  });
  // As root without this one right, and as a user who never had it, it looks the same.
  const within = process.getuid?.() === 0 ? [SETPRIV, "--bounding-set=-net_admin", "--inh-caps=-net_admin"] : [];
  await startDaemon(t, config, within);
  const { code, out } = await runProgram(["status", "--config", config]);
  assert.equal(code, 1);
  assert.match(out, /kernel +NOT ENFORCED for .*\[FIREWALL_RIGHTS\]/);
  assert.match(out, /Rempart drops what is banned itself/);
  assert.match(out, /AmbientCapabilities=CAP_NET_ADMIN/);
});

test("not asked for: status says so, and all is well", async (t) => {
  const config = writeConfig(scratch(t));
  await startDaemon(t, config);
  const { code, out } = await runProgram(["status", "--config", config]);
  assert.equal(code, 0);
  assert.match(out, /kernel +not asked for/);
});
