import { formatCidr, formatLimit, parseCidr } from "../../base/index.ts";
import { Ini } from "./ini.ts";
import { addOnce, emptyPlan, type ImportPlan } from "./plan.ts";

/** One jail of fail2ban that guards a phone system. */
export interface Jail {
  readonly name: string;
  readonly format: "asterisk" | "freeswitch" | "kamailio";
  readonly enabled: boolean;
  readonly logs: readonly string[];
}

/** A file of fail2ban's folder, in the order in which fail2ban lays them over each other. */
export interface Fail2banFile {
  readonly name: string;
  readonly text: string;
}

const PHONE_SYSTEMS = ["asterisk", "freeswitch", "kamailio"] as const;

/** `open`: the text of a file that another one includes. */
export function readJails(files: readonly Fail2banFile[], open: (name: string) => string | undefined): Ini {
  const ini = new Ini();
  for (const { name, text } of files) {
    const own = new Ini();
    own.add(name, text);
    for (const when of ["before", "after"] as const) {
      if (when === "after") ini.add(name, text);
      for (const other of words(own.own("INCLUDES", when)?.value ?? "")) ini.add(other, open(other) ?? "");
    }
  }
  return ini;
}

/** Those about a phone system, by their name or filter. */
export function jailsOf(ini: Ini): Jail[] {
  return [...ini.sections.keys()].flatMap((name) => {
    if (name === "" || name === "DEFAULT" || name === "INCLUDES") return [];
    const about = `${name} ${ini.get(name, "filter") ?? ""}`.toLowerCase();
    const format = PHONE_SYSTEMS.find((each) => about.includes(each));
    if (format === undefined) return [];
    const enabled = /^(?:true|yes|on|1)$/i.test(ini.get(name, "enabled") ?? "false");
    return [{ name, format, enabled, logs: lines(ini.get(name, "logpath") ?? "") }];
  });
}

/** What of fail2ban's jails has a counterpart here. */
export function importFail2ban(ini: Ini): ImportPlan {
  const plan = emptyPlan();
  const jails = jailsOf(ini);
  if (jails.length === 0) plan.left.push("there is no jail for Asterisk, FreeSWITCH or Kamailio");
  for (const jail of jails) {
    if (jail.enabled) takeJail(ini, jail, plan);
    else plan.left.push(`jail ${jail.name}: it is not enabled`);
  }
  return plan;
}

function takeJail(ini: Ini, jail: Jail, plan: ImportPlan): void {
  const { name, format } = jail;
  takeLimit(ini, name, plan);
  takeIgnored(ini, name, plan);
  for (const entry of jail.logs) {
    const path = entry.replace(/\s+(?:head|tail)$/, "");
    if (!path.startsWith("/") || /[*?[%]/.test(path))
      plan.left.push(`jail ${name}: logpath ${path}: name each file in a [[watch.log]]`);
    else {
      addOnce(plan.logs, { path, format });
      plan.taken.push(`jail ${name}: logpath ${path} -> [[watch.log]]`);
    }
  }
  for (const hit of (ini.get(name, "journalmatch") ?? "").matchAll(/_SYSTEMD_UNIT=(\S+)/g)) {
    addOnce(plan.journals, { unit: hit[1], format });
    plan.taken.push(`jail ${name}: journalmatch ${hit[1]} -> [[watch.journal]]`);
  }
  takePorts(ini, name, plan);
  for (const [key, why] of Object.entries(WITHOUT)) {
    const value = ini.own(name, key)?.value ?? (WIDE.has(key) ? ini.get(name, key) : undefined);
    if (value !== undefined && value !== "") plan.left.push(`jail ${name}: ${key} = ${lines(value)[0]}: ${why}`);
  }
}

/** Keys that are told from [DEFAULT] too. */
const WIDE = new Set(["bantime", "ignorecommand"]);

const WITHOUT: Readonly<Record<string, string>> = {
  bantime: "bans last 10 min, then 1 h, 6 h, 1 d and 7 d; for longer: rempart bans add ADDRESS --for 30d",
  "bantime.increment": "bans always grow here",
  ignorecommand: "no program is run; write the addresses into [shield] never",
  action: "the kernel is told by Rempart's own helper; events are written to the file of `events`",
  banaction: "the kernel is told by Rempart's own helper",
  failregex: "lines are read by signatures of Rempart's own; see what is understood: rempart replay FILE",
  ignoreregex: "lines are read by signatures of Rempart's own; see what is understood: rempart replay FILE",
};

/** fail2ban counts lines by address; here it is failures by address and account, and different users by address. */
function takeLimit(ini: Ini, name: string, plan: ImportPlan): void {
  const count = Number(ini.get(name, "maxretry") ?? 5);
  const seconds = secondsOf(ini.get(name, "findtime") ?? "10m");
  const said = `maxretry ${ini.get(name, "maxretry") ?? 5} in findtime ${ini.get(name, "findtime") ?? "10m"}`;
  if (!Number.isSafeInteger(count) || count < 1 || seconds === undefined || seconds < 1 || seconds > 86_400) {
    plan.left.push(`jail ${name}: ${said}: a limit counts at least 1 within a day at most`);
    return;
  }
  addOnce(plan.limits, formatLimit({ count, within: seconds * 1_000 }));
  plan.taken.push(
    `jail ${name}: ${said} -> limits of wrong-password (for each account) and unknown-users (different ones)`,
  );
}

function takeIgnored(ini: Ini, name: string, plan: ImportPlan): void {
  for (const text of words(ini.get(name, "ignoreip") ?? "")) {
    const block = parseCidr(text);
    if (block === undefined)
      plan.left.push(
        `jail ${name}: ignoreip ${text}: no address; write the addresses it stands for into [shield] never`,
      );
    else if (block.bits === 0) plan.left.push(`jail ${name}: ignoreip ${text}: that is everybody`);
    else {
      addOnce(plan.never, formatCidr(block));
      plan.taken.push(`jail ${name}: ignoreip ${text} -> [shield] never`);
    }
  }
}

function takePorts(ini: Ini, name: string, plan: ImportPlan): void {
  for (const text of words(ini.get(name, "port") ?? "")) {
    const port = NAMED[text] ?? text;
    if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) {
      addOnce(plan.ports, port);
      plan.taken.push(`jail ${name}: port ${text} -> [watch] ports`);
    } else
      plan.left.push(
        `jail ${name}: port ${text}: no single port; without [watch] ports those of the phone system count`,
      );
  }
}

const NAMED: Readonly<Record<string, string>> = { sip: "5060", "sip-tls": "5061", sips: "5061", iax: "4569" };

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|second|seconds)?$/, 1],
  [/^(?:m|mi|min|mins|minute|minutes)$/, 60],
  [/^(?:h|ho|hour|hours)$/, 3_600],
  [/^(?:d|da|day|days)$/, 86_400],
  [/^(?:w|we|week|weeks)$/, 604_800],
  [/^(?:mo|mon|month|months)$/, 2_629_800],
  [/^(?:y|ye|year|years)$/, 31_557_600],
];

/** "600", "10m", "1d 12h", as fail2ban reads it; undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const parts = [
    ...text
      .trim()
      .toLowerCase()
      .matchAll(/(\d+)\s*([a-z]*)\s*/gy),
  ];
  if (parts.length === 0 || parts.reduce((n, part) => n + part[0].length, 0) !== text.trim().length) return undefined;
  let sum = 0;
  for (const [, count, unit] of parts) {
    const known = UNITS.find(([pattern]) => pattern.test(unit));
    if (known === undefined) return undefined;
    sum += Number(count) * known[1];
  }
  return sum;
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
