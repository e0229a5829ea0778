import { type Flow, LIMITS, own } from "../base/index.ts";

/** Milliseconds for which a request that was cancelled is remembered: so long its caller may send it again (64*T1). */
const REMEMBERED = 32_000;

/** A request that waits for a name. */
export interface Waiter {
  /** Of its server transaction. */
  readonly key: string;
  readonly flow: Flow;
  /** As it came; empty once it is cancelled. */
  text: string;
  readonly account: string;
  /** When a cancelled one may be forgotten; 0 for one that still waits. */
  until: number;
}

/** Requests that wait for what a name server says, bounded in number and bytes, and in number by account. */
export class Waiting {
  readonly #byKey = new Map<string, Waiter>();
  readonly #byName = new Map<string, Waiter[]>();
  readonly #perAccount = new Map<string, number>();
  readonly #cancelled: Waiter[] = [];
  #bytes = 0;

  get size(): number {
    return this.#byKey.size;
  }

  find(key: string): Waiter | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(key);
  }

  /** Is there no room for a request of so many bytes of this account? */
  isFull(account: string, bytes: number): boolean {
    const { waiting, waitingBytes, waitingPerAccount } = LIMITS;
    if (this.#byKey.size >= waiting || this.#bytes + bytes > waitingBytes) return true;
    return (this.#perAccount.get(account) ?? 0) >= waitingPerAccount;
  }

  add(name: string, key: string, flow: Flow, text: string, account: string): void {
    const waiter: Waiter = { key: own(key), flow, text: own(text), account, until: 0 };
    this.#byKey.set(waiter.key, waiter);
    const others = this.#byName.get(name);
    if (others === undefined) this.#byName.set(name, [waiter]);
    else others.push(waiter);
    this.#perAccount.set(account, (this.#perAccount.get(account) ?? 0) + 1);
    this.#bytes += text.length;
  }

  /** What waits for this name, which is known now; it waits no longer. */
  take(name: string): readonly Waiter[] {
    const waiters = this.#byName.get(name) ?? [];
    this.#byName.delete(name);
    const waited = waiters.filter((w) => w.until === 0);
    for (const w of waited) this.#forget(w);
    return waited;
  }

  /** Its caller has given up: it is remembered without its text, so that the same request does not begin to wait again. */
  cancel(waiter: Waiter, now: number): void {
    if (waiter.until !== 0) return;
    this.#bytes -= waiter.text.length;
    waiter.text = "";
    waiter.until = now + REMEMBERED;
    this.#cancelled.push(waiter);
  }

  tick(now: number): void {
    while (this.#cancelled.length > 0 && this.#cancelled[0].until <= now) {
      const [waiter] = this.#cancelled.splice(0, 1);
      this.#forget(waiter);
    }
  }

  #forget(waiter: Waiter): void {
    this.#byKey.delete(waiter.key);
    this.#bytes -= waiter.text.length;
    const left = (this.#perAccount.get(waiter.account) ?? 1) - 1;
    if (left > 0) this.#perAccount.set(waiter.account, left);
    else this.#perAccount.delete(waiter.account);
  }
}
