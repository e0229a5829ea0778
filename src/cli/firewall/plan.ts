import { readFileSync } from "node:fs";
import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import {
  listChains,
  loadedTable,
  type Needs,
  needsOf,
  plainLines,
  rulesetOf,
  sshSessions,
  unifiedDiff,
  waitingNow,
  warningsAbout,
} from "../../firewall/index.ts";
import type { Context } from "../perform.ts";
import { time } from "../print.ts";
import { siteOf } from "./site.ts";

/** What would be loaded, and what is to be known about it. */
export interface Plan {
  readonly config: Config;
  readonly needs: Needs;
  readonly ruleset: string;
  /** Against what is loaded; undefined: that could not be read. */
  readonly diff: readonly string[] | undefined;
  readonly warnings: readonly string[];
}

/** Reads configuration, this machine and who works on it by SSH; changes nothing, and needs no rights for the ruleset itself. */
export async function makePlan(context: Context): Promise<Plan | Trouble> {
  const config = await context.config();
  if (isTrouble(config)) return config;
  const site = await siteOf(config, context, sshSessions(process.env));
  if (isTrouble(site)) return site;
  const needs = needsOf(site);
  const ruleset = rulesetOf(needs);
  const loaded = loadedTable();
  const diff = isTrouble(loaded)
    ? undefined
    : unifiedDiff(loaded === null ? [] : plainLines(loaded), plainLines(ruleset), ["loaded", "planned"]);
  return { config, needs, ruleset, diff, warnings: warningsOf(config, needs) };
}

function warningsOf(config: Config, { added }: Needs): string[] {
  const chains = listChains();
  const around = warningsAbout({
    chains: isTrouble(chains) ? undefined : chains,
    legacy: ["ip", "ip6"].flatMap((ip) =>
      read(`/proc/net/${ip}_tables_names`)
        .split("\n")
        .filter((name) => name !== ""),
    ),
    forwards: ["ipv4/ip_forward", "ipv6/conf/all/forwarding"].some(
      (key) => read(`/proc/sys/net/${key}`).trim() === "1",
    ),
  });
  const sessions = added.map(
    (s) =>
      `the SSH session of ${s.client} to port ${s.port} would be cut: a rule for it is added; write its address into firewall.host.ssh`,
  );
  const free = config.sip.listen.filter((l) => l.port === 0 && l.address !== "127.0.0.1" && l.address !== "::1");
  const unknown = free.map(
    (l) => `a listener for ${l.transport} has port 0, which the kernel chooses: it stays closed`,
  );
  const waits = waitingNow(config.state);
  const pending = waits && [
    waits.guarded
      ? `rules wait for their confirmation until ${time(waits.until)}: rempart firewall confirm, or rollback`
      : "rules wait for their confirmation, and nobody is there to take them back: rempart firewall confirm, or rollback",
  ];
  return [...(pending ?? []), ...sessions, ...unknown, ...around];
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
