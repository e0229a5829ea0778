import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Position } from "../../follow/index.ts";
import type { Store } from "../../store/index.ts";

/** Milliseconds between writes. */
const INTERVAL = 1_000;

/** How far each file has been read, kept in the store: a restart goes on where this one ends. */
export class Positions {
  readonly #store: Store;
  readonly #onTrouble: (trouble: Trouble | undefined) => void;
  readonly #now = new Map<string, Position | string>();
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
  async file(path: string): Promise<Position | undefined | Trouble> {
    const read = await this.#read(path);
    if (typeof read !== "object" || read === null || isTrouble(read)) return isTrouble(read) ? read : undefined;
    return "inode" in read && "offset" in read ? { inode: Number(read.inode), offset: Number(read.offset) } : undefined;
  }

  /** The same of a journal: its cursor, empty for none. */
  async journal(name: string): Promise<string | Trouble> {
    const read = await this.#read(name);
    return typeof read === "string" || isTrouble(read) ? read : "";
  }

  note(name: string, position: Position | string): void {
    this.#now.set(name, position);
  }

  async #read(name: string): Promise<unknown> {
    const text = await this.#store.setting(nameOf(name), () => "");
    if (isTrouble(text) || text === "") return text === "" ? undefined : text;
    this.#stored.set(name, text);
    return JSON.parse(text);
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
    for (const [name, position] of this.#now) {
      const text = JSON.stringify(position);
      if (this.#stored.get(name) === text) continue;
      const done = await this.#store.setSetting(nameOf(name), text);
      const trouble = isTrouble(done) ? done : undefined;
      if (this.#failing !== (trouble !== undefined)) this.#onTrouble(trouble);
      this.#failing = trouble !== undefined;
      if (trouble !== undefined) return;
      this.#stored.set(name, text);
    }
  }
}

function nameOf(name: string): string {
  return `watch ${name}`;
}
