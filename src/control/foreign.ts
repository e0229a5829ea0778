import { setImmediate } from "node:timers/promises";
import type { ForeignSource, Gathering } from "../accounts/index.ts";
import { isTrouble, type Trouble } from "../base/index.ts";
import type { AccountKey, ForeignAccount, Store } from "../store/index.ts";
import type { Directory, ForeignChange } from "./directory.ts";

/** Accounts told and stored at once: what waits between the threads stays small, and the control socket gets its turn. */
const PORTION = 2_000;
/** So many may go at once without a second look. */
const FEW = 20;
/** Looking takes at most this share of the time, however large the tables are. */
const SHARE = 4;

export interface ForeignState {
  readonly source: string;
  readonly accounts: number;
  /** Rows that are left out, and the first of them in words. */
  readonly faults: number;
  readonly told: readonly string[];
  /** Accounts without a hash for the algorithm that is offered first. */
  readonly lacking: number;
  /** When the tables were seen as they are now, wall ms; 0: not since the start. */
  readonly seen: number;
  /** What keeps them from being read, and since when (wall ms); undefined while all is well. */
  readonly trouble: Trouble | undefined;
  readonly since: number;
}

export interface ForeignParts {
  readonly source: ForeignSource;
  readonly directory: Directory;
  readonly store: Store;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Resolves when the signalling thread has taken what it was told. */
  readonly taken: () => Promise<unknown>;
  readonly events: ForeignEvents;
}

export interface ForeignEvents {
  /** Begins to fail, fails otherwise, works again (undefined). */
  trouble(trouble: Trouble | undefined): void;
  changed(change: {
    readonly put: number;
    readonly removed: number;
    readonly accounts: number;
    readonly ms: number;
  }): void;
  /** Rows are left out, others than before. */
  faults(faults: number, told: readonly string[], lacking: number): void;
  /** Most accounts are gone at a stroke: it is looked at once more before it is believed. */
  doubt(removed: number, known: number): void;
}

/** Setting of the store: whose snapshot it holds. */
const SOURCE = "accounts-source";

/** Keeps the foreign accounts of the directory and the snapshot in our store as their tables are. */
export class ForeignAccounts {
  readonly #parts: ForeignParts;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();
  /** Resolves when what was read first has been told; it is stored after that. */
  readonly #served = Promise.withResolvers<void>();
  #stopped = false;
  #marker = "";
  #doubted = false;
  /** The snapshot in our store is not what the directory says. */
  #unsaved = false;
  #faults = 0;
  #told: readonly string[] = [];
  #lacking = 0;
  #seen = 0;
  #trouble: Trouble | undefined;
  #since = 0;

  constructor(parts: ForeignParts) {
    this.#parts = parts;
  }

  get state(): ForeignState {
    return {
      source: this.#parts.source.name,
      accounts: this.#parts.directory.foreignSize,
      faults: this.#faults,
      told: this.#told,
      lacking: this.#lacking,
      seen: this.#seen,
      trouble: this.#trouble,
      since: this.#since,
    };
  }

  /**
   * Serves the last snapshot, then begins to look. Without a snapshot it waits for the first look, or phones would be told
   * that their passwords are wrong.
   */
  async start(): Promise<undefined | Trouble> {
    const restored = await this.#restore();
    if (isTrouble(restored)) return restored;
    this.#begin();
    if (restored === 0) await Promise.race([this.#busy, this.#served.promise]);
    return undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#parts.source.close();
    await this.#busy;
  }

  /** Answers how many there are. A snapshot of another source is none. */
  async #restore(): Promise<number | Trouble> {
    const { store, source, directory, taken } = this.#parts;
    const of = await store.setting(SOURCE, () => source.name);
    if (isTrouble(of)) return of;
    if (of !== source.name) {
      const cleared = (await store.clearForeign()) ?? (await store.setSetting(SOURCE, source.name));
      if (isTrouble(cleared)) return cleared;
    }
    for (let after: AccountKey | undefined; ; ) {
      const page = await store.loadForeign(after, PORTION);
      if (isTrouble(page)) return page;
      directory.foreignChanged({ put: page, removed: [] });
      await taken();
      if (page.length < PORTION) return directory.foreignSize;
      after = page[page.length - 1];
    }
  }

  #begin(): void {
    this.#busy = this.#look().then((took) => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.#begin(), Math.max(this.#parts.interval, took * SHARE));
    });
  }

  /** Answers how long the server had to work for the look, without what there was to do then. */
  async #look(): Promise<number> {
    const began = performance.now();
    const marker = await this.#parts.source.marker();
    // A server that is silent costs itself nothing: it is asked again soon.
    const took = isTrouble(marker) ? 0 : performance.now() - began;
    if (this.#stopped) return took;
    if (isTrouble(marker)) this.#note(marker);
    else if (marker === this.#marker) this.#note(undefined);
    else await this.#take(marker, began);
    if (this.#unsaved && !this.#stopped) await this.#saveAll();
    return took;
  }

  async #take(marker: string, began: number): Promise<void> {
    const { source, directory, events } = this.#parts;
    const read = await source.read();
    if (this.#stopped) return;
    if (isTrouble(read)) {
      this.#note(read);
      return;
    }
    this.#noteFaults(read);
    const change = directory.difference(read.accounts);
    const known = directory.foreignSize;
    const certain = this.#isCertain(change, known);
    const now = Date.now();
    const believed = {
      put: change.put.map((a) => ({ ...a, changed: now })),
      removed: certain ? change.removed : [],
    };
    await this.#tell(believed);
    this.#note(undefined);
    this.#served.resolve();
    // Not certain: the next look reads again.
    this.#marker = certain ? marker : "";
    const [put, removed] = [believed.put.length, believed.removed.length];
    if (put + removed > 0) {
      events.changed({ put, removed, accounts: directory.foreignSize, ms: Math.round(performance.now() - began) });
    }
    await this.#save(believed);
  }

  /** A table that is emptied and filled anew row by row must not throw out everybody who is registered. */
  #isCertain({ removed }: ForeignChange, known: number): boolean {
    const many = removed.length > FEW && removed.length > known / 2;
    const certain = !many || this.#doubted;
    this.#doubted = !certain;
    if (!certain) this.#parts.events.doubt(removed.length, known);
    return certain;
  }

  async #tell(change: ForeignChange): Promise<void> {
    for (const portion of portionsOf(change)) {
      if (this.#stopped) return;
      this.#parts.directory.foreignChanged(portion);
      await this.#parts.taken();
    }
  }

  /** Behind what is served: a slow disk keeps no phone waiting. */
  async #save(change: ForeignChange): Promise<void> {
    for (const { put, removed } of portionsOf(change)) {
      if (this.#unsaved) return;
      // Stopped halfway: the next start reads the tables and finds what is missing.
      if (this.#stopped) return;
      this.#unsaved = isTrouble(await this.#parts.store.saveForeign(put, removed));
      await setImmediate();
    }
  }

  /** After the store has failed: everything anew. */
  async #saveAll(): Promise<void> {
    const { store, directory } = this.#parts;
    if (isTrouble(await store.clearForeign())) return;
    let page: ForeignAccount[] = [];
    for (const account of [...directory.foreignAccounts()]) {
      if (page.push(account) < PORTION) continue;
      if (isTrouble(await store.saveForeign(page, []))) return;
      page = [];
    }
    this.#unsaved = isTrouble(await store.saveForeign(page, []));
  }

  #note(trouble: Trouble | undefined): void {
    const changed = trouble?.code !== this.#trouble?.code;
    if (trouble === undefined) this.#seen = Date.now();
    else if (this.#trouble === undefined) this.#since = Date.now();
    this.#trouble = trouble;
    if (changed) this.#parts.events.trouble(trouble);
  }

  #noteFaults({ faults, told, lacking }: Gathering): void {
    const changed = faults !== this.#faults || lacking !== this.#lacking || told.join() !== this.#told.join();
    this.#faults = faults;
    this.#told = told;
    this.#lacking = lacking;
    if (changed) this.#parts.events.faults(faults, told, lacking);
  }
}

function* portionsOf({ put, removed }: ForeignChange): Generator<ForeignChange> {
  for (let at = 0; at < Math.max(put.length, removed.length); at += PORTION) {
    yield { put: put.slice(at, at + PORTION), removed: removed.slice(at, at + PORTION) };
  }
}
