import { type Cidr, formatCidr, parseCidr } from "../../base/index.ts";
import type { Conditions } from "./conditions.ts";
import type { Needs, Section } from "./needs.ts";
import { ALL_PORTS, type Opening, type Ports, portsText } from "./opening.ts";
import { readSaved, type Saved } from "./saved.ts";
import { contains, joinPorts, lacking, mustParse } from "./spans.ts";
import { type Outcome, walk } from "./walk.ts";

/** One thing of the file, held against the plan. */
export interface Compared {
  /** covered: open there and here; cut: open there, not (or only in part) here; opened: dropped there, let in here; unclear: not understood. */
  readonly kind: "covered" | "cut" | "opened" | "unclear";
  readonly line: number;
  readonly what: string;
}

export interface Comparison {
  readonly items: readonly Compared[];
  /** What the plan lets in and the file does not. */
  readonly beyond: readonly string[];
  /** Tables that are not compared, and the like. */
  readonly notes: readonly string[];
}

/** Undefined: the text is none of iptables-save's. Pure; it never throws, whatever the text is. */
export function compareSaved(text: string, needs: Needs): Comparison | undefined {
  const saved = readSaved(text);
  if (saved.policies.size === 0 && saved.rules.length === 0) return undefined;
  const inbound = openingsOf(needs.inbound);
  const outbound = openingsOf(needs.outbound);
  const items: Compared[] = saved.strange.map(({ line, text }) => ({
    kind: "unclear",
    line,
    what: `no line of iptables-save: ${shown(text)}`,
  }));
  const notes: string[] = [];
  const open: Outcome[] = [];
  for (const family of [4, 6] as const) {
    for (const [chain, way, plan] of [
      ["INPUT", "in", inbound],
      ["OUTPUT", "out", outbound],
    ] as const) {
      const { outcomes, whole } = walk(saved, family, chain);
      items.push(...outcomes.flatMap((o) => judge(o, family, plan, way) ?? []));
      if (way === "in") open.push(...outcomes.filter((o) => o.verdict === "accept"));
      if (!whole) notes.push(`IPv${family}, ${chain}: more rules than can be followed; what is said of it is not all`);
    }
    notes.push(...policyNotes(saved, family));
  }
  notes.push(...otherTables(saved));
  const unique = new Map(items.map((item) => [`${item.line} ${item.what}`, item]));
  return { items: [...unique.values()].sort((a, b) => a.line - b.line), beyond: beyond(inbound, open, saved), notes };
}

function openingsOf(sections: readonly Section[]): Opening[] {
  return sections.flatMap((s) => s.openings);
}

/** Undefined: nothing is to be said. */
function judge(
  { rule, verdict, conditions: c }: Outcome,
  family: 4 | 6,
  plan: readonly Opening[],
  way: "in" | "out",
): Compared | undefined {
  const { line } = rule;
  const lo = way === "in" ? c.inInterface : c.outInterface;
  const answers = c.states.length > 0 && !c.states.includes("NEW");
  // What the plan has in its own way: this machine itself, answers, ICMP, the lease.
  if (lo === "lo") return undefined;
  if (c.unknown.length > 0 || verdict === "unknown") {
    const why = c.unknown.length > 0 ? c.unknown.join(", ") : `target ${rule.target}`;
    return { kind: "unclear", line, what: `${shown(rule.text)}: not understood: ${shown(why)}` };
  }
  if (answers || c.protocol === "icmp" || c.protocol === "ipv6-icmp" || isLease(c)) return undefined;
  const other = way === "in" ? c.source : c.destination;
  if (verdict === "drop") {
    if (other === "" || way === "out") return undefined;
    const lets = lackingOf(plan, c, family, other).length === 0 || someOpen(plan, c, other);
    return lets ? { kind: "opened", line, what: `${wordsOf(c, way)} is dropped there and not by the plan` } : undefined;
  }
  const lacks = lackingOf(plan, c, family, other);
  if (lacks.length === 0) return { kind: "covered", line, what: wordsOf(c, way) };
  const some = narrower(plan, c, other);
  const only = some.length === 0 ? "" : `; the plan has it only for ${some.join(", ")}`;
  return { kind: "cut", line, what: `${wordsOf(c, way)}: not in the plan: ${lacks.join(", ")}${only}` };
}

function isLease({ protocol, ports }: Conditions): boolean {
  return protocol === "udp" && ports.length > 0 && ports.every(([low, high]) => low === high && DHCP.includes(low));
}

const DHCP: readonly number[] = [67, 68, 546, 547];

/** What the plan has not, as "tcp 80"; protocols apart where the rule is for all. */
function lackingOf(plan: readonly Opening[], c: Conditions, family: 4 | 6, other: string): string[] {
  const from = parseCidr(other) ?? everybody(family);
  const protocols = c.protocol === "" ? ["tcp", "udp"] : [c.protocol];
  return protocols.flatMap((protocol) => {
    const asked = c.ports.length === 0 ? [ALL_PORTS] : joinPorts(c.ports);
    const lacks = asked.flatMap((ports) => lacking(plan, { protocol, ports, from }));
    const all = lacks.length === 1 && lacks[0][0] === 1 && lacks[0][1] === 65_535;
    return lacks.length === 0 ? [] : [all ? `${protocol}, all of it` : `${protocol} ${lacks.map(portsText).join(",")}`];
  });
}

/** Something of it is open in the plan to those whom the file drops. */
function someOpen(plan: readonly Opening[], c: Conditions, other: string): boolean {
  const from = mustParse(other);
  return plan.some(
    (o) => meets(o, c) && (o.addresses.length === 0 || o.addresses.some((a) => contains(mustParse(a), from))),
  );
}

/** Addresses within those of the rule for which the plan has it. */
function narrower(plan: readonly Opening[], c: Conditions, other: string): string[] {
  const outer = parseCidr(other);
  const inside = (a: string): boolean => outer === undefined || contains(outer, mustParse(a));
  return [...new Set(plan.filter((o) => meets(o, c)).flatMap((o) => o.addresses.filter(inside)))];
}

function meets(o: Opening, c: Conditions): boolean {
  if (o.sourcePorts.length > 0 || (c.protocol !== "" && o.protocol !== c.protocol)) return false;
  const touch = ([a, b]: Ports, [x, y]: Ports): boolean => a <= y && x <= b;
  return c.ports.length === 0 || o.ports.length === 0 || c.ports.some((p) => o.ports.some((q) => touch(p, q)));
}

/** Openings of the plan that no rule of the file lets in as widely. */
function beyond(plan: readonly Opening[], open: readonly Outcome[], saved: Saved): string[] {
  const free = [...saved.policies].some(([name, policy]) => name.endsWith(" filter INPUT") && policy === "ACCEPT");
  // With such a policy all is open that is not dropped: nothing can be said to be closed.
  if (free) return [];
  const theirs = open
    .filter(({ conditions: c }) => !c.narrowed && c.unknown.length === 0 && c.inInterface === "")
    .filter(({ conditions: c }) => c.states.length === 0 || c.states.includes("NEW"))
    .flatMap(({ conditions: c }): Opening[] =>
      (c.protocol === "" ? ["tcp", "udp"] : [c.protocol]).map((protocol) => {
        const addresses = c.source === "" ? [] : [c.source];
        return { protocol, ports: c.ports, sourcePorts: [], addresses, local: "", answers: false, why: "" };
      }),
    );
  return plan.flatMap((o) => {
    const froms: Cidr[] = o.addresses.length === 0 ? [everybody(4)] : o.addresses.map(mustParse);
    const more = froms.flatMap((from) => {
      const lacks = o.ports.flatMap((ports) => lacking(theirs, { protocol: o.protocol, ports, from }));
      const who = from.bits === 0 ? "anybody" : formatCidr(from);
      return lacks.length === 0
        ? []
        : [`${o.protocol} ${joinPorts(lacks).map(portsText).join(",")} from ${who} (${o.why})`];
    });
    return more;
  });
}

function policyNotes({ policies }: Saved, family: 4 | 6): string[] {
  return (["INPUT", "OUTPUT"] as const).flatMap((chain) => {
    if (policies.get(`${family} filter ${chain}`) !== "ACCEPT") return [];
    const way = chain === "INPUT" ? "in" : "out";
    return [
      `IPv${family}, ${chain}: there all goes ${way} that no rule drops; with the plan, only what it names goes ${way}`,
    ];
  });
}

function otherTables({ rules }: Saved): string[] {
  const places = new Map<string, number[]>();
  for (const { table, chain, line } of rules) {
    const name = table === "filter" ? (chain === "FORWARD" ? "chain FORWARD" : "") : `table ${table}`;
    if (name !== "") places.set(name, [...(places.get(name) ?? []), line]);
  }
  return [...places].map(([name, lines]) => {
    const at = `${lines.length === 1 ? "line" : "lines"} ${lines.slice(0, 20).join(", ")}${lines.length > 20 ? ", …" : ""}`;
    return `${name}: not compared and not touched by the plan (${at})`;
  });
}

function wordsOf(c: Conditions, way: "in" | "out"): string {
  const ports = c.ports.length === 0 ? "" : ` ${joinPorts(c.ports).map(portsText).join(",")}`;
  const other = way === "in" ? c.source : c.destination;
  const who = way === "in" ? ` from ${other || "anybody"}` : ` to ${other || "anywhere"}`;
  const face = way === "in" ? c.inInterface : c.outInterface;
  return `${c.protocol || "everything"}${ports}${who}${face === "" ? "" : ` by ${shown(face)}`}${c.narrowed ? ", under further conditions" : ""}`;
}

function everybody(family: 4 | 6): Cidr {
  return mustParse(family === 4 ? "0.0.0.0/0" : "::/0");
}

/** A line of a file that others wrote, for a terminal. */
function shown(text: string): string {
  const clean = text.replace(/\p{C}/gu, "?");
  return clean.length > 160 ? `${clean.slice(0, 157)}...` : clean;
}
