import type { KeyHash } from "../base/index.ts";
import { Entries } from "./entries.ts";
import { Slab } from "./slab.ts";
import { Machine, State, type Transaction } from "./transaction.ts";

/** What has remained of a transaction that its TU is done with, and what the host does when its key comes again. */
export const RemainsKind = {
  none: 0,
  /** Non-INVITE server, completed: send `text()` again. */
  nonInviteServer: 1,
  /** INVITE server, accepted: absorb an INVITE; an ACK goes on to the TU (RFC 6026 7.1). */
  inviteServer: 2,
  /** INVITE client, accepted: pass a 2xx on; `text()` is what the host noted. Anything else is dropped. */
  inviteClient: 3,
  /** Non-INVITE client, completed: absorb. */
  nonInviteClient: 4,
  /** INVITE server, confirmed: absorb the INVITE and its ACK. */
  inviteServerRefused: 5,
  /** INVITE client, completed: a final other than 2xx is ACKed again; `text()` is what the host noted for it. */
  inviteClientRefused: 6,
} as const;
export type RemainsKind = (typeof RemainsKind)[keyof typeof RemainsKind];

/** What a live transaction may be put away as at this moment; `none`: it has to stay. */
export function remainsKind(tx: Transaction): RemainsKind {
  if (tx.state === State.accepted)
    return tx.machine === Machine.inviteServer ? RemainsKind.inviteServer : RemainsKind.inviteClient;
  if (tx.state === State.confirmed) return RemainsKind.inviteServerRefused;
  // An INVITE server that is completed repeats its answer until the ACK.
  if (tx.state !== State.completed || tx.machine === Machine.inviteServer) return RemainsKind.none;
  if (tx.machine === Machine.nonInviteServer) return RemainsKind.nonInviteServer;
  return tx.machine === Machine.nonInviteClient ? RemainsKind.nonInviteClient : RemainsKind.inviteClientRefused;
}

export interface RemainsOptions {
  /** Transactions at most. */
  readonly entries: number;
  /** Bytes of text at most. */
  readonly slabBytes: number;
  readonly hash: KeyHash;
}

const HAVE_TEXT: readonly RemainsKind[] = [
  RemainsKind.nonInviteServer,
  RemainsKind.inviteClient,
  RemainsKind.inviteClientRefused,
];

/** Milliseconds that anything may stay; later times are cut. Twice what any RFC timer asks for. */
const LONGEST_STAY = 64_000;
/** The ring of times that `size` is counted by: 256 steps of 256 ms. */
const STEPS = 256;

/**
 * A bounded table of transactions that only wait for retransmissions, outside the garbage collector's sight. A key is kept
 * as the 64 bits of its hash, a text as bytes. When entries or bytes run out, the oldest goes first. Memory is taken in
 * small steps as it is needed, and given back once nothing remains. All costs are constant; nothing is allocated but pages
 * and what `text` answers. `now` in ms never goes back.
 */
export class Remains {
  readonly #entries: Entries;
  readonly #slab: Slab;
  readonly #hash: KeyHash;
  /** How many expire in each step of time. */
  readonly #expiring = new Int32Array(STEPS);
  #step = -1;
  #found = -1;
  #size = 0;
  /** Entries that went before their time to make room. */
  overwritten = 0;

  constructor(o: RemainsOptions) {
    this.#entries = new Entries(o.entries);
    this.#slab = new Slab(o.slabBytes);
    this.#hash = o.hash;
  }

  /** Entries whose time has not come as of the last call, exact to 256 ms. */
  get size(): number {
    return this.#size;
  }

  /** Bytes taken from the machine. */
  get bytes(): number {
    return this.#entries.taken + this.#slab.taken;
  }

  /**
   * Puts a transaction away until `until` (at most 64 s); what was there under this key is replaced. `text` is kept for the
   * kinds that have one. False, and nothing is put, when the text is longer than the slab can ever hold.
   */
  put(key: string, kind: RemainsKind, text: string, until: number, now: number): boolean {
    this.sweep(now);
    const hasText = text !== "" && HAVE_TEXT.includes(kind);
    if (hasText && text.length > this.#slab.longest) return false;
    this.#hash.of(key);
    const { hash0, hash1 } = this.#hash;
    const entries = this.#entries;
    const known = entries.find(hash0, hash1);
    if (known >= 0) this.#remove(known);
    this.#found = -1;
    if (!(until > now)) return true;
    const end = Math.min(until, now + LONGEST_STAY);
    if (hasText && this.#slab.isFull(text.length)) this.#turnSlab(now);
    const id = entries.place(now);
    if (entries.kind(id) !== RemainsKind.none) this.#overwrite(id, now);
    const position = hasText ? this.#slab.write(text, id, end) : -1;
    entries.fill(id, hash0, hash1, kind, position, end);
    this.#expiring[stepOf(end) & (STEPS - 1)]++;
    this.#size++;
    return true;
  }

  /** What remains under this key; `RemainsKind.none` when nothing does. */
  find(key: string, now: number): RemainsKind {
    this.#found = -1;
    if (this.#size === 0) return RemainsKind.none;
    this.#hash.of(key);
    const id = this.#entries.find(this.#hash.hash0, this.#hash.hash1);
    if (id < 0 || this.#entries.until(id) <= now) return RemainsKind.none;
    this.#found = id;
    return this.#entries.kind(id) as RemainsKind;
  }

  /** Text of what `find` found last, as long as nothing was put since; "" when there is none. */
  text(): string {
    if (this.#found < 0) return "";
    const position = this.#entries.text(this.#found);
    return position < 0 ? "" : this.#slab.read(position);
  }

  /** Lets time pass: `size` becomes true again, and an empty table gives its memory back. Once a second is plenty. */
  sweep(now: number): void {
    const step = Math.floor(now / STEPS);
    if (step <= this.#step) return;
    const from = Math.max(this.#step + 1, step - STEPS + 1);
    for (let s = from; s <= step; s++) {
      this.#size -= this.#expiring[s & (STEPS - 1)];
      this.#expiring[s & (STEPS - 1)] = 0;
    }
    this.#step = step;
    if (this.#size === 0 && this.#entries.taken > 0) {
      this.#found = -1;
      this.#entries.clear();
      this.#slab.clear();
    }
  }

  #turnSlab(now: number): void {
    const slab = this.#slab;
    const lost = slab.advance(now);
    const end = slab.start + lost;
    for (let at = slab.start; at < end; at = slab.after(at)) {
      const id = slab.owner(at);
      // The place may have gone to another entry since, or its text to another position.
      if (this.#entries.kind(id) !== RemainsKind.none && this.#entries.text(id) === at) this.#overwrite(id, now);
    }
  }

  #overwrite(id: number, now: number): void {
    if (this.#entries.until(id) > now) this.overwritten++;
    this.#remove(id);
  }

  #remove(id: number): void {
    const step = stepOf(this.#entries.until(id));
    if (step > this.#step) {
      this.#expiring[step & (STEPS - 1)]--;
      this.#size--;
    }
    this.#entries.remove(id);
  }
}

/** The first step of time at whose start `until` is past. */
function stepOf(until: number): number {
  return Math.ceil(until / STEPS);
}
