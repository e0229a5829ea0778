import { BoundedMap } from "../base/index.ts";
import type { Fact } from "./fact.ts";
import type { Action } from "./scenario.ts";
import { neighbourhoodOf } from "./source.ts";

/** Whom an entry is about. */
export interface Target {
  /** Source or block of addresses; empty: anywhere. */
  readonly source: string;
  /** What concerns this account alone; empty: all. */
  readonly account: string;
  /** Of that, what this device sends; empty: all. */
  readonly device: string;
  /** Accounts with standing at the source are spared. */
  readonly spares: boolean;
}

/** One line of the book: what was decided about whom, and why. */
export interface Entry extends Target {
  readonly action: Action;
  /** False: noted to be seen, and nothing is kept out (`observe`). */
  readonly enforced: boolean;
  /** Name of the scenario; "neighbours"; for a manual one what the operator wrote. */
  readonly reason: string;
  /** The limit that was reached, in words. */
  readonly because: string;
  readonly origin: "shield" | "operator" | "list";
  /** Milliseconds, as `Fact.at`. */
  readonly since: number;
  readonly until: number;
  /** The how manyeth of late. */
  readonly strike: number;
}

export interface Change {
  readonly entry: Entry;
  readonly what: "put" | "removed";
  /** Of a new entry: what it was decided on, newest last. For the store to keep: with all bans in force it would fill the memory. */
  readonly evidence: readonly Fact[];
}

/** What is to be entered; how long it lasts is the book's to say, unless `lasts` does (ms). */
export type Wanted = Omit<Entry, "since" | "until" | "strike"> & {
  readonly lasts?: number;
  readonly evidence: readonly Fact[];
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How long the first ban lasts, the second and so on; the last counts for all further ones. */
export const BAN_LENGTHS: readonly number[] = [10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY];
const MUTE = MINUTE;
const GUARD = 10 * MINUTE;
/** How long an old ban makes the next one longer, from its end. */
const REMEMBERED = 30 * DAY;
/** Bans at once; the oldest makes room. */
export const MOST_BANS = 131_072;
/** Mutes and guards at once; further ones are not entered, and the limit on all strangers together is left. Forged packets make mutes, so they must not push out bans. */
export const MOST_MUTES = 32_768;
/** Banned sources of one block within a day that make it one of attackers. */
const NEIGHBOURS = 4;

const NONE: readonly Change[] = [];
const NO_FACTS: readonly Fact[] = [];

/** Mutes, bans and guards that are in force, and how often somebody had one before. */
export class Book {
  readonly #bans = new Map<string, Entry>();
  readonly #mutes = new Map<string, Entry>();
  /** Last ban by target, of those that are over: its strike, and when it ended. */
  readonly #strikes = new BoundedMap<string, { readonly strike: number; readonly until: number }>(MOST_BANS);
  /** Banned sources by their block: each with the time of its ban. */
  readonly #blocks = new BoundedMap<string, Map<string, number>>(MOST_BANS);

  get size(): number {
    return this.#bans.size + this.#mutes.size;
  }

  get(target: Target): Entry | undefined {
    const key = keyOf(target);
    return this.#bans.get(key) ?? this.#mutes.get(key);
  }

  *all(): Generator<Entry> {
    yield* this.#bans.values();
    yield* this.#mutes.values();
  }

  /** Enters it, unless what is in force already is as hard and lasts as long. */
  put(wanted: Wanted, now: number): readonly Change[] {
    const { lasts, evidence, ...rest } = wanted;
    const key = keyOf(wanted);
    const isBan = wanted.action === "ban";
    const known = this.#bans.get(key) ?? (isBan ? undefined : this.#mutes.get(key));
    const isWeaker = known !== undefined && wanted.enforced && !known.enforced;
    if (known !== undefined && !isWeaker && (lasts === undefined || now + lasts <= known.until)) return NONE;
    const strike = isBan ? this.#nextStrike(key, now) : 1;
    const until = now + (lasts ?? lengthOf(wanted.action, strike));
    const put: Change = { entry: { ...rest, since: now, until, strike }, what: "put", evidence };
    if (!isBan) {
      if (this.#mutes.size >= MOST_MUTES && !this.#mutes.has(key)) return NONE;
      this.#mutes.set(key, put.entry);
      return [put];
    }
    this.#mutes.delete(key);
    this.#bans.delete(key);
    const room = this.#makeRoom();
    this.#bans.set(key, put.entry);
    return room === undefined ? [put] : [room, put];
  }

  /** As it was before a restart. */
  restore(entry: Entry): void {
    const key = keyOf(entry);
    if (entry.action === "ban") this.#bans.set(key, entry);
    else this.#mutes.set(key, entry);
  }

  remove(target: Target): readonly Change[] {
    const key = keyOf(target);
    const entry = this.get(target);
    if (entry === undefined) return NONE;
    this.#bans.delete(key);
    this.#mutes.delete(key);
    // Taken back: it was none, and the next one is not longer for it.
    this.#strikes.delete(key);
    return [{ entry, what: "removed", evidence: NO_FACTS }];
  }

  /** What has come to its end. */
  sweep(now: number): readonly Change[] {
    const gone: Change[] = [];
    for (const entries of [this.#bans, this.#mutes]) {
      for (const [key, entry] of entries) {
        if (entry.until > now) continue;
        entries.delete(key);
        this.#remember(key, entry);
        gone.push({ entry, what: "removed", evidence: NO_FACTS });
      }
    }
    return gone;
  }

  /** A source was banned: the block to ban when that is one of many of its neighbours within a day, else undefined. */
  neighbours(source: string, now: number): string | undefined {
    const block = neighbourhoodOf(source);
    const banned = this.#blocks.get(block) ?? new Map<string, number>();
    banned.set(source, now);
    for (const [name, at] of banned) if (now - at >= DAY) banned.delete(name);
    this.#blocks.set(block, banned);
    if (banned.size < NEIGHBOURS) return undefined;
    this.#blocks.delete(block);
    return block;
  }

  #nextStrike(key: string, now: number): number {
    const last = this.#bans.get(key) ?? this.#strikes.get(key);
    return last === undefined || now - last.until > REMEMBERED ? 1 : last.strike + 1;
  }

  #remember(key: string, { action, strike, until }: Entry): void {
    if (action === "ban") this.#strikes.set(key, { strike, until });
  }

  #makeRoom(): Change | undefined {
    if (this.#bans.size < MOST_BANS) return undefined;
    const [[key, entry]] = this.#bans;
    this.#bans.delete(key);
    this.#remember(key, entry);
    return { entry, what: "removed", evidence: NO_FACTS };
  }
}

function lengthOf(action: Action, strike: number): number {
  if (action === "mute") return MUTE;
  return action === "guard" ? GUARD : BAN_LENGTHS[Math.min(strike, BAN_LENGTHS.length) - 1];
}

function keyOf({ source, account, device }: Target): string {
  // Most are of a whole source: with 100,000 of them a text of its own for each shows at the start.
  return account === "" && device === "" ? source : `${source} ${account} ${device}`;
}
