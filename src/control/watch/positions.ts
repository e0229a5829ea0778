import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Position } from "../../follow/index.ts";
import type { Store } from "../../store/index.ts";

/** Milliseconds between writes. */
const INTERVAL = 1_000;

/** How far each file has been read, kept in the store: a restart goes on where this one ends. */
export class Positions {
  readonly #store: Store;
  readonly #onTrouble: (trouble: Trouble | undefined) => void;
  readonly #now = new Map<string, Position>();
  readonly #stored = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #busy: Promise<void> = Promise.resolve();
  #failing = false;

  /** `onTrouble` is told when writing begins to fail, and (undefined) when it works again. */
  constructor(store: Store, onTrouble: (trouble: Trouble | undefined) => void) {
    this.#store = store;
    this.#onTrouble = onTrouble;
    this.#timer = setInterval(() => this.#save(), INTERVAL);
    this.#timer.unref();
  }

  /** Where this file was left; undefined: it is read for the first time. */
  async of(path: string): Promise<Position | undefined | Trouble> {
    const text = await this.#store.setting(nameOf(path), () => "");
    if (isTrouble(text) || text === "") return text === "" ? undefined : text;
    const read: unknown = JSON.parse(text);
    this.#stored.set(path, text);
    if (typeof read !== "object" || read === null || !("inode" in read) || !("offset" in read)) return undefined;
    return { inode: Number(read.inode), offset: Number(read.offset) };
  }

  note(path: string, position: Position): void {
    this.#now.set(path, position);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#save();
    await this.#busy;
  }

  #save(): void {
    this.#busy = this.#busy.then(() => this.#write());
  }

  async #write(): Promise<void> {
    for (const [path, position] of this.#now) {
      const text = JSON.stringify(position);
      if (this.#stored.get(path) === text) continue;
      const done = await this.#store.setSetting(nameOf(path), text);
      const trouble = isTrouble(done) ? done : undefined;
      if (this.#failing !== (trouble !== undefined)) this.#onTrouble(trouble);
      this.#failing = trouble !== undefined;
      if (trouble !== undefined) return;
      this.#stored.set(path, text);
    }
  }
}

function nameOf(path: string): string {
  return `watch ${path}`;
}
