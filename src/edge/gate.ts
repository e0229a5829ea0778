import { BoundedMap, type Flow, PrefixTable, parseCidr, parseIp } from "../base/index.ts";
import { type Action, type Answer, Floods, sourceOf } from "../shield/index.ts";
import { Lists } from "./lists.ts";

/** An entry of the shield's book, as far as the edge acts on it. */
export interface GateRow {
  /** Address, /64 of IPv6, or a block; empty for a guarded account. */
  readonly source: string;
  readonly account: string;
  readonly device: string;
  /** These accounts are not meant; undefined: all are. */
  readonly spared: readonly string[] | undefined;
  readonly action: Action;
  /** What a banned source hears. */
  readonly answer: Answer;
  /** What for: a scenario, "operator", "list"; few, since what is refused is counted by it. */
  readonly reason: string;
}

/** Packets that were refused since the start, by what was decided about their source and what for. */
export interface Refused {
  readonly action: Action;
  readonly reason: string;
  packets: number;
}

/** A muted source gets one packet in so many milliseconds through. */
const TRICKLE = 2_000;
/** A guarded account is tried by strangers once in so many. */
const TRY = 60_000;
/** Scanners that are held back at once. */
const HELD = 4_096;
/** Prefixes of IPv6 that are remembered. */
const SOURCES = 65_536;
/** A banned source that sends for so long after it was banned has got past the kernel, if that was told; and is told of once in so many ms. */
const LEAKS = 1_000;
const LEAKS_AGAIN = 5_000;
/** Told of in one tick. */
const MOST_LEAKS = 64;

interface Row extends GateRow {
  readonly known: ReadonlySet<string> | undefined;
  readonly tally: Refused;
  /** Monotonic ms from which the next packet passes; of a banned source from which one that arrives is told of, 0 before its first. */
  next: number;
}

/** Keeps out whom the shield has muted or banned: whole sources before a packet is parsed, accounts and devices in a stage. */
export class Gate {
  /** Block lists and countries. */
  readonly lists = new Lists();
  readonly #sources = new Map<string, Row>();
  readonly #narrow = new Map<string, Row[]>();
  readonly #guarded = new Map<string, Row>();
  /** Blocks of addresses by their text, and the table that is made anew when they change. */
  readonly #blocks = new Map<string, Row>();
  #table: PrefixTable<Row> | undefined;
  readonly #found: Row[] = [];
  /** The /64 of IPv6 addresses: one look-up for a packet. */
  readonly #prefixes = new BoundedMap<string, string>(SOURCES);
  readonly #floods = new Floods();
  readonly #tallies = new Map<string, Refused>();
  #holds = false;
  readonly #held = new BoundedMap<string, number>(HELD);
  /** When the last of them is over. */
  #heldUntil = 0;
  /** Packets that were not let in. */
  refused = 0;
  /** What the source hears that was not let in last. */
  answer: Answer = "silence";
  #leaks: string[] = [];

  put(rows: readonly GateRow[]): void {
    // Field by field: there may be 100,000 at the start, and spreading them takes several times as long.
    for (const row of rows) {
      const { source, account, device, spared, action, answer, reason } = row;
      const known = spared && new Set(spared);
      const tally = this.#tallyOf(row);
      this.#enter({ source, account, device, spared, action, answer, reason, known, tally, next: 0 });
    }
  }

  /** What was refused, by verdict and reason. */
  tallies(): readonly Refused[] {
    return [...this.#tallies.values()];
  }

  remove(rows: readonly Pick<GateRow, "source" | "account" | "device">[]): void {
    for (const { source, account, device } of rows) {
      if (source === "") this.#guarded.delete(account);
      else if (this.#blocks.delete(source)) this.#table = undefined;
      else if (account === "" && device === "" && this.#sources.delete(source)) continue;
      else this.#removeNarrow(source, account, device);
    }
  }

  /** Is this packet let in? HOT: it stands before everything else. */
  admits(flow: Flow, now: number): boolean {
    const holding = now < this.#heldUntil;
    if (this.#sources.size === 0 && this.#blocks.size === 0 && this.lists.isEmpty && !holding) return true;
    if (flow.listener.side === "private") return true;
    const row = this.#sources.get(this.sourceOf(flow)) ?? this.#blockOf(flow.host);
    if (holding && row?.action !== "ban" && this.#isHeld(flow, now)) this.answer = "silence";
    else if (row !== undefined && !passes(row, now)) {
      row.tally.packets++;
      this.answer = row.action === "ban" ? row.answer : "silence";
      if (row.action === "ban" && row.answer === "silence") this.#noteLeak(row, now);
    } else if (this.lists.refuses(flow.host)) this.answer = "silence";
    else return true;
    this.refused++;
    return false;
  }

  /** Banned sources whose packets have arrived of late; undefined for none. Each is told of again when it goes on. */
  takeLeaks(): readonly string[] | undefined {
    if (this.#leaks.length === 0) return undefined;
    const taken = this.#leaks;
    this.#leaks = [];
    return taken;
  }

  /** Is this account kept out at this source, or from this device of it? */
  isMuted(flow: Flow, account: string, device: string, now: number): boolean {
    if (this.#narrow.size === 0) return false;
    for (const row of this.#narrow.get(this.sourceOf(flow)) ?? []) {
      if (!isMeant(row, account, device) || passes(row, now)) continue;
      this.refused++;
      row.tally.packets++;
      return true;
    }
    return false;
  }

  /** May a stranger's password for this account be checked now? */
  mayTry(account: string, now: number): boolean {
    const row = this.#guarded.get(account);
    if (row === undefined) return true;
    if (now < row.next) {
      row.tally.packets++;
      return false;
    }
    row.next = now + TRY;
    return true;
  }

  /** Counts a request of a source. True when it has sent too many and nobody there has shown a password meanwhile. */
  isFlooding(flow: Flow, now: number): boolean {
    return this.#floods.count(this.sourceOf(flow), now);
  }

  /** A right password came from there. */
  shown(flow: Flow, now: number): void {
    this.#floods.shown(this.sourceOf(flow), now);
  }

  /** Scanners are held back from their second packet on, or no longer. */
  setHolds(on: boolean): void {
    this.#holds = on;
    if (!on) this.#heldUntil = 0;
  }

  /** This packet was a scanner's: as a mute would let in, the next one is in two seconds, unless somebody is known there. By then there is a verdict. */
  hold(flow: Flow, now: number): void {
    const source = this.sourceOf(flow);
    // Once there is a verdict it says how much comes through: nobody's packets in his name make that less.
    if (!this.#holds || this.#sources.has(source) || this.hasShown(flow) || this.lists.spares(flow.host)) return;
    this.#held.set(source, now + TRICKLE);
    this.#heldUntil = now + TRICKLE;
  }

  #isHeld(flow: Flow, now: number): boolean {
    return now < (this.#held.get(this.sourceOf(flow)) ?? 0);
  }

  /** Was a right password shown there, of late? */
  hasShown(flow: Flow): boolean {
    return this.#floods.hasShown(this.sourceOf(flow));
  }

  /** What arrives right after the ban was on its way. */
  #noteLeak(row: Row, now: number): void {
    if (row.next === 0) row.next = now + LEAKS;
    else if (now >= row.next && this.#leaks.length < MOST_LEAKS) {
      row.next = now + LEAKS_AGAIN;
      this.#leaks.push(row.source);
    }
  }

  #enter(row: Row): void {
    // In the book they have one place: what is decided of a whole source replaces what spared somebody there, and the other way round.
    if (row.account === "" && row.source !== "") this.remove([row]);
    if (row.source === "") this.#guarded.set(row.account, row);
    else if (row.account !== "" || row.spared !== undefined) {
      this.#removeNarrow(row.source, row.account, row.device);
      this.#narrow.set(row.source, [...(this.#narrow.get(row.source) ?? []), row]);
    } else if (isBlock(row.source)) {
      this.#blocks.set(row.source, row);
      this.#table = undefined;
    } else this.#sources.set(row.source, row);
  }

  #removeNarrow(source: string, account: string, device: string): void {
    const left = (this.#narrow.get(source) ?? []).filter((r) => r.account !== account || r.device !== device);
    if (left.length === 0) this.#narrow.delete(source);
    else this.#narrow.set(source, left);
  }

  #tallyOf({ action, reason }: GateRow): Refused {
    const name = `${action} ${reason}`;
    const known = this.#tallies.get(name) ?? { action, reason, packets: 0 };
    this.#tallies.set(name, known);
    return known;
  }

  /** Whom what comes by this flow is laid to. HOT. */
  sourceOf({ family, host }: Flow): string {
    if (family === 4) return host;
    const known = this.#prefixes.get(host);
    if (known !== undefined) return known;
    const source = sourceOf(host);
    this.#prefixes.set(host, source);
    return source;
  }

  #blockOf(host: string): Row | undefined {
    if (this.#blocks.size === 0) return undefined;
    const ip = parseIp(host);
    if (ip === undefined) return undefined;
    this.#table ??= this.#newTable();
    this.#table.find(ip, this.#found);
    return this.#found.at(-1);
  }

  #newTable(): PrefixTable<Row> {
    const table = new PrefixTable<Row>();
    for (const row of this.#blocks.values()) {
      const block = parseCidr(row.source);
      if (block !== undefined) table.add(block, row);
    }
    return table;
  }
}

/** A source of IPv6 is a /64, which is found as it stands; every other length is a block. */
function isBlock(source: string): boolean {
  return source.includes("/") && !(source.includes(":") && source.endsWith("/64"));
}

function isMeant({ account, device, known }: Row, wanted: string, from: string): boolean {
  if (known !== undefined) return !known.has(wanted);
  return account === wanted && (device === "" || device === from);
}

function passes(row: Row, now: number): boolean {
  if (row.action === "ban" || now < row.next) return false;
  row.next = now + TRICKLE;
  return true;
}
