import { BoundedMap, type Cidr, formatCidr, isTrouble, type Trouble } from "../base/index.ts";
import type { GateRow, Sighting } from "../edge/index.ts";
import { noEnforcer } from "../firewall/index.ts";
import type { Events, Logger } from "../observe/index.ts";
import type { Enforcer, Held } from "../ports/index.ts";
import type { ShieldSettings } from "../shield/index.ts";
import {
  type Answer,
  BAN_LENGTHS,
  type Change,
  type Entry,
  type Fact,
  Shield,
  sourceOf,
  type Target,
} from "../shield/index.ts";
import type { Store } from "../store/index.ts";
import { STANDS } from "./kernel.ts";
import type { ListsKeeper } from "./lists.ts";
import { ShieldCounts } from "./shield-counts.ts";
import { countedAs, type GateChange, isWhole, storedBan } from "./shield-entries.ts";
import { ShieldWords } from "./shield-words.ts";
import { ShieldWriter } from "./shield-writer.ts";

/** Milliseconds: how often entries that have ended are taken out, and old standing. */
const SWEEP = 1_000;
const FORGET = 600_000;
const DAY = 86_400_000;
/** Standing is written again when it is so much newer: each hour is often enough for a day. */
const NOTED = 3_600_000;
const NOTED_PAIRS = 262_144;
/** Entries that the signalling thread is told of with one message. */
const PIECE = 2_000;

/** Wall milliseconds of a clock that goes on evenly, whatever happens to the machine's. */
function steady(): number {
  return performance.timeOrigin + performance.now();
}

/** The shield in the daemon: its clock, its memory in the store, its words to the edge and to the log. */
export class ShieldKeeper {
  readonly shield: Shield;
  readonly #settings: ShieldSettings;
  readonly lists: ListsKeeper;
  readonly #store: Store;
  readonly #tell: (change: GateChange) => void;
  /** Whether a signalling thread keeps out what the kernel cannot: accounts, devices, whoever is to hear an answer. */
  readonly #hasEdge: boolean;
  readonly #words: ShieldWords;
  readonly #writer: ShieldWriter;
  readonly counts = new ShieldCounts();
  /** The site's mode: what is decided is acted on, or only noted. */
  #enforcing = false;
  readonly #written = new BoundedMap<string, number>(NOTED_PAIRS);
  /** The first line of defence, as soon as there is one. */
  #enforcer: Enforcer = noEnforcer();
  #timers: NodeJS.Timeout[] = [];

  constructor(
    settings: ShieldSettings,
    store: Store,
    tell: ((change: GateChange) => void) | undefined,
    lists: ListsKeeper,
    events: Events,
    log: Logger,
  ) {
    this.shield = new Shield(settings, []);
    this.#settings = settings;
    this.lists = lists;
    this.#store = store;
    this.#tell = tell ?? (() => {});
    this.#hasEdge = tell !== undefined;
    this.#words = new ShieldWords(this, events, log);
    this.#writer = new ShieldWriter(store, (trouble) => {
      if (trouble === undefined) log.info({}, "the store takes bans again");
      else log.error({ code: trouble.code }, `bans are not being stored: ${trouble.what}; those in force stay`);
    });
  }

  /** What was known before the start: bans that are not over yet, and who has standing. Then time begins to pass. */
  async open(): Promise<number | Trouble> {
    const now = steady();
    const skew = now - Date.now();
    const longest = BAN_LENGTHS[BAN_LENGTHS.length - 1];
    let rows: GateRow[] = [];
    // The signalling thread takes what was read while the rest is being read.
    const tell = (least: number): void => {
      if (rows.length < least) return;
      this.#tell({ put: rows, removed: [] });
      rows = [];
    };
    const standing = await this.#store.loadStanding(Date.now() - DAY);
    if (isTrouble(standing)) return standing;
    for (const { source, account, at } of standing)
      this.shield.standing.note(source, account, Math.min(at + skew, now));
    const spared: Entry[] = [];
    const count = await this.#store.loadBans(Date.now(), (ban) => {
      const { source, account, device, enforced, reason, because, origin, strike } = ban;
      // What is on the never-list now need not have been then.
      if (this.shield.standing.isNever(source)) return;
      const since = ban.since + skew;
      // A clock that was wrong when it was written must not make it last for ever.
      const until = Math.min(ban.until + skew, now + (origin === "shield" ? longest : Number.MAX_SAFE_INTEGER));
      const target = { source, account, device, spares: false };
      const entry: Entry = { ...target, action: "ban", enforced, reason, because, origin, since, until, strike };
      this.shield.book.restore(entry);
      if (!this.isInForce(entry)) return;
      // Noted by a site that only observed then: an office is never cut off. The operator's own word knew of it.
      if (origin !== "operator" && standing.length > 0 && this.#hasStanding(entry, now)) spared.push(entry);
      else rows.push(this.#row(entry, now));
      tell(PIECE);
    });
    if (isTrouble(count)) return count;
    tell(1);
    for (const entry of spared) this.#takeOut(entry, "standing");
    this.lists.setStanding(this.shield.standing.all());
    await this.lists.open();
    this.#timers = [
      setInterval(() => this.#sweep(), SWEEP),
      setInterval(() => this.#forget(), FORGET),
      setInterval(() => this.#words.summarise(), 60_000),
    ];
    for (const timer of this.#timers) timer.unref();
    return count;
  }

  /** Addresses that are never kept out; what of them is in the book is taken out. */
  setNever(blocks: readonly Cidr[]): void {
    const { shield } = this;
    shield.standing.setNever(blocks);
    this.lists.setNever(blocks);
    this.#enforcer.setNever(blocks.map(formatCidr));
    for (const entry of [...shield.book.all()]) {
      if (entry.source !== "" && shield.standing.isNever(entry.source)) this.#takeOut(entry, "never");
    }
  }

  /**
   * Is it acted on? The operator's own word always is; what the shield or a list says where site and scenario enforce. Without an edge nothing but
   * whole sources can be.
   */
  isInForce(entry: Entry): boolean {
    return entry.origin === "operator" || (this.#enforcing && entry.enforced && this.#canAct(entry));
  }

  /** What would go into force with the mode `enforce`, and of that what would not, since somebody has standing there by now. */
  preview(): { readonly out: readonly Entry[]; readonly spared: readonly Entry[] } {
    const noted = [...this.shield.book.all()].filter((e) => e.enforced && this.#canAct(e) && !this.isInForce(e));
    const now = steady();
    return {
      out: noted.filter((e) => !this.#hasStanding(e, now)),
      spared: noted.filter((e) => this.#hasStanding(e, now)),
    };
  }

  /** From now on the book is acted on, or only kept. Gives the entries that went into force by it, or out of it. */
  setEnforcing(on: boolean): readonly Entry[] {
    this.lists.setEnforcing(on);
    this.#enforcer.setDrops(on);
    if (this.#enforcing === on) return [];
    // While nobody was kept out they have shown passwords there: an office is never cut off.
    if (on) for (const entry of this.preview().spared) this.#takeOut(entry, "standing");
    const moved = [...this.shield.book.all()].filter((e) => e.enforced && e.origin !== "operator" && this.#canAct(e));
    this.#enforcing = on;
    this.#tell({ put: [], removed: [], holds: on && this.#isScannerShown });
    this.#keepOut(on ? moved : [], on ? [] : moved);
    return moved;
  }

  get enforcer(): Enforcer {
    return this.#enforcer;
  }

  /** From now on this one is told, of lists too; of bans and standing it has asked. */
  setEnforcer(enforcer: Enforcer): void {
    this.#enforcer = enforcer;
    this.lists.setTold((name, blocks) => enforcer.setList(name, blocks));
  }

  /** Whole sources that are banned. */
  *bans(): Generator<Held> {
    const now = steady();
    for (const entry of this.shield.book.all()) {
      const held = this.#held(entry, now);
      if (held !== undefined) yield held;
    }
  }

  /** Whole sources that are muted, where no edge does it. */
  *mutes(): Generator<Held> {
    const now = steady();
    for (const entry of this.shield.book.all()) {
      if (this.#isMute(entry) && this.isInForce(entry)) yield { source: entry.source, left: entry.until - now };
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
      const held = entry && this.#held(entry, steady());
      if (held === undefined || !this.#enforcer.leaked(source)) continue;
      this.#enforcer.ban([held]);
      this.#words.leak(source);
    }
  }

  /** What the edge has seen. */
  take(sightings: readonly Sighting[]): void {
    const at = steady();
    for (const sighting of sightings) this.judge({ ...sighting, at });
  }

  judge(fact: Fact): void {
    this.counts.fact(fact);
    if (fact.kind === "success") this.#noteStanding(fact);
    for (const verdict of this.shield.judge(fact)) {
      // Whoever goes on is judged again and again: what is counted is what was decided anew.
      if (verdict.spared || verdict.changes.length > 0) this.counts.verdict(verdict);
      this.#words.verdict(verdict);
      this.#apply(verdict.changes);
    }
  }

  /** An entry by hand, for `lasts` ms. */
  add(source: string, reason: string, lasts: number): Entry | undefined {
    const target: Target = { source, account: "", device: "", spares: false };
    const noted = this.shield.book.get(target);
    // What is only noted must not stand in the way of the operator's word, however long it lasts.
    if (noted !== undefined && !this.isInForce(noted)) this.#apply(this.shield.book.remove(noted));
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
    const entry = changes.find((c) => c.what === "put")?.entry;
    if (entry !== undefined) this.#words.byHand(entry);
    return entry;
  }

  /** By hand. */
  remove(target: Target): Entry | undefined {
    return this.#takeOut(target, "operator");
  }

  #takeOut(target: Target, by: "operator" | "never" | "standing"): Entry | undefined {
    const changes = this.shield.book.remove(target);
    this.#apply(changes);
    for (const { entry } of changes) this.#words.takenOut(entry, by);
    return changes[0]?.entry;
  }

  #sweep(): void {
    const changes = this.shield.book.sweep(steady());
    this.#apply(changes);
    for (const { entry } of changes) this.#words.over(entry);
  }

  /** Is all of a source or block meant, where somebody has standing? */
  #hasStanding({ source, account, spares }: Entry, now: number): boolean {
    if (source === "" || account !== "" || spares) return false;
    const { standing } = this.shield;
    return standing.hasAny(source, now) || standing.isIn(source);
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
    await this.lists.stop();
    await this.#writer.stop();
  }

  #apply(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const put: Entry[] = [];
    const removed: Entry[] = [];
    for (const { entry, what, evidence } of changes) {
      if (what === "removed") removed.push(entry);
      else if (this.isInForce(entry)) put.push(entry);
      if (entry.action !== "ban") continue;
      if (what === "removed") this.#writer.remove(entry);
      else this.#writer.put(storedBan(entry, evidence, (at) => this.wall(at)));
    }
    this.#keepOut(put, removed);
  }

  /** Standing that is older than a day speaks for nobody any more. */
  #forget(): void {
    this.shield.standing.sweep(steady());
    this.lists.setStanding(this.shield.standing.all());
  }

  /** Does one packet of a scanner suffice? */
  get #isScannerShown(): boolean {
    const setting = this.#settings.get("scanner");
    return setting === undefined || (setting.mode === "enforce" && setting.limits.some(({ count }) => count === 1));
  }

  /** The one place from which somebody is kept out, or let in again. */
  #keepOut(put: readonly Entry[], removed: readonly Entry[]): void {
    const now = steady();
    const rows = (entries: readonly Entry[]): GateRow[] => entries.map((entry) => this.#row(entry, now));
    // In pieces: calls go on while 100,000 are told at once.
    for (let i = 0; i < Math.max(put.length, removed.length); i += PIECE)
      this.#tell({ put: rows(put.slice(i, i + PIECE)), removed: rows(removed.slice(i, i + PIECE)) });
    const held = (entries: readonly Entry[]): Held[] => entries.flatMap((entry) => this.#held(entry, now) ?? []);
    const sources = (entries: readonly Entry[]): string[] => entries.map(({ source }) => source);
    if (removed.length > 0) this.#enforcer.unban(sources(removed.filter(isWholeBan)));
    if (put.length > 0) this.#enforcer.ban(held(put));
    if (this.#hasEdge) return;
    this.#enforcer.unmute(sources(removed.filter((entry) => this.#isMute(entry))));
    const muted = put.filter((entry) => this.#isMute(entry));
    this.#enforcer.mute(muted.map(({ source, until }) => ({ source, left: until - now })));
  }

  /** An entry as the kernel can enforce it: a ban of a whole source that is to hear nothing. Undefined for any other. */
  #held(entry: Entry, now: number): Held | undefined {
    const { source, until } = entry;
    const isSilent = !this.#hasEdge || this.#answerTo(entry) === "silence";
    if (!isWholeBan(entry) || !this.isInForce(entry) || !isSilent) return undefined;
    return { source, left: until - now };
  }

  #canAct(entry: Entry): boolean {
    return this.#hasEdge || isWhole(entry);
  }

  #isMute(entry: Entry): boolean {
    return entry.action === "mute" && isWhole(entry);
  }

  #row({ source, account, device, spares, action, reason, origin }: Entry, now: number): GateRow {
    const spared = spares ? this.shield.standing.at(source, now) : undefined;
    const by = countedAs(reason, origin);
    return { source, account, device, spared, action, reason: by, answer: this.#answerTo({ reason, origin }) };
  }

  #answerTo({ reason, origin }: Pick<Entry, "reason" | "origin">): Answer {
    return this.#settings.get(countedAs(reason, origin))?.answer ?? "silence";
  }

  #noteStanding({ address, account, at }: Fact): void {
    const source = sourceOf(address);
    const name = `${source} ${account}`;
    const isNew = !this.shield.standing.has(source, account, at);
    if (isNew) this.lists.addStanding(source);
    if (!isNew && at - (this.#written.get(name) ?? 0) < NOTED) return;
    this.#written.set(name, at);
    this.#writer.standing({ source, account, at: this.wall(at) });
    this.#enforcer.stand([{ source, left: STANDS }]);
    const muted = this.shield.book.get({ source, account: "", device: "", spares: true });
    // Whoever has shown his password there is spared from now on.
    if (isNew && muted?.spares === true && this.isInForce(muted)) {
      this.shield.standing.note(source, account, at);
      this.#tell({ put: [this.#row(muted, at)], removed: [] });
    }
  }
}

function isWholeBan(entry: Entry): boolean {
  return entry.action === "ban" && isWhole(entry);
}
