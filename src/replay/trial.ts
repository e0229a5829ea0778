import { BoundedMap, type Cidr } from "../base/index.ts";
import { type Change, type Fact, Shield, type ShieldSettings, sourceOf, type Verdict } from "../shield/index.ts";

/** Findings that are kept; further ones are counted alone. */
const MOST = 65_536;
/** Sources of which it is known since when they do what they do. */
const SOURCES = 131_072;
/** A muted source gets one packet in so many milliseconds through. */
const TRICKLE = 2_000;
const SECOND = 1_000;
const FORGET = 600_000;

/** One decision about somebody, as it would have been taken. Times are those of the file. */
export interface Finding {
  readonly scenario: string;
  readonly action: "mute" | "ban" | "guard";
  readonly source: string;
  readonly account: string;
  readonly device: string;
  /** Accounts with standing at the source are spared. */
  readonly spares: boolean;
  readonly because: string;
  readonly proved: boolean;
  /** On the never-list: nothing follows. */
  readonly never: boolean;
  /** False: the scenario only observes. */
  readonly enforced: boolean;
  /** What was noted first of this source, and when it was decided. */
  readonly first: number;
  readonly at: number;
  /** Accounts that were used from there with their password. */
  readonly standing: readonly string[];
  /** What it was decided on, the latest last. */
  readonly evidence: readonly Fact[];
  /** How often it was decided. */
  times: number;
  /** All that was noted of this source, to the end. */
  noted: number;
  /** Messages of this source that would not have got in. */
  keptOut: number;
}

interface Source {
  readonly first: number;
  noted: number;
}

interface Kept {
  action: "mute" | "ban";
  until: number;
  next: number;
  count: number;
}

/** One setting of the shield, and what it would have decided. The judge is the daemon's. */
export class Trial {
  readonly #shield: Shield;
  readonly #settings: ShieldSettings;
  readonly #findings = new Map<string, Finding>();
  readonly #sources = new BoundedMap<string, Source>(SOURCES);
  readonly #kept = new Map<string, Kept>();
  #swept = 0;
  #forgotten = 0;
  /** Facts that were judged. */
  facts = 0;
  /** Findings beyond those that are kept. */
  more = 0;

  constructor(settings: ShieldSettings) {
    this.#settings = settings;
    this.#shield = new Shield(settings, []);
  }

  /** Who is never kept out. */
  setNever(blocks: readonly Cidr[]): void {
    this.#shield.standing.setNever(blocks);
  }

  /** Time goes on: what has come to its end is taken out. */
  pass(now: number): void {
    if (now - this.#swept < SECOND) return;
    this.#swept = now;
    this.#shield.book.sweep(now);
    if (now - this.#forgotten < FORGET) return;
    this.#forgotten = now;
    this.#shield.standing.sweep(now);
  }

  /** A message has come from there: would it have got in? HOT. */
  admits(address: string, now: number): boolean {
    if (this.#kept.size === 0) return true;
    const kept = this.#kept.get(sourceOf(address));
    if (kept === undefined || now >= kept.until) return true;
    if (kept.action === "mute" && now >= kept.next) {
      kept.next = now + TRICKLE;
      return true;
    }
    kept.count++;
    return false;
  }

  judge(fact: Fact): void {
    this.facts++;
    const name = sourceOf(fact.address);
    if (fact.kind !== "success") {
      const source = this.#sources.get(name) ?? { first: fact.at, noted: 0 };
      source.noted += fact.times;
      this.#sources.set(name, source);
    }
    for (const verdict of this.#shield.judge(fact)) {
      this.#note(verdict, name);
      for (const change of verdict.changes) this.#enforce(change, verdict, name);
    }
  }

  /** Findings so far. */
  get count(): number {
    return this.#findings.size;
  }

  /** What was decided, in that order. */
  findings(): Finding[] {
    return [...this.#findings.values()].map((f) => ({
      ...f,
      noted: this.#sources.get(f.source)?.noted ?? f.evidence.length,
      keptOut: this.#kept.get(f.source)?.count ?? 0,
    }));
  }

  #note(v: Verdict, source: string): void {
    const { scenario, action, target, because, proved, spared, fact } = v;
    const key = `${scenario} ${action} ${target.source} ${target.account} ${target.device} ${target.spares}`;
    const known = this.#findings.get(key);
    if (known !== undefined) {
      known.times++;
      return;
    }
    if (this.#findings.size >= MOST) {
      this.more++;
      return;
    }
    const put = v.changes.find((c) => c.what === "put");
    this.#findings.set(key, {
      scenario,
      action,
      ...target,
      because,
      proved,
      never: spared,
      enforced: this.#settings.get(scenario)?.mode !== "observe",
      first: this.#sources.get(source)?.first ?? fact.at,
      at: fact.at,
      standing: this.#shield.standing.at(source, fact.at),
      evidence: put === undefined || put.evidence.length < 2 ? this.#shield.latest(source).slice() : put.evidence,
      times: 1,
      noted: 0,
      keptOut: 0,
    });
  }

  #enforce({ entry, what }: Change, verdict: Verdict, source: string): void {
    if (what === "removed" || entry.action === "guard" || entry.account !== "" || entry.spares) return;
    if (entry.reason === "neighbours") {
      const { source: block, because } = entry;
      this.#note(
        { ...verdict, scenario: "neighbours", target: { ...verdict.target, source: block }, because, changes: [] },
        source,
      );
      return;
    }
    if (!entry.enforced) return;
    const known = this.#kept.get(entry.source);
    // The daemon has no more rows than this in force, either.
    if (known === undefined && this.#kept.size >= SOURCES) return;
    const next = known?.next ?? 0;
    this.#kept.set(entry.source, { action: entry.action, until: entry.until, next, count: known?.count ?? 0 });
  }
}
