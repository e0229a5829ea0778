import type { Message } from "../sip/index.ts";
import { deviceOf } from "./facts.ts";

/** Sources that are counted at once. */
const SLOTS = 256;
/** When all are taken, one in so many packets of others takes the place of the least busy one: forged addresses must not cost a search each. */
const EVERY = 64;
/** Told at once. */
const TOLD = 64;
/** Milliseconds after which nobody looks any more. */
const LOOKED = 5_000;

interface Slot {
  source: string;
  packets: number;
  refused: number;
  /** So many of the packets may be of those that had the place before. */
  before: number;
  device: string;
}

export interface BusySource {
  /** Address, or /64 of IPv6. */
  readonly source: string;
  /** At least so many. */
  readonly packets: number;
  readonly refused: number;
  /** User-Agent of the first message; empty when nothing was read. */
  readonly device: string;
}

export interface Busy {
  /** Milliseconds that the numbers are of. */
  readonly ms: number;
  readonly sources: readonly BusySource[];
}

/**
 * Who sends most, for `rempart top`: counted while somebody looks, and not at all otherwise. A bounded table in which the least busy give way
 * (space-saving, Metwally 2005), so that who sends more than 1/256 of all is in it whatever else comes.
 */
export class Busiest {
  /** Does somebody look? Asked for each packet. */
  watching = false;
  #slots = new Map<string, Slot>();
  #all: Slot[] = [];
  #last: Slot | undefined;
  #others = 0;
  #since = 0;

  /** A packet, let in or not. HOT while somebody looks. */
  count(source: string, admitted: boolean): void {
    const slot = this.#slots.get(source) ?? this.#newSlot(source);
    this.#last = slot;
    if (slot === undefined) return;
    slot.packets++;
    if (!admitted) slot.refused++;
  }

  /** The packet that was counted last is this message. */
  read(m: Message): void {
    if (this.#last?.device === "") this.#last.device = deviceOf(m) || "-";
  }

  /** What there was since it was asked last; counting begins with the first question. */
  take(now: number): Busy {
    const ms = this.watching ? now - this.#since : 0;
    const sources = this.#all
      .map(({ source, packets, refused, before, device }) => {
        return { source, packets: packets - before, refused, device: device === "-" ? "" : device };
      })
      .sort((a, b) => b.packets - a.packets)
      .slice(0, TOLD);
    this.#forget();
    this.watching = true;
    this.#since = now;
    return { ms, sources };
  }

  /** Time has passed. */
  tick(now: number): void {
    if (!this.watching || now - this.#since < LOOKED) return;
    this.watching = false;
    this.#forget();
  }

  #forget(): void {
    this.#slots = new Map();
    this.#all = [];
    this.#last = undefined;
  }

  #newSlot(source: string): Slot | undefined {
    if (this.#all.length < SLOTS) {
      const slot = { source, packets: 0, refused: 0, before: 0, device: "" };
      this.#all.push(slot);
      this.#slots.set(source, slot);
      return slot;
    }
    this.#others = (this.#others + 1) % EVERY;
    if (this.#others !== 0) return undefined;
    let least = this.#all[0];
    for (const slot of this.#all) if (slot.packets < least.packets) least = slot;
    this.#slots.delete(least.source);
    this.#slots.set(source, least);
    Object.assign(least, { source, refused: 0, before: least.packets, device: "" });
    return least;
  }
}
