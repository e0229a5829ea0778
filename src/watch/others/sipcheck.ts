import { formatCidr, formatLimit, parseCidr } from "../../base/index.ts";
import type { Ini } from "./ini.ts";
import { addOnce, emptyPlan, type ImportPlan } from "./plan.ts";

/** Is it a configuration of SIPCheck, of version 3 or one before? */
export function isSipcheck(ini: Ini): boolean {
  return ini.own("attacker", "maxnumtries") !== undefined || ini.own("general", "minticks") !== undefined;
}

/** What of SIPCheck's configuration has a counterpart here. `whitelist`: its whitelist.txt, where it lies beside. */
export function importSipcheck(ini: Ini, whitelist: string | undefined): ImportPlan {
  const plan = emptyPlan();
  if (ini.own("attacker", "maxnumtries") !== undefined) takeNew(ini, plan);
  else takeOld(ini, plan);
  for (const line of (whitelist ?? "").split(/\r?\n/).map((l) => l.trim())) {
    if (line !== "" && !line.startsWith("#")) takeAddress(line, "whitelist.txt", plan);
  }
  if (plan.limits.length > 0)
    plan.left.push("the same limit for all accounts of an address: here failures are counted for each account");
  return plan;
}

/** Version 3: events of the manager interface. */
function takeNew(ini: Ini, plan: ImportPlan): void {
  const tries = Number(ini.get("attacker", "maxnumtries"));
  const window = Number(ini.get("attacker", "tlexpiretime") ?? 3_600);
  // It bans whoever has more than so many.
  takeLimit(tries + 1, window, `[attacker] maxNumTries ${tries} in TLExpireTime ${window}`, plan);
  const manager = {
    host: ini.get("manager", "host"),
    port: Number(ini.get("manager", "port") ?? 5_038),
    user: ini.get("manager", "username"),
  };
  const isPort = Number.isSafeInteger(manager.port) && manager.port >= 1 && manager.port <= 65_535;
  if (manager.host !== undefined && manager.user !== undefined && isPort) {
    plan.manager = { host: manager.host, port: manager.port, user: manager.user };
    plan.taken.push(`[manager] ${manager.user} at ${manager.host}:${manager.port} -> [watch.manager]`);
    plan.left.push("[manager] password: write it into the file manager.secret beside the configuration, mode 0600");
  }
  tell(ini, plan, "attacker", "blexpiretime", "bans last 10 min, then 1 h, 6 h, 1 d and 7 d");
  tell(ini, plan, "attacker", "wlexpiretime", "whoever has shown a password is spared for a day");
  tell(ini, plan, "attacker", "iptableschain", "Rempart has a table of its own in nftables, and touches no other");
  tell(ini, plan, "log", "file", "the log goes to stderr; events go to the file of `events`");
}

/** Versions before: lines of a log. */
function takeOld(ini: Ini, plan: ImportPlan): void {
  takeLimit(
    Number(ini.get("general", "minticks")),
    600,
    `[general] minticks ${ini.get("general", "minticks")}, within 10 min`,
    plan,
  );
  const path = ini.get("general", "messagefile");
  if (path?.startsWith("/") === true) {
    addOnce(plan.logs, { path, format: "asterisk" });
    plan.taken.push(`[general] messagefile ${path} -> [[watch.log]]`);
  }
  for (const [key, { value }] of ini.sections.get("ignore") ?? []) {
    for (const text of value.split(/[\s,]+/).filter((word) => word !== "")) takeAddress(text, `[ignore] ${key}`, plan);
  }
  tell(
    ini,
    plan,
    "general",
    "useiptables",
    "Rempart has a table of its own in nftables: rempart enforce on --confirm 5m",
  );
  tell(ini, plan, "shared", "enable", "nothing is told to anybody; lists of others: [[shield.list]]");
  tell(ini, plan, "gui", "enable", "see rempart top and rempart status");
}

function takeLimit(count: number, seconds: number, said: string, plan: ImportPlan): void {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seconds) || seconds < 1 || seconds > 86_400) {
    plan.left.push(`${said}: a limit counts at least 1 within a day at most`);
    return;
  }
  addOnce(plan.limits, formatLimit({ count, within: seconds * 1_000 }));
  plan.taken.push(`${said} -> limits of wrong-password and unknown-users`);
}

function takeAddress(text: string, from: string, plan: ImportPlan): void {
  const block = parseCidr(text);
  if (block === undefined || block.bits === 0) plan.left.push(`${from}: ${text}: no address or block`);
  else {
    addOnce(plan.never, formatCidr(block));
    plan.taken.push(`${from}: ${text} -> [shield] never`);
  }
}

function tell(ini: Ini, plan: ImportPlan, section: string, key: string, why: string): void {
  const found = ini.own(section, key);
  if (found !== undefined) plan.left.push(`[${section}] ${key} = ${found.value}: ${why}`);
}
