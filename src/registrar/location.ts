import { type Flow, LIMITS, own } from "../base/index.ts";
import {
  type Binding,
  type BindingChange,
  type MutableBinding,
  NO_BINDINGS,
  NO_CHANGES,
  type StoredBinding,
} from "./binding.ts";

/**
 * All bindings in memory, by address-of-record; the best q first. It has no clock: expired bindings go when their AOR is
 * asked for or when `sweep` comes by, and a turn never costs more than it is told to.
 */
export class Location {
  readonly #byAor = new Map<string, MutableBinding[]>();
  /** AORs that are reached over a connection; for UDP there is nothing that can close. */
  readonly #byFlow = new Map<Flow, Set<string>>();
  /** User-Agent texts, of which there are few: each is kept once. */
  readonly #agents = new Map<string, string>();
  #cursor: MapIterator<MutableBinding[]> | undefined;
  #size = 0;

  /** Told when the first binding of a connection comes and when its last one goes. */
  onReach: (flow: Flow, reached: boolean) => void = () => {};

  /** Bindings held, expired ones that nobody has met yet included. */
  get size(): number {
    return this.#size;
  }

  /** Addresses-of-record with a binding. */
  get aors(): number {
    return this.#byAor.size;
  }

  /** Every binding of an AOR, expired or not, best first. The list is live: do not keep it. */
  get(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? NO_BINDINGS;
  }

  /** Every binding there is. */
  *all(): Generator<Binding> {
    for (const list of this.#byAor.values()) yield* list;
  }

  /** Adds a binding; its texts must be owned and its name new. */
  add(b: Binding): void {
    const list = this.#byAor.get(b.aor);
    if (list === undefined) this.#byAor.set(b.aor, [b]);
    else {
      let at = 0;
      while (at < list.length && list[at].q > b.q) at++;
      list.splice(at, 0, b);
    }
    this.#size++;
    this.#enterFlow(b);
  }

  /** Removes a binding that `get` has shown; nothing happens when it is gone already. */
  remove(b: Binding): void {
    const list = this.#byAor.get(b.aor);
    const at = list === undefined ? -1 : list.indexOf(b);
    if (list === undefined || at < 0) return;
    if (list.length === 1) this.#byAor.delete(b.aor);
    else list.splice(at, 1);
    this.#size--;
    this.#leaveFlow(b.aor, b.flow);
  }

  /** Tells that `b`, one of ours, now has another q. */
  moved(b: Binding): void {
    const list = this.#byAor.get(b.aor);
    // A stable sort over at most LIMITS.contacts items.
    list?.sort((x, y) => y.q - x.q);
  }

  /** Gives `b`, one of ours, another flow. */
  setFlow(b: Binding, flow: Flow | undefined): void {
    const old = b.flow;
    (b as MutableBinding).flow = flow;
    this.#leaveFlow(b.aor, old);
    this.#enterFlow(b);
  }

  /** True when some binding is reached over this connection. */
  reaches(flow: Flow): boolean {
    return this.#byFlow.has(flow);
  }

  /** Removes every binding of an AOR. */
  drop(aor: string): readonly BindingChange[] {
    return this.#removeIf(aor, everyOne);
  }

  /** Removes what has expired under one AOR. */
  expire(aor: string, now: number): readonly BindingChange[] {
    for (const b of this.get(aor)) if (b.expires <= now) return this.#removeIf(aor, (x) => x.expires <= now);
    return NO_CHANGES;
  }

  /**
   * A connection is gone, and with it every binding that was reached over it: a phone behind NAT cannot be called back
   * (RFC 5626 5.3.1), and a caller is better told at once than after 32 s of nothing.
   */
  closed(flow: Flow): readonly BindingChange[] {
    const aors = this.#byFlow.get(flow);
    if (aors === undefined) return NO_CHANGES;
    const changes: BindingChange[] = [];
    for (const aor of [...aors]) changes.push(...this.#removeIf(aor, (b) => b.flow === flow));
    return changes;
  }

  /** Looks at the next `aors` addresses-of-record, round and round, and removes what has expired under them. */
  sweep(now: number, aors: number): readonly BindingChange[] {
    let changes: BindingChange[] | undefined;
    for (let n = Math.min(aors, this.#byAor.size); n > 0; n--) {
      this.#cursor ??= this.#byAor.values();
      const next = this.#cursor.next();
      if (next.done === true) {
        this.#cursor = undefined;
        continue;
      }
      for (const b of next.value) {
        if (b.expires > now) continue;
        changes ??= [];
        changes.push(...this.expire(b.aor, now));
        break;
      }
    }
    return changes ?? NO_CHANGES;
  }

  /** Takes back stored bindings that still live. Answers how many; `setFlow` gives each its way when there is one again. */
  restore(rows: Iterable<StoredBinding>, now: number): number {
    let taken = 0;
    for (const row of rows) {
      if (row.expires <= now || this.get(row.aor).length >= LIMITS.contacts) continue;
      this.add({ ...row, told: row.expires, userAgent: this.agent(row.userAgent), flow: undefined });
      taken++;
    }
    return taken;
  }

  /** The kept copy of a User-Agent text. */
  agent(text: string): string {
    const known = this.#agents.get(text);
    if (known !== undefined) return known;
    const kept = own(text.slice(0, AGENT_LENGTH));
    // A full table is begun anew: bindings hold what they need of the old one.
    if (this.#agents.size >= AGENTS) this.#agents.clear();
    this.#agents.set(kept, kept);
    return kept;
  }

  #removeIf(aor: string, unwanted: (b: Binding) => boolean): readonly BindingChange[] {
    const list = this.#byAor.get(aor);
    if (list?.some(unwanted) !== true) return NO_CHANGES;
    const gone = list.filter(unwanted);
    for (const binding of gone) this.remove(binding);
    return gone.map((binding) => ({ kind: "remove", binding }));
  }

  #enterFlow(b: Binding): void {
    if (b.flow === undefined || !b.flow.reliable) return;
    const aors = this.#byFlow.get(b.flow);
    if (aors !== undefined) {
      aors.add(b.aor);
      return;
    }
    this.#byFlow.set(b.flow, new Set([b.aor]));
    this.onReach(b.flow, true);
  }

  #leaveFlow(aor: string, flow: Flow | undefined): void {
    if (flow === undefined || !flow.reliable || this.get(aor).some((b) => b.flow === flow)) return;
    const aors = this.#byFlow.get(flow);
    if (aors?.delete(aor) !== true || aors.size > 0) return;
    this.#byFlow.delete(flow);
    this.onReach(flow, false);
  }
}

const AGENTS = 1_024;
const AGENT_LENGTH = 128;

function everyOne(): boolean {
  return true;
}

/**
 * The bindings that a request to `aor` can be sent to now, best q first, newest first among equals: not expired, not over a
 * closed connection, and of the flows of one phone only the first. The list may be the live one: do not keep it.
 */
export function lookup(location: Location, aor: string, now: number): readonly Binding[] {
  const list = location.get(aor);
  for (let i = 0; i < list.length; i++)
    if (!isTarget(list, i, now)) return list.filter((_, n) => isTarget(list, n, now));
  return list;
}

function isTarget(list: readonly Binding[], at: number, now: number): boolean {
  const b = list[at];
  if (!isLive(b, now)) return false;
  // RFC 5626 7: never two flows of one phone at a time, or it would ring twice.
  if (b.regId !== 0) for (let i = 0; i < at; i++) if (isSamePhone(list[i], b) && isLive(list[i], now)) return false;
  return true;
}

function isSamePhone(a: Binding, b: Binding): boolean {
  return a.regId !== 0 && a.instance === b.instance;
}

/** Neither expired nor over a closed connection. */
export function isLive(b: Binding, now: number): boolean {
  return b.expires > now && (b.flow === undefined || b.flow.open);
}
