import { HashTable, KeyHash, LIMITS, TimerWheel } from "../base/index.ts";
import type { ResponseContext } from "../proxy/index.ts";
import { Remains, type RemainsKind } from "../transaction/index.ts";
import { branchOf, type Relay, type Tx } from "./relay.ts";

/** Who acts when time has come for a transaction or a response context. */
export interface Alarmed {
  transactionDue(tx: Tx, now: number): void;
  contextDue(context: ResponseContext<Tx>, now: number): void;
}

const NONE: readonly Tx[] = [];
/** How often what remains is looked over for memory to give back, ms. */
const SWEEP = 1_000;

/**
 * All transactions of this thread. Live ones are objects with one wheel entry each; those that only wait for retransmissions
 * go to `Remains`, outside the garbage collector's sight (docs/decisions/003).
 */
export class TransactionTable {
  readonly remains: Remains;
  readonly #live: HashTable<Tx>;
  readonly #wheel: TimerWheel<Tx>;
  readonly #contexts: TimerWheel<ResponseContext<Tx>>;
  /** INVITEs under way, by what their copies have in common. */
  readonly #inviting: HashTable<Relay>;
  /** Client transactions by connection, so that a lost connection is told at once and not after timer B. */
  readonly #byConnection = new Map<number, Set<Tx>>();

  readonly #most: number;
  #bytes = 0;
  #sweepAt = 0;

  /** `most`: transactions held at once. The seeds are random 32-bit numbers. */
  constructor(now: number, most: number, seed0: number, seed1: number) {
    this.#most = most;
    this.#wheel = new TimerWheel(now);
    this.#contexts = new TimerWheel(now);
    // One hash for all: the key of a new request is looked up among the live ones and among what remains of others.
    const hash = new KeyHash(seed0, seed1);
    this.#live = new HashTable(hash);
    this.#inviting = new HashTable(hash);
    this.remains = new Remains({ entries: 1 << 21, slabBytes: 1 << 27, hash });
  }

  get size(): number {
    return this.#live.size;
  }

  /** Is this share (0 to 1) of the room taken, in transactions or in bytes of what they relay? */
  isFull(share: number): boolean {
    const most = this.#most * share;
    return this.#live.size >= most || this.#bytes >= most * LIMITS.relayedBytes;
  }

  find(key: string): Tx | undefined {
    return this.#live.find(key);
  }

  /** Is an INVITE with this merge key under way? */
  isMerged(mergeKey: string): boolean {
    return this.#inviting.find(mergeKey) !== undefined;
  }

  addServer(tx: Tx): void {
    this.#live.add(tx);
    const { owner } = tx;
    if (owner !== undefined) this.#bytes += owner.bytes;
    if (owner !== undefined && owner.key !== "") this.#inviting.add(owner);
    this.arm(tx);
  }

  addClient(tx: Tx): void {
    this.#live.add(tx);
    if (!tx.reliable) return;
    const set = this.#byConnection.get(tx.flow.id);
    if (set === undefined) this.#byConnection.set(tx.flow.id, new Set([tx]));
    else set.add(tx);
  }

  /** Forgets a transaction that has ended. */
  remove(tx: Tx): void {
    this.#wheel.clear(tx);
    // Whoever is in the middle of a step with it must not wake it again.
    tx.due = Number.POSITIVE_INFINITY;
    const was = this.#live.remove(tx);
    const { owner } = tx;
    if (was && owner !== undefined && owner.context.server === tx) {
      this.#bytes -= owner.bytes;
      if (owner.key !== "") this.#inviting.remove(owner);
    }
    const set = tx.reliable ? this.#byConnection.get(tx.flow.id) : undefined;
    if (set?.delete(tx) && set.size === 0) this.#byConnection.delete(tx.flow.id);
  }

  /** Keeps of a transaction only `text`, and that until its time is up. */
  retire(tx: Tx, kind: RemainsKind, text: string, now: number): void {
    this.remains.put(tx.key, kind, text, tx.endAt, now);
    this.remove(tx);
  }

  /** Wakes it when it next wants to be (`tx.due`). */
  arm(tx: Tx): void {
    if (tx.due === Number.POSITIVE_INFINITY) this.#wheel.clear(tx);
    else if (tx.next === null || tx.at !== tx.due) this.#wheel.set(tx, tx.due);
  }

  armContext(context: ResponseContext<Tx>): void {
    if (context.due === Number.POSITIVE_INFINITY) this.#contexts.clear(context);
    // Timer C moves with every provisional response: a wake-up that comes too early only looks again.
    else if (context.next === null || context.at > context.due) this.#contexts.set(context, context.due);
  }

  disarmContext(context: ResponseContext<Tx>): void {
    this.#contexts.clear(context);
  }

  advance(now: number, alarmed: Alarmed): void {
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + SWEEP;
      this.remains.sweep(now);
    }
    this.#wheel.advance(now, (tx) => alarmed.transactionDue(tx, now));
    this.#contexts.advance(now, (context) => alarmed.contextDue(context, now));
  }

  /** Client transactions towards this server behind us. Looks at all there are: for what happens once in a while. */
  towardsServer(name: string): readonly Tx[] {
    const found: Tx[] = [];
    this.#live.each((tx) => {
      if (tx.owner !== undefined && branchOf(tx.owner, tx)?.target.server === name) found.push(tx);
    });
    return found;
  }

  /** Client transactions that wait on this connection. */
  onConnection(id: number): readonly Tx[] {
    const set = this.#byConnection.get(id);
    return set === undefined ? NONE : [...set];
  }
}
