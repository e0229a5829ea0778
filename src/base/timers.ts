/** What waits in a wheel. It is its own list node, so arming and disarming allocate nothing. */
export interface Timed {
  /** When to fire, in the clock's milliseconds. Written by the wheel alone. */
  at: number;
  next: Timed | null;
  prev: Timed | null;
}

const SLOTS = 256;
const LEVELS = 3;

/**
 * A hierarchical timer wheel: 3 levels of 256 slots over ticks of `tickMs` (10 ms: 2.5 s, 11 min, 46 h). Arming, moving and
 * disarming are O(1); a timer far away costs one move per level, never a visit per turn.
 */
export class TimerWheel<T extends Timed> {
  readonly #tickMs: number;
  readonly #slots: Timed[];
  #tick: number;
  #size = 0;

  constructor(now: number, tickMs = 10) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(now / tickMs);
    this.#slots = Array.from({ length: SLOTS * LEVELS }, emptyList);
  }

  get size(): number {
    return this.#size;
  }

  /** Arms `item` for `at`, or moves it there. It never fires early and at most one tick late. */
  set(item: T, at: number): void {
    if (item.next !== null) this.#unlink(item);
    item.at = at;
    this.#size++;
    this.#place(item);
  }

  /** Disarms `item`; nothing happens when it was not armed. */
  clear(item: T): void {
    if (item.next !== null) this.#unlink(item);
  }

  /** Fires all that is due at `now`. What `fire` arms anew for a time not after `now` fires on the next tick. */
  advance(now: number, fire: (item: T) => void): void {
    const last = Math.floor(now / this.#tickMs);
    while (this.#tick < last) {
      this.#tick++;
      if (this.#tick % SLOTS === 0) this.#cascade(1);
      const slot = this.#slots[this.#tick % SLOTS];
      while (slot.next !== slot) {
        const item = slot.next as T;
        this.#unlink(item);
        fire(item);
      }
      if (this.#size === 0) this.#tick = last;
    }
  }

  #cascade(level: number): void {
    const turn = Math.floor(this.#tick / SLOTS ** level);
    if (level + 1 < LEVELS && turn % SLOTS === 0) this.#cascade(level + 1);
    const slot = this.#slots[level * SLOTS + (turn % SLOTS)];
    let item = slot.next as Timed;
    slot.next = slot;
    slot.prev = slot;
    while (item !== slot) {
      const next = item.next as Timed;
      this.#place(item);
      item = next;
    }
  }

  #place(item: Timed): void {
    // Ceiling: a timer set for 10.1 ms must not fire at 10.
    const due = Math.max(Math.ceil(item.at / this.#tickMs), this.#tick + 1);
    const away = due - this.#tick;
    const level = away < SLOTS ? 0 : away < SLOTS * SLOTS ? 1 : 2;
    // Further than the wheel reaches: it waits in the last slot and is placed anew from there.
    const reach = Math.min(due, this.#tick + SLOTS ** LEVELS - SLOTS ** (LEVELS - 1));
    const slot = this.#slots[level * SLOTS + (Math.floor(reach / SLOTS ** level) % SLOTS)];
    const prev = slot.prev as Timed;
    item.prev = prev;
    item.next = slot;
    prev.next = item;
    slot.prev = item;
  }

  #unlink(item: Timed): void {
    (item.prev as Timed).next = item.next;
    (item.next as Timed).prev = item.prev;
    item.next = null;
    item.prev = null;
    this.#size--;
  }
}

function emptyList(): Timed {
  const head: Timed = { at: 0, next: null, prev: null };
  head.next = head;
  head.prev = head;
  return head;
}
