import { isTrouble, type Trouble } from "../base/index.ts";
import type { BanKey, Store, StoredBan, StoredStanding } from "../store/index.ts";

/** Milliseconds between writes, and after a failure. */
const INTERVAL = 500;
const PAUSE = 10_000;
/** What waits at most while the store cannot be written: bans beyond it are in force and gone after a restart. */
const WAITING = 131_072;

type Ban = StoredBan & { readonly evidence: string };

/** Writes bans and standing behind the shield's back: a ban does not wait for a disk. */
export class ShieldWriter {
  readonly #store: Store;
  readonly #onTrouble: (trouble: Trouble | undefined) => void;
  #bans = new Map<string, { readonly key: BanKey; readonly ban: Ban | undefined }>();
  #standing = new Map<string, StoredStanding>();
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;
  #failing = false;

  /** `onTrouble` is told when writing begins to fail, and (undefined) when it works again. */
  constructor(store: Store, onTrouble: (trouble: Trouble | undefined) => void) {
    this.#store = store;
    this.#onTrouble = onTrouble;
  }

  put(ban: Ban): void {
    this.#add(ban, ban);
  }

  remove(key: BanKey): void {
    this.#add(key, undefined);
  }

  standing(row: StoredStanding): void {
    if (this.#standing.size < WAITING) this.#standing.set(`${row.source} ${row.account}`, row);
    this.#schedule();
  }

  /** Writes what waits, once, and stops. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#busy;
    await this.#write();
    clearTimeout(this.#timer);
  }

  #add(key: BanKey, ban: Ban | undefined): void {
    const name = `${key.source} ${key.account} ${key.device}`;
    if (this.#bans.size < WAITING || this.#bans.has(name)) this.#bans.set(name, { key, ban });
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#busy = this.#write().then(() => {
          this.#timer = undefined;
          if (this.#bans.size + this.#standing.size > 0) this.#schedule();
        });
      },
      this.#failing ? PAUSE : INTERVAL,
    );
  }

  async #write(): Promise<void> {
    const bans = this.#bans;
    const standing = this.#standing;
    this.#bans = new Map();
    this.#standing = new Map();
    const put = [...bans.values()].flatMap(({ ban }) => ban ?? []);
    const removed = [...bans.values()].filter(({ ban }) => ban === undefined).map(({ key }) => key);
    const first = bans.size === 0 ? undefined : await this.#store.saveBans(put, removed);
    const second = standing.size === 0 ? undefined : await this.#store.saveStanding([...standing.values()]);
    // What came meanwhile is newer than what could not be written.
    if (isTrouble(first)) this.#bans = new Map([...bans, ...this.#bans]);
    if (isTrouble(second)) this.#standing = new Map([...standing, ...this.#standing]);
    const trouble = isTrouble(first) ? first : isTrouble(second) ? second : undefined;
    if (this.#failing !== (trouble !== undefined)) this.#onTrouble(trouble);
    this.#failing = trouble !== undefined;
  }
}
