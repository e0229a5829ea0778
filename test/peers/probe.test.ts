/** `rempart probe` against real targets: what is wrong is found, what was put right is not, and Rempart shows nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { weakPassword } from "../../src/accounts/index.ts";
import { isTrouble } from "../../src/base/index.ts";
import { findTarget, type Probed, type ProbeOptions, probe } from "../../src/probe/index.ts";
import { DOMAIN, PASSWORD, scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { startAsterisk, TARGETS, type Target, titleOf } from "./support/asterisk.ts";
import { needsTree } from "./support/debian.ts";
import { freePort, needs, start } from "./support/programs.ts";
import { startSite } from "./support/site.ts";

/** One run; what was found, as "severity rule". */
async function probed(
  t: TestContext,
  at: string,
  more: Partial<ProbeOptions>,
  transports = "udp,tcp",
): Promise<Probed> {
  const target = await findTarget(`sip:${at}`, transports);
  assert.ok(!isTrouble(target));
  const result = await probe({
    target,
    only: [],
    accounts: [],
    number: "600",
    rtp: undefined,
    packets: 3_000,
    rate: 60,
    patience: 3_000,
    services: { manager: [], http: [], https: [] },
    signal: t.signal,
    log: () => {},
    weak: weakPassword,
    ...more,
  });
  for (const line of [...told(result), ...result.findings.missing]) t.diagnostic(line);
  return result;
}

function told({ findings }: Probed): string[] {
  const severity = (rule: string): string => findings.rules.find((r) => r.id === rule)?.severity ?? "?";
  return findings.found.map((f) => `${f.severity ?? severity(f.rule)} ${f.rule}: ${f.says}`);
}

/** Ids of what counts. */
function counted(result: Probed): string[] {
  const lines = told(result).filter((line) => !line.startsWith("note "));
  return [...new Set(lines.map((line) => line.split(/[ :]/)[1] ?? ""))].sort();
}

const conf = (name: string, port: number): string =>
  readFileSync(join(import.meta.dirname, "probe", name), "utf8").replaceAll("PORT", String(port));

async function startTarget(t: TestContext, target: Target, kind: "bad" | "good") {
  const [port, manager, http] = [await freePort(), await freePort(), await freePort()];
  const driver = target.driver === "pjsip" ? "pjsip" : "sip";
  const files: Record<string, string> = {
    [`${driver}.conf`]: conf(`${driver}-${kind}.conf`, port),
    "extensions.conf": conf("extensions.conf", port),
  };
  const modules = ["func_timeout", "app_milliwatt"];
  if (kind === "bad") {
    files["rtp.conf"] = "[general]\nrtpstart = 20000\nrtpend = 30000\nstrictrtp = no\n";
    files["manager.conf"] = `[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = ${manager}\n`;
    files["http.conf"] = `[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = ${http}\n`;
    if (target.driver === "pjsip") modules.push("res_pjsip_endpoint_identifier_anonymous");
  }
  const pbx = await startAsterisk(t, { ...target, port, files, modules, trace: false });
  return { pbx, services: { manager: [manager], http: [http], https: [] } };
}

// A run mostly waits, and each has phone systems of its own.
suite("probe", { concurrency: 3 }, () => {
  for (const target of TARGETS) {
    test(`${titleOf(target)} as people write it: all of it is found`, {
      ...needsTree(),
      timeout: 240_000,
    }, async (t) => {
      const { pbx, services } = await startTarget(t, target, "bad");
      const accounts = [{ user: "1001", password: "1001", domain: "" }];
      const found = counted(await probed(t, pbx.at, { accounts, services }));
      const expected = ["guest-calls", "prefix-calls", "user-enumeration", "weak-secret", "rtp-bleed", "topology-leak"];
      // chan_sip answers a challenge to its BYE with the phone's own password.
      if (target.driver === "chan_sip") expected.push("digest-leak");
      for (const id of [...expected, "unauthenticated-methods", "manager-exposed", "http-exposed", "banner"])
        assert.ok(found.includes(id), `${id}: ${found}`);
    });

    test(`${titleOf(target)} hardened: nothing above a note`, { ...needsTree(), timeout: 240_000 }, async (t) => {
      const { pbx, services } = await startTarget(t, target, "good");
      const accounts = [{ user: "alice-phone", password: PASSWORD, domain: "" }];
      const result = await probed(t, pbx.at, { accounts, services });
      assert.deepEqual(counted(result), []);
      assert.ok(result.isHeard);
    });
  }

  test("Kamailio as Debian configures it: it registers anybody, and relays nobody", {
    ...needs("kamailio", "kamailio"),
    timeout: 240_000,
  }, async (t) => {
    const port = await freePort();
    const words = ["kamailio", "-DD", "-f", "/etc/kamailio/kamailio.cfg", "-m", "64", "-M", "8", "-Y", scratch(t)];
    const running = start(
      t,
      [...words, "-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`],
      scratch(t),
      "SIGTERM",
    );
    await until("Kamailio listens", () => {
      assert.equal(running.child.exitCode, null, running.said());
      return readFileSync("/proc/net/udp", "utf8").includes(`:${port.toString(16).toUpperCase().padStart(4, "0")} `);
    });
    const found = counted(await probed(t, `127.0.0.1:${port}`, {}));
    assert.ok(found.includes("open-registrar"), `${found}`);
    // It relays nobody: that is refused even without passwords.
    assert.ok(!found.includes("open-relay"), `${found}`);
  });

  test("Asterisk behind Rempart that observes: nothing above a note", {
    ...needsTree(),
    timeout: 240_000,
  }, async (t) => {
    const { edge } = await startSite(t, {
      page: "asterisk-edge.md",
      users: ["alice-phone"],
      target: TARGETS[0],
      trace: false,
    });
    const accounts = [{ user: "alice-phone", password: PASSWORD, domain: DOMAIN }];
    const ways = `udp,tcp:${edge.tcp.split(":")[1]}`;
    const result = await probed(t, edge.udp, { accounts }, ways);
    assert.deepEqual(counted(result), []);
    assert.ok(result.isHeard);
    // The certificate that it makes for itself at its first start.
    const tls = await probed(t, edge.udp, { only: ["tls-old", "tls-certificate"] }, `tls:${edge.tls.split(":")[1]}`);
    assert.deepEqual(counted(tls), ["tls-certificate"]);
  });

  test("Asterisk behind Rempart that enforces: it shuts a stranger out, and nothing above a note", {
    ...needsTree(),
    timeout: 240_000,
  }, async (t) => {
    const { edge } = await startSite(t, {
      page: "asterisk-edge.md",
      users: ["alice-phone"],
      target: TARGETS[0],
      trace: false,
    });
    await edge.daemon.command("enforce.on", {});
    const ways = `udp,tcp:${edge.tcp.split(":")[1]}`;
    const result = await probed(t, edge.udp, { from: "127.0.0.9" }, ways);
    assert.deepEqual(counted(result), []);
    assert.ok(result.findings.found.some((f) => f.rule === "shut-out"));
  });
});
