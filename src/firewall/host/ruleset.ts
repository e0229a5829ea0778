import type { Needs, Section } from "./needs.ts";
import { type Opening, type Ports, portsText } from "./opening.ts";
import { joinBlocks, joinPorts } from "./spans.ts";

/** The one table that is ours; the shield's is another. */
export const TABLE = "rempart_host";

/** nft takes at most 128 bytes. */
const COMMENT = 120;

/**
 * The whole ruleset as `nft -f` reads it: one transaction that replaces our table and touches no other. Rules are written in the form in
 * which nft lists them, so that what is loaded can be compared. Pure.
 */
export function rulesetOf(needs: Needs): string {
  return [
    "#!/usr/sbin/nft -f",
    "# The firewall of this machine, made by `rempart firewall`. What is not let in or out here is dropped.",
    "# Loading it replaces this table in one step; no other table is touched.",
    `table inet ${TABLE}`,
    `delete table inet ${TABLE}`,
    "",
    `table inet ${TABLE} {`,
    ...untrackedChains(needs.untracked),
    "\tchain input {",
    "\t\ttype filter hook input priority filter; policy drop;",
    ...INPUT.map(indented),
    ...needs.inbound.flatMap((s) => sectionLines(s, "in")),
    "",
    "\t\t# All else",
    '\t\tcounter comment "dropped, in"',
    "\t}",
    "",
    "\tchain output {",
    "\t\ttype filter hook output priority filter; policy drop;",
    ...OUTPUT.map(indented),
    ...needs.outbound.flatMap((s) => sectionLines(s, "out")),
    "",
    "\t\t# All else",
    '\t\tcounter comment "dropped, out"',
    "\t}",
    "}",
    "",
  ].join("\n");
}

/** Takes our table away; nothing happens where there is none. */
export const REMOVAL = `table inet ${TABLE}\ndelete table inet ${TABLE}\n`;

const INPUT = [
  "",
  "# This machine with itself, and what belongs to connections that were let through",
  'iif "lo" accept comment "this machine itself"',
  'ct state established,related accept comment "answers"',
  "",
  "# ICMP: errors, among them those that tell how large packets may be (RFC 1191, RFC 8201), stand before the judgement of",
  "# states, since what is not tracked has none; ping within bounds",
  'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept comment "errors, path MTU"',
  'icmp type echo-request limit rate 50/second burst 100 packets accept comment "ping"',
  "# RFC 4890 4.4.1: without neighbour discovery there is no IPv6; from the same link alone, so the hop limit is whole",
  'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept comment "errors, path MTU"',
  'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept comment "neighbours, routers"',
  'ip6 saddr fe80::/10 icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept comment "multicast groups"',
  'icmpv6 type echo-request limit rate 50/second burst 100 packets accept comment "ping"',
  'ct state invalid drop comment "belongs to nothing"',
  "",
  "# The lease of this machine",
  'udp sport 67 udp dport 68 accept comment "DHCP"',
  'ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"',
];

const OUTPUT = [
  "",
  "# This machine with itself, and what belongs to connections that were let through",
  'oif "lo" accept comment "this machine itself"',
  'ct state established,related accept comment "answers"',
  'meta l4proto { icmp, ipv6-icmp } accept comment "errors, ping, neighbours"',
  'udp sport 68 udp dport 67 accept comment "DHCP"',
  'udp sport 546 udp dport 547 accept comment "DHCPv6"',
];

/**
 * A flood of forged sources would fill the kernel's table of connections, and then nobody gets in. `fib`: what is only forwarded here keeps its state, which
 * translation needs.
 */
function untrackedChains(ports: readonly Ports[]): string[] {
  if (ports.length === 0) return [];
  const set = portSet(ports);
  return [
    "\t# SIP over UDP keeps no state in the kernel: forged senders would fill its table",
    "\tchain untracked_in {",
    "\t\ttype filter hook prerouting priority raw; policy accept;",
    `\t\tfib daddr type local udp dport ${set} notrack comment "SIP over UDP"`,
    "\t}",
    "",
    "\tchain untracked_out {",
    "\t\ttype filter hook output priority raw; policy accept;",
    `\t\tudp sport ${set} notrack comment "SIP over UDP"`,
    "\t}",
    "",
  ];
}

function sectionLines({ title, openings }: Section, way: "in" | "out"): string[] {
  const rules = openings.flatMap((o) => rulesOf(o, way));
  return rules.length === 0 ? [] : ["", `\t\t# ${title}`, ...rules.map(indented)];
}

/** Rules of one opening: one for each family where addresses are named, else one for both. */
function rulesOf(o: Opening, way: "in" | "out"): string[] {
  const end = `${portMatch(o)}accept comment "${commentOf(o.why)}"`;
  if (o.addresses.length === 0 && o.local === "") return [end];
  return ([4, 6] as const).flatMap((family) => {
    const match = addressMatch(o, family, way);
    return match === undefined ? [] : [`${match}${end}`];
  });
}

/** Undefined: nothing of this family is meant. */
function addressMatch({ addresses, local }: Opening, family: 4 | 6, way: "in" | "out"): string | undefined {
  const ip = family === 4 ? "ip" : "ip6";
  const others = joinBlocks(addresses, family);
  if (addresses.length > 0 && others.length === 0) return undefined;
  if (local !== "" && local.includes(":") !== (family === 6)) return undefined;
  // All addresses of a family are no block that nft takes as an address.
  const all = others.some((block) => block.endsWith("/0"));
  const other = all ? `meta nfproto ipv${family} ` : `${ip} ${way === "in" ? "saddr" : "daddr"} ${setOf(others)} `;
  const own = `${ip} ${way === "in" ? "daddr" : "saddr"} ${local} `;
  return `${others.length === 0 ? "" : other}${local === "" ? "" : own}`;
}

function portMatch({ protocol, ports, sourcePorts, answers }: Opening): string {
  const parts: string[] = [];
  if (sourcePorts.length > 0) parts.push(`${protocol} sport ${portSet(sourcePorts)}`);
  if (ports.length > 0) parts.push(`${protocol} dport ${portSet(ports)}`);
  if (parts.length === 0) parts.push(`meta l4proto ${protocol}`);
  // Who only answers opens nothing: a lone SYN does.
  if (answers) parts.push("tcp flags != syn");
  return `${parts.join(" ")} `;
}

function portSet(ports: readonly Ports[]): string {
  return setOf(joinPorts(ports).map(portsText));
}

function setOf(elements: readonly string[]): string {
  return elements.length === 1 ? elements[0] : `{ ${elements.join(", ")} }`;
}

/** Names out of the configuration are plain; whatever else comes, it ends no comment. */
function commentOf(why: string): string {
  return why.replace(/[^ !#-[\]-~]/g, "?").slice(0, COMMENT);
}

function indented(rule: string): string {
  return rule === "" ? "" : `\t\t${rule}`;
}
