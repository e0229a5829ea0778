import { BoundedMap, type Cidr, formatLimit, type Limit } from "../base/index.ts";
import { Book, type Change, type Target, type Wanted } from "./book.ts";
import type { Fact, FactKind } from "./fact.ts";
import type { Action, Answer, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { sourceOf } from "./source.ts";
import { Standing } from "./standing.ts";
import { newTally, note, reached, type Tally } from "./tally.ts";

/** What a site has set for a scenario. */
export interface Setting {
  /** `observe`: judged and told, nothing follows. */
  readonly mode: "enforce" | "observe" | "off";
  readonly limits: readonly Limit[];
  /** What whoever is banned by it hears; silence without it. */
  readonly answer?: Answer;
  /** What follows from evidence that may be forged, where that is not what the scenario says: a log has seldom any other. */
  readonly unproved?: "mute";
}

/** By name of the scenario; one that is not here is enforced with its own limits. */
export type ShieldSettings = ReadonlyMap<string, Setting>;

/** What was recognised, and what of the book has changed by it. */
export interface Verdict {
  readonly scenario: string;
  readonly action: Action;
  readonly target: Target;
  readonly because: string;
  readonly proved: boolean;
  /** On the never-list: told, and nothing follows. */
  readonly spared: boolean;
  readonly fact: Fact;
  readonly changes: readonly Change[];
}

/** Tallies at once, of proved evidence and of all: nobody's forged packets push proved evidence out. */
const TALLIES = 131_072;
/** Sources whose latest facts are kept for `why`, and how many of each. */
const TOLD = 16_384;
const LATEST = 8;
/** Of these so many keep their message. */
const MESSAGES = 3;

const NO_VERDICTS: readonly Verdict[] = [];

/**
 * Turns facts into verdicts, and verdicts into entries of the book. Pure: time comes with the facts, on a clock that does not jump, so that no
 * ban vanishes or lasts for ever when somebody sets the machine's.
 */
export class Shield {
  readonly standing = new Standing();
  readonly book = new Book();
  readonly #byKind = new Map<FactKind, Scenario[]>();
  readonly #settings: ShieldSettings;
  readonly #all = new BoundedMap<string, Tally>(TALLIES);
  readonly #proved = new BoundedMap<string, Tally>(TALLIES);
  readonly #latest = new BoundedMap<string, Fact[]>(TOLD);

  constructor(settings: ShieldSettings, never: readonly Cidr[]) {
    this.#settings = settings;
    this.standing.setNever(never);
    for (const scenario of SCENARIOS) {
      for (const kind of scenario.facts) this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), scenario]);
    }
  }

  /** The latest facts of a source, oldest first. */
  latest(source: string): readonly Fact[] {
    return this.#latest.get(source) ?? [];
  }

  /** The latest facts about an account, from any source that is remembered. */
  about(account: string): readonly Fact[] {
    const found: Fact[] = [];
    for (const facts of this.#latest.values()) for (const f of facts) if (f.account === account) found.push(f);
    return found.sort((a, b) => a.at - b.at);
  }

  judge(fact: Fact): readonly Verdict[] {
    const source = sourceOf(fact.address);
    if (fact.kind === "success") {
      this.standing.note(source, fact.account, fact.at);
      return NO_VERDICTS;
    }
    this.#remember(source, fact);
    let verdicts = NO_VERDICTS;
    for (const scenario of this.#byKind.get(fact.kind) ?? []) {
      const verdict = this.#judgeBy(scenario, fact, source);
      if (verdict !== undefined) verdicts = [...verdicts, verdict];
    }
    return verdicts;
  }

  #judgeBy(scenario: Scenario, fact: Fact, source: string): Verdict | undefined {
    const setting = this.#settings.get(scenario.name);
    if (setting?.mode === "off") return undefined;
    const per = scenario.per(fact, source);
    if (per === undefined) return undefined;
    if (scenario.ofStrangers === true && this.standing.hasAny(source, fact.at)) return undefined;
    const limits = setting?.limits ?? scenario.limits;
    const key = `${scenario.name} ${per}`;
    const value = scenario.distinct?.(fact);
    const all = count(this.#all, key, fact, limits, value);
    const proved = fact.proved ? count(this.#proved, key, fact, limits, value) : undefined;
    const limit = proved ?? all;
    if (limit === undefined) return undefined;
    const action = proved === undefined ? (setting?.unproved ?? scenario.unproved) : scenario.proved;
    if (action === "nothing") return undefined;
    // Whoever goes on has to reach it again: the next ban is for what was done after this one.
    this.#all.delete(key);
    if (proved !== undefined) this.#proved.delete(key);
    return this.#decide(scenario, setting, action, fact, source, limit);
  }

  #decide(
    scenario: Scenario,
    setting: Setting | undefined,
    action: Action,
    fact: Fact,
    source: string,
    limit: Limit,
  ): Verdict {
    const isKnown = action !== "guard" && this.standing.hasAny(source, fact.at);
    const target = action === "guard" ? anywhere(fact.account) : this.#narrow(fact, source, isKnown);
    const because = `${formatLimit(limit)}: ${scenario.about}`;
    const spared = this.#isNever(target);
    const wanted: Wanted = {
      ...target,
      // An office is never cut off: one device of it, or who has no standing there, is slowed down.
      action: isKnown ? "mute" : action,
      enforced: setting?.mode !== "observe",
      reason: scenario.name,
      because,
      origin: "shield",
      evidence: action === "mute" ? [fact] : [...this.latest(source)],
    };
    const changes = spared ? [] : this.#enter(wanted, fact.at);
    return {
      scenario: scenario.name,
      action: wanted.action,
      target,
      because,
      proved: fact.proved,
      spared,
      fact,
      changes,
    };
  }

  /** Enters it, and where it is the ban of one of many neighbours, their block too. */
  #enter(wanted: Wanted, now: number): readonly Change[] {
    const changes = this.book.put(wanted, now);
    const isBan = changes.some((c) => c.what === "put" && c.entry.action === "ban");
    // What is only noted is no evidence against a whole block: the fourth of them may be enforced.
    if (!isBan || !wanted.enforced || wanted.account !== "") return changes;
    const block = this.book.neighbours(wanted.source, now);
    if (block === undefined || this.standing.isIn(block) || this.standing.isNever(block)) return changes;
    const because = `4 in 1 d: banned sources of ${block}`;
    return [...changes, ...this.book.put({ ...wanted, source: block, reason: "neighbours", because }, now)];
  }

  /** What of a source is meant: all of it, unless somebody has standing there. */
  #narrow(fact: Fact, source: string, isKnown: boolean): Target {
    if (!isKnown) return { source, account: "", device: "", spares: false };
    const { account, device, at } = fact;
    // The account is used from there with its password as well: it is one device that has an old one.
    if (account !== "" && this.standing.has(source, account, at)) return { source, account, device, spares: false };
    return { source, account, device: "", spares: account === "" };
  }

  #isNever({ source }: Target): boolean {
    return source !== "" && this.standing.isNever(source);
  }

  #remember(source: string, fact: Fact): void {
    const known = this.#latest.get(source);
    if (known === undefined) this.#latest.set(source, [fact]);
    else {
      if (known.length === LATEST) known.shift();
      known.push(fact);
      const older = known.length - MESSAGES - 1;
      if (older >= 0 && known[older].message !== "") known[older] = { ...known[older], message: "" };
    }
  }
}

function count(
  tallies: BoundedMap<string, Tally>,
  key: string,
  fact: Fact,
  limits: readonly Limit[],
  value: string | undefined,
): Limit | undefined {
  const tally = tallies.get(key) ?? newTally();
  // Again, so that it counts as used of late.
  tallies.set(key, tally);
  const most = limits.reduce((max, l) => Math.max(max, l.count), 0);
  note(tally, fact.at, most, fact.times, value);
  return reached(tally, fact.at, limits);
}

function anywhere(account: string): Target {
  return { source: "", account, device: "", spares: false };
}
