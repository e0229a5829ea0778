import { parseCidr } from "../../base/index.ts";
import { ANYTHING, type Conditions } from "./conditions.ts";
import type { Ports } from "./opening.ts";
import type { Saved, SavedRule } from "./saved.ts";
import { contains } from "./spans.ts";

/** What a path through the chains comes to: let in or dropped, under which conditions. */
export interface Outcome {
  /** The rule that decides. */
  readonly rule: SavedRule;
  readonly verdict: "accept" | "drop" | "unknown";
  /** All conditions of the rules on the way, joined. */
  readonly conditions: Conditions;
}

/** Rules looked at, and chains within chains: a file may be made to run in circles. */
const RULES = 50_000;
const DEPTH = 16;

/** Follows one chain of table filter, and those it leads to. `whole` is false where there was more than can be followed. */
export function walk(
  saved: Saved,
  family: 4 | 6,
  chain: string,
): { readonly outcomes: readonly Outcome[]; readonly whole: boolean } {
  const chains = new Map<string, SavedRule[]>();
  for (const rule of saved.rules) {
    if (rule.table !== "filter" || rule.family !== family) continue;
    const rules = chains.get(rule.chain);
    if (rules === undefined) chains.set(rule.chain, [rule]);
    else rules.push(rule);
  }
  const walker: Walker = { saved, family, chains, outcomes: [], left: RULES };
  follow(walker, chain, ANYTHING, 0);
  return { outcomes: walker.outcomes, whole: walker.left >= 0 };
}

interface Walker {
  readonly saved: Saved;
  readonly family: 4 | 6;
  readonly chains: ReadonlyMap<string, readonly SavedRule[]>;
  readonly outcomes: Outcome[];
  left: number;
}

/** True: nothing that comes here goes on behind the chain. */
function follow(w: Walker, chain: string, before: Conditions, depth: number): boolean {
  for (const rule of w.chains.get(chain) ?? []) {
    if (--w.left < 0) return true;
    const conditions = join(before, rule);
    if (conditions === undefined) continue;
    // It takes all that comes here.
    const whole = same(before, conditions);
    const { target } = rule;
    if (target === "RETURN") {
      if (whole) return false;
      continue;
    }
    if (target === "") continue;
    const verdict = VERDICTS.get(target);
    const known = verdict !== undefined || w.chains.has(target) || w.saved.policies.has(`${w.family} filter ${target}`);
    if (verdict !== undefined || !known || depth >= DEPTH) {
      w.outcomes.push({ rule, verdict: verdict ?? "unknown", conditions });
      if (verdict !== undefined && whole) return true;
    } else if (follow(w, target, conditions, depth + 1) && whole) return true;
  }
  return false;
}

const VERDICTS: ReadonlyMap<string, "accept" | "drop"> = new Map([
  ["ACCEPT", "accept"],
  ["DROP", "drop"],
  ["REJECT", "drop"],
]);

/** Both conditions together; undefined: nothing fulfils both. */
function join(a: Conditions, b: SavedRule): Conditions | undefined {
  const protocol = either(a.protocol, b.protocol);
  const inInterface = either(a.inInterface, b.inInterface);
  const outInterface = either(a.outInterface, b.outInterface);
  const source = inner(a.source, b.source);
  const destination = inner(a.destination, b.destination);
  const states = both(a.states, b.states, (x) => a.states.includes(x));
  const ports = a.ports.length === 0 || b.ports.length === 0 ? [...a.ports, ...b.ports] : overlap(a.ports, b.ports);
  for (const part of [protocol, inInterface, outInterface, source, destination])
    if (part === undefined) return undefined;
  if (states === undefined || (ports.length === 0 && b.ports.length > 0)) return undefined;
  return {
    protocol: protocol ?? "",
    ports,
    source: source ?? "",
    destination: destination ?? "",
    inInterface: inInterface ?? "",
    outInterface: outInterface ?? "",
    states,
    narrowed: a.narrowed || b.narrowed,
    unknown: b.unknown.length === 0 ? a.unknown : [...a.unknown, ...b.unknown],
  };
}

function either(a: string, b: string): string | undefined {
  return a === "" || a === b ? b || a : b === "" ? a : undefined;
}

function both(a: readonly string[], b: readonly string[], inA: (x: string) => boolean): readonly string[] | undefined {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  const shared = b.filter(inA);
  return shared.length === 0 ? undefined : shared;
}

function inner(a: string, b: string): string | undefined {
  if (a === "" || b === "") return a || b;
  const [x, y] = [parseCidr(a), parseCidr(b)];
  if (x === undefined || y === undefined) return undefined;
  return contains(x, y) ? b : contains(y, x) ? a : undefined;
}

function overlap(a: readonly Ports[], b: readonly Ports[]): Ports[] {
  return a.flatMap(([low, high]) =>
    b.flatMap(([from, to]): Ports[] => {
      const both: Ports = [Math.max(low, from), Math.min(high, to)];
      return both[0] <= both[1] ? [both] : [];
    }),
  );
}

function same(a: Conditions, b: Conditions): boolean {
  const text = ({ protocol, ports, source, destination, inInterface, outInterface, states }: Conditions): string =>
    JSON.stringify([protocol, ports, source, destination, inInterface, outInterface, states]);
  return a.narrowed === b.narrowed && a.unknown.length === b.unknown.length && text(a) === text(b);
}
