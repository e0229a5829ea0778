import { isTrouble, type Trouble } from "../base/index.ts";
import type { BindingName, BindingRow } from "../edge/index.ts";
import type { Store } from "../store/index.ts";

/** Milliseconds between writes, and after a failure the longest pause. With the edge's window a crash loses less than a second. */
const INTERVAL = 200;
const LONGEST_PAUSE = 10_000;
/** Rows of one transaction: few enough that the store is not held long. */
const BATCH = 2_000;

interface Pending {
  readonly name: BindingName;
  /** Undefined: the binding is gone. */
  readonly row: BindingRow | undefined;
}

export interface WriterState {
  readonly pending: number;
  /** What keeps the store from being written, and since when (wall ms); undefined while all is well. */
  readonly trouble: Trouble | undefined;
  readonly since: number;
}

/**
 * Writes bindings behind the edge's back. Only the last state of each binding waits, so however long the store is full or
 * locked, what waits is no more than there are bindings; calls never wait for it.
 */
export class BindingWriter {
  readonly #store: Store;
  readonly #onChange: (state: WriterState) => void;
  readonly #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;
  #trouble: Trouble | undefined;
  #since = 0;
  #pause = INTERVAL;

  /** `onChange` is told when writing begins to fail, fails otherwise, and works again. */
  constructor(store: Store, onChange: (state: WriterState) => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  get state(): WriterState {
    return { pending: this.#pending.size, trouble: this.#trouble, since: this.#since };
  }

  add(put: readonly BindingRow[], removed: readonly BindingName[]): void {
    for (const name of removed) this.#pending.set(keyOf(name), { name, row: undefined });
    for (const row of put) this.#pending.set(keyOf(row), { name: row, row });
    this.#schedule();
  }

  /** Writes what waits, once, and stops. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#busy;
    while (this.#pending.size > 0 && (await this.#writeBatch()));
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#pending.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#busy = this.#flush();
    }, this.#pause);
  }

  async #flush(): Promise<void> {
    // Only what waits now: what arrives meanwhile has an interval of its own.
    let batches = Math.ceil(this.#pending.size / BATCH);
    while (batches-- > 0 && (await this.#writeBatch()));
    this.#timer = undefined;
    this.#schedule();
  }

  async #writeBatch(): Promise<boolean> {
    const batch: [string, Pending][] = [];
    for (const entry of this.#pending) {
      if (batch.length === BATCH) break;
      batch.push(entry);
    }
    const put: BindingRow[] = [];
    const removed: BindingName[] = [];
    for (const [, p] of batch) {
      if (p.row === undefined) removed.push(p.name);
      else put.push(p.row);
    }
    const result = await this.#store.saveBindings(put, removed);
    this.#note(isTrouble(result) ? result : undefined);
    if (this.#trouble !== undefined) return false;
    // A newer state of the same binding may have come while this one was written.
    for (const [key, p] of batch) if (this.#pending.get(key) === p) this.#pending.delete(key);
    return true;
  }

  #note(trouble: Trouble | undefined): void {
    const changed = trouble?.code !== this.#trouble?.code;
    if (trouble !== undefined && this.#trouble === undefined) this.#since = Date.now();
    this.#trouble = trouble;
    this.#pause = trouble === undefined ? INTERVAL : Math.min(this.#pause * 2, LONGEST_PAUSE);
    if (changed) this.#onChange(this.state);
  }
}

function keyOf(n: BindingName): string {
  return `${n.aor}\n${n.instance}\n${n.regId}\n${n.contact}`;
}
