import { canonicalIp, type TransportName } from "../../base/index.ts";
import { readTransport } from "../asterisk/address.ts";
import type { Seen } from "../fact.ts";

/** Behind this a line may have lost its end on its way through a syslog, and with it what Kamailio wrote there. */
const LONGEST_WITH_END = 900;
const LEAST_WORDS = 4;

/** What Kamailio writes of its own knowledge: a caller has no part in it. */
const OWN: Readonly<Record<string, string>> = {
  si: "(?<si>[0-9A-Fa-f.:[\\]]{2,64})",
  sp: "\\d{1,5}",
  pr: "(?<pr>[A-Za-z]{2,5})",
  proto: "(?<pr>[A-Za-z]{2,5})",
  Ri: "[0-9A-Fa-f.:[\\]]{2,64}",
  Rp: "\\d{1,5}",
  rc: "-?\\d{1,10}",
  retcode: "-?\\d{1,10}",
};
const ACCOUNTS = ["fU", "fu", "au", "aU", "Au", "tU", "tu"];
const VARIABLE = /\$(\w{1,32})(?:\([^)]{0,80}\))?/g;

type Part = { readonly text: string } | { readonly name: string };

/** A line that the operator's script writes, ready to be recognised. */
export interface Template {
  readonly kind: Seen["kind"] | "nothing";
  /** The first part of the line, from its beginning. */
  readonly head: RegExp;
  /** The last part, to its end; undefined: callers' words end the line, or the head is all of it. */
  readonly tail: RegExp | undefined;
  /** What is between, or behind the head: callers' words, and fixed ones. */
  readonly middle: readonly Part[];
}

/** Why a template cannot be used, in a sentence. */
export interface BadTemplate {
  readonly why: string;
}

/**
 * Compiles what stands in an `xlog()` ("AUTHFAIL ip=$si user=$fU"). The address must be told from what callers write without a guess: `$si` has to
 * stand before the first variable that a caller fills, or behind the last; and the line begins with words of its own, so that no other line that
 * ends in a caller's words looks like it.
 */
export function readTemplate(kind: Template["kind"], format: string): Template | BadTemplate {
  const parts = partsOf(format.replace(/(?:\\n|\s)+$/, ""));
  if (parts.filter((p) => "name" in p && p.name === "si").length !== 1)
    return { why: `"${format}" must hold $si once: the address that Kamailio saw.` };
  let head = parts.findIndex((p) => !isOwn(p));
  if (head < 0) head = parts.length;
  const words = parts.slice(0, head).reduce((n, p) => n + ("text" in p ? p.text.replace(/\W/g, "").length : 0), 0);
  if (words < LEAST_WORDS)
    return { why: `"${format}" must begin with words of its own, before anything that a caller writes.` };
  let tail = parts.length;
  while (tail > head && isOwn(parts[tail - 1])) tail--;
  const middle = parts.slice(head, tail);
  if (middle.some((p) => "name" in p && p.name === "si"))
    return { why: `"${format}" has callers' words on both sides of $si: write it first, or last.` };
  const isWhole = middle.length === 0;
  return {
    kind,
    head: new RegExp(`${patternOf(parts.slice(0, head))}${isWhole ? "$" : ""}`, "y"),
    tail: isWhole || tail === parts.length ? undefined : new RegExp(`${patternOf(parts.slice(tail))}$`),
    middle,
  };
}

/** What a line of the script says by this template; undefined: it is another line. */
export function matchTemplate(t: Template, text: string): Seen | "nothing" | undefined {
  t.head.lastIndex = 0;
  const head = t.head.exec(text);
  if (head === null || (t.tail !== undefined && text.length > LONGEST_WITH_END)) return undefined;
  const tail = t.tail?.exec(text);
  if (tail === null || (tail !== undefined && tail.index < head[0].length)) return undefined;
  const found = wordsOf(t.middle, text.slice(head[0].length, tail?.index ?? text.length));
  const groups = head.groups?.si === undefined ? tail?.groups : head.groups;
  const address = canonicalIp(bare(groups?.si ?? ""));
  if (found === undefined || address === undefined) return undefined;
  if (t.kind === "nothing") return "nothing";
  const transport: TransportName = readTransport(head.groups?.pr ?? tail?.groups?.pr ?? "") ?? "udp";
  const proved = t.kind === "success" || transport !== "udp";
  return { kind: t.kind, address, transport, proved, ...found };
}

function partsOf(format: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const hit of format.matchAll(VARIABLE)) {
    if (hit.index > from) parts.push({ text: format.slice(from, hit.index) });
    // $var(x), $avp(x), $hdr(x): a caller may have filled it.
    parts.push({ name: hit[0].endsWith(")") ? `${hit[1]}()` : hit[1] });
    from = hit.index + hit[0].length;
  }
  if (from < format.length) parts.push({ text: format.slice(from) });
  return parts;
}

function isOwn(part: Part): boolean {
  return "text" in part || Object.hasOwn(OWN, part.name);
}

/** Only the first of a kind is named: JavaScript refuses two groups of one name. */
function patternOf(parts: readonly Part[]): string {
  const seen = new Set<string>();
  let pattern = "";
  for (const part of parts) {
    if ("text" in part) {
      pattern += part.text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
      continue;
    }
    const own = OWN[part.name];
    const group = /\?<(\w+)>/.exec(own)?.[1] ?? "";
    pattern += seen.has(group) ? own.replace(/\?<\w+>/, "?:") : own;
    if (group !== "") seen.add(group);
  }
  return pattern;
}

/** Cuts the callers' words at the fixed ones; nothing follows from where exactly. */
function wordsOf(middle: readonly Part[], text: string): { account: string; detail: string } | undefined {
  let account = "";
  let detail = "";
  let at = 0;
  for (const [i, part] of middle.entries()) {
    if ("text" in part) continue;
    const next = middle.slice(i + 1).find((p) => "text" in p);
    const isLast = i === middle.length - 1;
    const fixed = !isLast && "text" in middle[i + 1] && next !== undefined && "text" in next ? next.text : undefined;
    const end = isLast ? text.length : fixed === undefined ? at : text.indexOf(fixed, at);
    if (end < 0) return undefined;
    const value = text.slice(at, end);
    if (ACCOUNTS.includes(part.name)) account ||= value;
    else detail ||= value;
    at = end + (fixed?.length ?? 0);
  }
  return { account, detail };
}

function bare(address: string): string {
  return address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address;
}
