import type { Held } from "../ports/index.ts";
import { isListName } from "./protocol.ts";

/** Changes that wait at most; when there are more, everything is put into force anew, which costs less. */
const MOST = 65_536;

export type Timed = "ban" | "standing" | "mute";

/** What has to happen next. */
export type Job =
  | { readonly what: "table" | "doors" | "never" | "net" }
  | { readonly what: "list"; readonly list: string }
  | {
      readonly what: "change";
      readonly put: readonly (readonly [set: Timed, row: Held])[];
      readonly drop: readonly (readonly [set: Timed, source: string])[];
      /** When the oldest of them was told. */
      readonly since: number;
    };

/** What is not in force yet: of each source only what was told last. */
export class Pending {
  readonly #changes = new Map<
    string,
    { readonly set: Timed; readonly row: Held | undefined; readonly source: string }
  >();
  readonly #lists = new Set<string>();
  #since = 0;
  #table = true;
  #doors = false;
  #never = false;
  #net = false;

  put(set: Timed, row: Held, now: number): void {
    this.#add(set, row.source, row, now);
  }

  drop(set: Timed, source: string, now: number): void {
    this.#add(set, source, undefined, now);
  }

  has(set: Timed, source: string): boolean {
    return this.#table || this.#changes.has(`${set} ${source}`);
  }

  /** Do the rules stand as they are to, whatever else has to happen? */
  get isWhole(): boolean {
    return !this.#table && !this.#doors;
  }

  doors(): void {
    this.#doors = true;
  }

  never(): void {
    this.#never = true;
  }

  net(): void {
    this.#net = true;
  }

  list(name: string): void {
    if (isListName(name)) this.#lists.add(name);
  }

  /** All has to be put into force anew. */
  table(): void {
    this.#table = true;
  }

  /** The next job, which is then taken as being done. `mayBuild`: whether the table may be made now; before that nothing else has a place. */
  next(mayBuild: boolean, most: number): Job | undefined {
    if (this.#table) {
      if (!mayBuild) return undefined;
      this.#table = false;
      // What it holds is asked for while it is made, so these are in it.
      this.#changes.clear();
      this.#doors = false;
      this.#never = false;
      return { what: "table" };
    }
    if (this.#doors) {
      this.#doors = false;
      return { what: "doors" };
    }
    if (this.#changes.size > 0) return this.#take(most);
    if (this.#never) {
      this.#never = false;
      return { what: "never" };
    }
    if (this.#net) {
      this.#net = false;
      return { what: "net" };
    }
    for (const list of this.#lists) {
      this.#lists.delete(list);
      return { what: "list", list };
    }
    return undefined;
  }

  #take(most: number): Job {
    const put: (readonly [Timed, Held])[] = [];
    const drop: (readonly [Timed, string])[] = [];
    for (const [key, { set, row, source }] of this.#changes) {
      if (put.length + drop.length === most) break;
      this.#changes.delete(key);
      if (row === undefined) drop.push([set, source]);
      else put.push([set, row]);
    }
    return { what: "change", put, drop, since: this.#since };
  }

  #add(set: Timed, source: string, row: Held | undefined, now: number): void {
    if (this.#changes.size === 0) this.#since = now;
    if (this.#changes.size >= MOST) this.#table = true;
    else this.#changes.set(`${set} ${source}`, { set, row, source });
  }
}
