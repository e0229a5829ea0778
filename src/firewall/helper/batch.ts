import { cover } from "../blocks.ts";
import type { Request } from "../protocol.ts";
import {
  doorsText,
  dropText,
  type Element,
  fillText,
  flushText,
  isHostSet,
  listFillText,
  listText,
  putText,
  type SetName,
  type Spec,
  tableText,
} from "../ruleset.ts";
import type { Never } from "./never.ts";
import type { Transaction } from "./nft.ts";

type Begin = Extract<Request, { do: "begin" }>;
type Put = Extract<Request, { do: "put" }>;
type Drop = Extract<Request, { do: "drop" }>;

/** What the table is like by now: all that the helper knows besides the never-list. */
export interface Table {
  spec: Spec | undefined;
  lists: readonly string[];
}

/** One transaction, from its first line to its last. What it brings about in `table` and `never` counts once it is in force. */
export class Batch {
  readonly id: number;
  readonly transaction: Transaction;
  readonly #begin: Begin;
  readonly #table: Table;
  readonly #never: Never;
  readonly #spec: Spec;
  /** Ranges: they come whole, and must not overlap. */
  readonly #ranges = new Map<SetName | "list", Element[]>();
  refused = 0;
  /** What in the order of its requests is wrong; empty while nothing is. */
  fault = "";

  constructor(begin: Begin, spec: Spec, table: Table, never: Never, transaction: Transaction) {
    this.id = begin.id;
    this.transaction = transaction;
    this.#begin = begin;
    this.#spec = spec;
    this.#table = table;
    this.#never = never;
  }

  /** Do the rules stand otherwise after it? */
  get makesRules(): boolean {
    return makesRules(this.#begin);
  }

  /** What stands first. */
  async open(): Promise<void> {
    const { transaction } = this;
    const { what } = this.#begin;
    if (what === "table") await transaction.write(tableText(this.#spec));
    if (what === "never" || what === "net") await transaction.write(flushText(this.#spec.table, what));
    if (what === "doors") await transaction.write(doorsText(this.#spec));
    if (what === "list") this.#ranges.set("list", []);
    if (what === "table" || what === "never") this.#ranges.set("never", []);
    if (what === "net") this.#ranges.set("net", []);
  }

  async put({ set, rows, fresh }: Put): Promise<void> {
    if (!this.#mayPut(set)) {
      this.fault = `${set} in a batch of ${this.#begin.what}`;
      return;
    }
    // A list of others may hold our own network: the kernel asks the never-list first. What we ban ourselves must not.
    const keepsOut = set === "ban" || set === "net" || set === "mute";
    const allowed = keepsOut ? rows.filter(([block]) => !this.#never.meets(block)) : rows;
    this.refused += rows.length - allowed.length;
    if (isHostSet(set)) {
      const text = fresh ? fillText : putText;
      await this.transaction.write(text(this.#spec.table, set, allowed));
      return;
    }
    const all = [...(this.#ranges.get(set) ?? []), ...allowed];
    this.#ranges.set(set, all);
    // At once, for what follows in this batch. Should it fail, the list of the last one is no safer.
    if (set === "never") this.#never.set(all.map(([block]) => block));
  }

  async drop({ set, rows }: Drop): Promise<void> {
    if (this.#begin.what !== "change") this.fault = `drop in a batch of ${this.#begin.what}`;
    else await this.transaction.write(dropText(this.#spec.table, set, rows));
  }

  /** Resolves when it is in force: empty, or why not. */
  async commit(): Promise<string> {
    if (this.fault !== "") {
      this.transaction.abandon();
      return this.fault;
    }
    for (const [set, elements] of this.#ranges) await this.#writeRanges(set, elements);
    const error = await this.transaction.commit();
    if (error !== "") return error;
    const { what } = this.#begin;
    this.#table.spec = this.#spec;
    if (what === "table") this.#table.lists = [];
    if (what === "list") this.#table.lists = this.#listsAfter();
    return "";
  }

  #mayPut(set: Put["set"]): boolean {
    const { what } = this.#begin;
    // A table without sets for it mutes nobody.
    if (set === "mute" && !this.#spec.mutes) return false;
    if (what === "table") return set !== "list";
    if (what === "change") return isHostSet(set);
    return set === what;
  }

  async #writeRanges(set: SetName | "list", elements: readonly Element[]): Promise<void> {
    const { table } = this.#spec;
    const own = set === "never" ? this.#never.own : [];
    const all = [...elements, ...own.map((block): Element => [block, 0])];
    const rows = cover(all.map(([block, seconds]) => ({ block, seconds })));
    if (set !== "list") {
      const some = rows.map(({ block, seconds }): Element => [block, seconds]);
      await this.transaction.write(fillText(table, set, some));
      return;
    }
    const list = this.#begin.what === "list" ? this.#begin.list : "";
    await this.transaction.write(listText(this.#spec, list, this.#listsAfter()));
    const blocks = rows.map(({ block }) => block);
    await this.transaction.write(listFillText(table, list, blocks));
  }

  /** An empty list is none. */
  #listsAfter(): string[] {
    const list = this.#begin.what === "list" ? this.#begin.list : "";
    const others = this.#table.lists.filter((name) => name !== list);
    return (this.#ranges.get("list") ?? []).length === 0 ? others : [...others, list];
  }
}

/** Do the rules stand otherwise after it? */
export function makesRules({ what }: Begin): boolean {
  return what === "table" || what === "doors" || what === "list";
}
