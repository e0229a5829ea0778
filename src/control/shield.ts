import { BoundedMap, type Cidr, formatCidr, isTrouble, type Trouble } from "../base/index.ts";
import type { GateRow, Sighting } from "../edge/index.ts";
import { noEnforcer } from "../firewall/index.ts";
import type { Logger } from "../observe/index.ts";
import type { Enforcer, Held } from "../ports/index.ts";
import type { ShieldSettings } from "../shield/index.ts";
import {
  BAN_LENGTHS,
  type Change,
  type Entry,
  type Fact,
  Shield,
  sourceOf,
  type Target,
  type Verdict,
} from "../shield/index.ts";
import type { Store } from "../store/index.ts";
import { heldOf, STANDS, tellKernel } from "./kernel.ts";
import { ShieldWriter } from "./shield-writer.ts";

/** Milliseconds: how often entries that have ended are taken out, and old standing. */
const SWEEP = 1_000;
const FORGET = 600_000;
const DAY = 86_400_000;
/** Standing is written again when it is so much newer: each hour is often enough for a day. */
const NOTED = 3_600_000;
const NOTED_PAIRS = 262_144;
/** Mutes that are logged one by one within a minute; anybody can cause them with forged packets. */
const LOGGED = 10;

/** What the signalling thread is told: whom to keep out, and whom no longer. */
export interface GateChange {
  readonly put: readonly GateRow[];
  readonly removed: readonly GateRow[];
}

/** Wall milliseconds of a clock that goes on evenly, whatever happens to the machine's. */
function steady(): number {
  return performance.timeOrigin + performance.now();
}

/** The shield in the daemon: its clock, its memory in the store, its words to the edge and to the log. */
export class ShieldKeeper {
  readonly shield: Shield;
  readonly #store: Store;
  readonly #tell: (change: GateChange) => void;
  readonly #log: Logger;
  readonly #writer: ShieldWriter;
  readonly #written = new BoundedMap<string, number>(NOTED_PAIRS);
  /** The first line of defence, as soon as there is one. */
  enforcer: Enforcer = noEnforcer();
  #mutes = 0;
  #leaks = 0;
  #timers: NodeJS.Timeout[] = [];

  constructor(settings: ShieldSettings, store: Store, tell: (change: GateChange) => void, log: Logger) {
    this.shield = new Shield(settings, []);
    this.#store = store;
    this.#tell = tell;
    this.#log = log;
    this.#writer = new ShieldWriter(store, (trouble) => {
      if (trouble === undefined) log.info({}, "the store takes bans again");
      else log.error({ code: trouble.code }, `bans are not being stored: ${trouble.what}; those in force stay`);
    });
  }

  /** What was known before the start: bans that are not over yet, and who has standing. Then time begins to pass. */
  async open(): Promise<number | Trouble> {
    const now = steady();
    const skew = now - Date.now();
    const bans = await this.#store.loadBans(Date.now());
    if (isTrouble(bans)) return bans;
    const standing = await this.#store.loadStanding(Date.now() - DAY);
    if (isTrouble(standing)) return standing;
    const longest = BAN_LENGTHS[BAN_LENGTHS.length - 1];
    const rows: GateRow[] = [];
    for (const ban of bans) {
      // What is on the never-list now need not have been then.
      if (this.shield.standing.isNever(ban.source)) continue;
      // A clock that was wrong when it was written must not make it last for ever.
      const until = Math.min(ban.until + skew, now + (ban.origin === "shield" ? longest : Number.MAX_SAFE_INTEGER));
      const entry: Entry = { ...ban, action: "ban", spares: false, since: ban.since + skew, until };
      this.shield.book.restore(entry);
      if (entry.enforced) rows.push(this.#row(entry, now));
    }
    for (const { source, account, at } of standing)
      this.shield.standing.note(source, account, Math.min(at + skew, now));
    if (rows.length > 0) this.#tell({ put: rows, removed: [] });
    this.#timers = [
      setInterval(() => this.#apply(this.shield.book.sweep(steady())), SWEEP),
      setInterval(() => this.shield.standing.sweep(steady()), FORGET),
      setInterval(() => this.#tellMutes(), 60_000),
    ];
    for (const timer of this.#timers) timer.unref();
    return bans.length;
  }

  /** Addresses that are never kept out; what of them is in the book is taken out. */
  setNever(blocks: readonly Cidr[]): void {
    const { shield } = this;
    shield.standing.setNever(blocks);
    this.enforcer.setNever(blocks.map(formatCidr));
    for (const entry of [...shield.book.all()]) {
      if (entry.source !== "" && shield.standing.isNever(entry.source)) this.#apply(shield.book.remove(entry));
    }
  }

  /** Whole sources that are banned. */
  *bans(): Generator<Held> {
    const now = steady();
    for (const entry of this.shield.book.all()) {
      const held = heldOf(entry, now);
      if (held !== undefined) yield held;
    }
  }

  /** Sources where somebody is known; one of several accounts comes as often. */
  *standing(): Generator<Held> {
    const now = steady();
    for (const [source, , at] of this.shield.standing.all()) yield { source, left: at + STANDS - now };
  }

  /** The edge has seen packets of these, which are banned. */
  leaked(sources: readonly string[]): void {
    for (const source of sources) {
      const entry = this.shield.book.get({ source, account: "", device: "", spares: false });
      const held = entry && heldOf(entry, steady());
      if (held === undefined || !this.enforcer.leaked(source)) continue;
      this.enforcer.ban([held]);
      if (++this.#leaks <= LOGGED)
        this.#log.error(
          { event: "enforcement_leak", source },
          "packets of a banned source got past the kernel; it is told again",
        );
    }
  }

  /** What the edge has seen. */
  take(sightings: readonly Sighting[]): void {
    const at = steady();
    for (const sighting of sightings) this.judge({ ...sighting, at });
  }

  judge(fact: Fact): void {
    if (fact.kind === "success") this.#noteStanding(fact);
    for (const verdict of this.shield.judge(fact)) {
      this.#logVerdict(verdict);
      this.#apply(verdict.changes);
    }
  }

  /** An entry by hand, for `lasts` ms. */
  add(source: string, reason: string, lasts: number): Entry | undefined {
    const target: Target = { source, account: "", device: "", spares: false };
    const changes = this.shield.book.put(
      {
        ...target,
        action: "ban",
        enforced: true,
        reason,
        because: "entered by the operator",
        origin: "operator",
        lasts,
        evidence: [],
      },
      steady(),
    );
    this.#apply(changes);
    return changes.find((c) => c.what === "put")?.entry;
  }

  remove(target: Target): Entry | undefined {
    const changes = this.shield.book.remove(target);
    this.#apply(changes);
    return changes[0]?.entry;
  }

  /** Now, on the shield's clock. */
  now(): number {
    return steady();
  }

  /** Milliseconds from now until that moment of the shield's clock. */
  left(at: number): number {
    return at - steady();
  }

  /** That moment on the wall's clock. */
  wall(at: number): number {
    return Math.round(Date.now() + at - steady());
  }

  /** What a ban was decided on: facts as JSON. */
  evidenceOf(entry: Entry): Promise<string | Trouble> {
    return this.#store.evidenceOf(entry);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#writer.stop();
  }

  #apply(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const put: GateRow[] = [];
    const removed: GateRow[] = [];
    const now = steady();
    for (const { entry, what, evidence } of changes) {
      const row = this.#row(entry, now);
      if (what === "removed") removed.push(row);
      else if (entry.enforced) put.push(row);
      if (entry.action !== "ban") continue;
      if (what === "removed") this.#writer.remove(entry);
      else this.#writer.put(this.#stored(entry, evidence));
    }
    this.#tell({ put, removed });
    tellKernel(this.enforcer, changes, now);
  }

  #row({ source, account, device, spares, action }: Entry, now: number): GateRow {
    const spared = spares ? this.shield.standing.at(source, now) : undefined;
    return { source, account, device, spared, action };
  }

  #stored(entry: Entry, evidence: readonly Fact[]) {
    const { source, account, device, enforced, reason, because, origin, strike } = entry;
    const kept = evidence.map(({ at, ...fact }) => ({ at: this.wall(at), ...fact }));
    return {
      source,
      account,
      device,
      enforced,
      reason,
      because,
      origin,
      strike,
      since: this.wall(entry.since),
      until: this.wall(entry.until),
      evidence: JSON.stringify(kept),
    };
  }

  #noteStanding({ address, account, at }: Fact): void {
    const source = sourceOf(address);
    const name = `${source} ${account}`;
    const isNew = !this.shield.standing.has(source, account, at);
    if (!isNew && at - (this.#written.get(name) ?? 0) < NOTED) return;
    this.#written.set(name, at);
    this.#writer.standing({ source, account, at: this.wall(at) });
    this.enforcer.stand([{ source, left: STANDS }]);
    const muted = this.shield.book.get({ source, account: "", device: "", spares: true });
    // Whoever has shown his password there is spared from now on.
    if (isNew && muted?.spares === true && muted.enforced) {
      this.shield.standing.note(source, account, at);
      this.#tell({ put: [this.#row(muted, at)], removed: [] });
    }
  }

  #logVerdict({ scenario, action, target, because, proved, spared, changes }: Verdict): void {
    const entry = changes.find((c) => c.what === "put")?.entry;
    if (entry === undefined && !spared) return;
    if (action === "mute" && ++this.#mutes > LOGGED) return;
    const { source, account, device } = target;
    const until = entry === undefined ? undefined : new Date(this.wall(entry.until)).toISOString();
    const enforced = entry?.enforced === true;
    const about = { event: action, scenario, source, account, device, because, proved, enforced, until };
    if (spared) this.#log.warn(about, "a source on the never-list does what attackers do; nothing follows");
    else
      this.#log.warn(
        about,
        enforced ? "an attacker was recognised" : "an attacker was recognised; nothing is kept out (observe)",
      );
  }

  #tellMutes(): void {
    const more = this.#mutes - LOGGED;
    this.#mutes = 0;
    this.#leaks = 0;
    if (more > 0) this.#log.warn({ event: "mute", more }, "further sources were muted within the last minute");
  }
}
