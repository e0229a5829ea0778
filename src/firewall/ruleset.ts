import { type Cidr, formatCidr } from "../base/index.ts";
import { elementOf } from "./blocks.ts";

/** Packets a second, and how many more at once; rate 0: no limit. */
export interface Rate {
  readonly rate: number;
  readonly burst: number;
}

/** One socket that strangers may send to. */
export interface Door {
  readonly protocol: "udp" | "tcp";
  readonly family: 4 | 6;
  /** Empty: any address of the family. */
  readonly address: string;
  readonly port: number;
  /** Private ones are left alone, also where a public wildcard has the same port. */
  readonly side: "public" | "private";
}

/** What the table is made of, apart from its elements. */
export interface Spec {
  readonly table: string;
  readonly doors: readonly Door[];
  /** False: packets are counted, none is dropped. */
  readonly drops: boolean;
  readonly stranger: Rate;
  readonly strangers: Rate;
  /** No edge stands behind it: sources are muted here, and what comes to the doors is counted. */
  readonly mutes: boolean;
}

/** An element, for how many seconds it stays (0: as long as the set does), and its text where that is known. */
export type Element = readonly [block: Cidr, seconds: number, text?: string];

/** Sets by what they hold, each for IPv4 and IPv6: "ban" is `ban4` and `ban6`. */
export type SetName = "never" | "ban" | "net" | "standing" | "mute";

/** Sets of sources, found by hash; each element has a time. */
export type HostSet = "ban" | "standing" | "mute";

/** Elements of one command: a line of nft may be long, but not without end. */
const CHUNK = 1_000;
const FAMILIES = [4, 6] as const;
/** Most elements of each set; the kernel refuses more. */
const HOSTS = 1_000_000;
/** Strangers whose rate is counted at once; when they are more, the limit on all of them together is left. */
const STRANGERS = 65_536;
/** What is left to a muted source. */
const TRICKLE = "limit rate over 30/minute burst 1 packets";
const SOURCE_MASK = "ffff:ffff:ffff:ffff::";

/** The whole table, empty, in the place of any that is there: within one transaction. */
export function tableText(spec: Spec): string {
  const { table, mutes } = spec;
  return [
    ...removal(table),
    `table inet ${table} {`,
    ...FAMILIES.flatMap((f) => [
      `set never${f} { type ipv${f}_addr; flags interval; }`,
      `set ban${f} { type ipv${f}_addr; flags timeout; size ${HOSTS}; }`,
      `set net${f} { type ipv${f}_addr; flags interval,timeout; }`,
      `set standing${f} { type ipv${f}_addr; flags timeout; size ${HOSTS}; }`,
      `set stranger${f} { type ipv${f}_addr; flags dynamic,timeout; timeout 10s; size ${STRANGERS}; }`,
      ...(mutes ? muteSets(f) : []),
    ]),
    ...["banned", "capped", "drowned", ...(mutes ? ["seen", "muted"] : [])].map((name) => `counter ${name} { }`),
    "chain lists { }",
    "chain strangers {",
    ...sipRules(spec),
    "}",
    "chain doors {",
    // Before connection tracking, so that flows which are already running are cut too.
    "type filter hook prerouting priority raw; policy accept;",
    ...doorRules(spec.doors),
    "}",
    "}",
    "",
  ].join("\n");
}

/** Other doors in the place of those there are; the sets stay as they are. */
export function doorsText({ table, doors }: Pick<Spec, "table" | "doors">): string {
  const rules = doorRules(doors).map((rule) => `add rule inet ${table} doors ${rule}\n`);
  return `flush chain inet ${table} doors\n${rules.join("")}`;
}

/** Takes the table away; no error where there is none. */
export function removalText(table: string): string {
  return `${removal(table).join("\n")}\n`;
}

/** Puts elements into the sets of that name. Of an element that is there already the time is set anew. */
export function putText(table: string, set: SetName, elements: readonly Element[]): string {
  const isHash = isHostSet(set);
  return byFamily(elements, (f, some) => {
    const name = `inet ${table} ${set}${f}`;
    const fresh = `add element ${name} { ${some.map(timed(isHash)).join(", ")} }\n`;
    // Adding alone would leave the old time.
    return isHash ? `${dropLines(name, some)}${fresh}` : fresh;
  });
}

/** For elements that are not there yet; of others the old time stays. */
export function fillText(table: string, set: SetName, elements: readonly Element[]): string {
  const isHash = isHostSet(set);
  return byFamily(elements, (f, some) => {
    return `add element inet ${table} ${set}${f} { ${some.map(timed(isHash)).join(", ")} }\n`;
  });
}

/** Takes elements out; no error where they are not there. */
export function dropText(table: string, set: HostSet, blocks: readonly Cidr[]): string {
  const elements = blocks.map((block) => [block, 0] as const);
  return byFamily(elements, (f, some) => dropLines(`inet ${table} ${set}${f}`, some));
}

export function flushText(table: string, set: SetName): string {
  return FAMILIES.map((f) => `flush set inet ${table} ${set}${f}\n`).join("");
}

/** Makes (or empties) the sets of a list of others, and the rules of all lists. `names`: of all lists there are then. */
export function listText(spec: Spec, list: string, names: readonly string[]): string {
  const { table } = spec;
  const lines = [`flush chain inet ${table} lists`];
  if (names.includes(list)) {
    lines.push(...listSets(table, list));
    for (const f of FAMILIES) lines.push(`flush set inet ${table} list_${list}_${f}`);
  }
  for (const name of names) lines.push(...listRules(spec, name));
  if (!names.includes(list)) {
    // None is there when it was never made: so it is made first, and then taken away.
    lines.push(...listSets(table, list));
    for (const f of FAMILIES) lines.push(`delete set inet ${table} list_${list}_${f}`);
    lines.push(`delete counter inet ${table} list_${list}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Elements of a list of others, into sets that are empty; they must not overlap. */
export function listFillText(table: string, list: string, blocks: readonly Cidr[]): string {
  const elements = blocks.map((block) => [block, 0] as const);
  return byFamily(elements, (f, some) => {
    return `add element inet ${table} list_${list}_${f} { ${some.map(timed(false)).join(", ")} }\n`;
  });
}

function removal(table: string): string[] {
  // One that is not there cannot be deleted, and adding one that is there changes nothing.
  return [`add table inet ${table}`, `delete table inet ${table}`];
}

export function isHostSet(set: unknown): set is HostSet {
  return set === "ban" || set === "standing" || set === "mute";
}

/** Muted sources, and the rate of each. */
function muteSets(f: 4 | 6): string[] {
  return [
    `set mute${f} { type ipv${f}_addr; flags timeout; size ${HOSTS}; }`,
    `set trickle${f} { type ipv${f}_addr; flags dynamic,timeout; timeout 10s; size ${STRANGERS}; }`,
  ];
}

/** Behind standing: whoever has shown a password there is spared. */
function muteRules(verdict: string): string[] {
  const source6 = `ip6 saddr & ${SOURCE_MASK}`;
  return [
    `ip saddr @mute4 update @trickle4 { ip saddr ${TRICKLE} } counter name muted ${verdict}`,
    `${source6} @mute6 update @trickle6 { ${source6} ${TRICKLE} } counter name muted ${verdict}`,
  ];
}

/** Order matters: who is never kept out stands first, what an operator has banned before standing, lists of others after it. */
function sipRules({ drops, stranger, strangers, mutes }: Spec): string[] {
  const verdict = drops ? "drop" : "accept";
  const lines = [
    ...(mutes ? ["counter name seen"] : []),
    "ip saddr @never4 accept",
    "ip6 saddr @never6 accept",
    `ip saddr @ban4 counter name banned ${verdict}`,
    `ip6 saddr & ${SOURCE_MASK} @ban6 counter name banned ${verdict}`,
    `ip saddr @net4 counter name banned ${verdict}`,
    `ip6 saddr @net6 counter name banned ${verdict}`,
    "ip saddr @standing4 accept",
    `ip6 saddr & ${SOURCE_MASK} @standing6 accept`,
    ...(mutes ? muteRules(verdict) : []),
    "jump lists",
  ];
  if (stranger.rate > 0) {
    const over = `limit rate over ${rateText(stranger)}`;
    lines.push(`update @stranger4 { ip saddr ${over} } counter name capped ${verdict}`);
    lines.push(`update @stranger6 { ip6 saddr & ${SOURCE_MASK} ${over} } counter name capped ${verdict}`);
  }
  if (strangers.rate > 0) lines.push(`limit rate over ${rateText(strangers)} counter name drowned ${verdict}`);
  return lines;
}

function doorRules(doors: readonly Door[]): string[] {
  const insides = doors.filter((d) => d.side === "private").map((d) => `${doorMatch(d)} accept`);
  const outsides = doors.filter((d) => d.side === "public").map((d) => `${doorMatch(d)} goto strangers`);
  return [...new Set([...insides, ...outsides])];
}

function doorMatch({ protocol, family, address, port }: Door): string {
  const ip = family === 4 ? "ip" : "ip6";
  const where = address === "" ? `meta nfproto ipv${family}` : `${ip} daddr ${address}`;
  return `${where} ${protocol} dport ${port}`;
}

function listSets(table: string, list: string): string[] {
  return [
    ...FAMILIES.map((f) => `add set inet ${table} list_${list}_${f} { type ipv${f}_addr; flags interval; }`),
    `add counter inet ${table} list_${list} { }`,
  ];
}

function listRules({ table, drops }: Spec, name: string): string[] {
  const verdict = `counter name list_${name} ${drops ? "drop" : "accept"}`;
  return FAMILIES.map((f) => {
    const ip = f === 4 ? "ip" : "ip6";
    return `add rule inet ${table} lists ${ip} saddr @list_${name}_${f} ${verdict}`;
  });
}

function rateText({ rate, burst }: Rate): string {
  return `${rate}/second burst ${burst} packets`;
}

/** Sources stand in hash sets as one address, ranges in the others as blocks. */
function timed(isHash: boolean): (element: Element) => string {
  return ([block, seconds, text]) => {
    const name = text ?? (isHash ? elementOf(block) : formatCidr(block));
    return seconds === 0 ? name : `${name} timeout ${seconds}s`;
  };
}

function dropLines(name: string, some: readonly Element[]): string {
  const all = some.map(([block, , text]) => text ?? elementOf(block)).join(", ");
  return `add element ${name} { ${all} }\ndelete element ${name} { ${all} }\n`;
}

function byFamily(elements: readonly Element[], text: (family: 4 | 6, some: readonly Element[]) => string): string {
  let all = "";
  for (const f of FAMILIES) {
    const own = elements.every(([block]) => block.ip.family === f)
      ? elements
      : elements.filter(([block]) => block.ip.family === f);
    for (let i = 0; i < own.length; i += CHUNK) all += text(f, own.slice(i, i + CHUNK));
  }
  return all;
}
