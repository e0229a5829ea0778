import { addTo, type Sum } from "../sum.ts";
import type { Said } from "./nft.ts";

/** An address or a block, where an element begins. */
const ELEMENT = /(?:^|[{,])\s*([0-9a-f:.]+(?:\/\d+)?)(?=[\s,}]|$)/g;

/** The rules out of what `nft list table` has written, and what each set holds. */
export function readListing(text: string): { readonly rules: string; readonly sets: Record<string, Sum> } {
  const sets: Record<string, { count: number; sum: number }> = {};
  const rules: string[] = [];
  let sum = { count: 0, sum: 0 };
  let isElements = false;
  for (const line of text.split("\n")) {
    const [, set] = /^\tset (\S+) \{$/.exec(line) ?? [];
    if (set !== undefined) {
      sum = { count: 0, sum: 0 };
      sets[set] = sum;
    }
    const begins = line.startsWith("\t\telements = {");
    isElements ||= begins;
    if (!isElements) {
      rules.push(line);
      continue;
    }
    const own = begins ? line.slice(line.indexOf("{")) : line;
    for (const [, name] of own.matchAll(ELEMENT)) addTo(sum, name);
    if (line.endsWith("}")) isElements = false;
  }
  return { rules: rules.join("\n"), sets };
}

/** Packets by name of the counter, out of what `nft list counters` has written. */
export function countsOf(listing: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, name, packets] of listing.matchAll(/counter (\S+) \{\s*packets (\d+)/g)) counts[name] = Number(packets);
  return counts;
}

/** What is wrong about a command that reads; empty for nothing. */
export function failureOf({ code, err }: Said): string {
  return code === 0 ? "" : err.trim().split("\n")[0] || "nft failed";
}
