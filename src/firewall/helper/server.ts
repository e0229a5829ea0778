import { type Answer, MOST_LISTS, type Request, readRequest } from "../protocol.ts";
import type { Spec } from "../ruleset.ts";
import { Batch, makesRules, type Table } from "./batch.ts";
import { countsOf, failureOf, readListing } from "./listing.ts";
import type { Monitor } from "./monitor.ts";
import { Never } from "./never.ts";
import { inParts, type Rules } from "./nft.ts";

/** Does what is asked, one request after the other. */
export class Server {
  readonly #table: Table = { spec: undefined, lists: [] };
  readonly #never = new Never();
  readonly #name: string;
  readonly #rules: Rules;
  readonly #monitor: Monitor;
  readonly #say: (answer: Answer) => void;
  #batch: Batch | undefined;
  #done: ((worked: boolean) => void) | undefined;
  #last: Promise<void> = Promise.resolve();
  /** The rules as nft shows them, right after they were made. */
  #shown = "";

  constructor(name: string, rules: Rules, monitor: Monitor, say: (answer: Answer) => void) {
    this.#name = name;
    this.#rules = rules;
    this.#monitor = monitor;
    this.#say = say;
  }

  take(line: string): void {
    // Read when its turn comes: what waits takes less room as text.
    this.#last = this.#last.then(() => this.#do(line));
  }

  /** Resolves when all that was asked is done. */
  async idle(): Promise<void> {
    await this.#last;
    this.#batch?.transaction.abandon();
  }

  async #do(line: string): Promise<void> {
    const request = readRequest(line);
    // Whoever speaks otherwise than we do is not our daemon, or has a fault that must be seen: it ends us.
    if (typeof request === "string") throw new Error(`a request that is none: ${request}`);
    switch (request.do) {
      case "begin":
        return this.#begin(request);
      case "put":
        return this.#batch?.put(request);
      case "drop":
        return this.#batch?.drop(request);
      case "commit":
        return this.#commit();
      case "counts":
        return this.#counts(request.id);
      case "sums":
        return this.#sums(request.id);
    }
  }

  async #begin(request: Extract<Request, { do: "begin" }>): Promise<void> {
    const spec = specAfter(request, this.#table.spec);
    if (spec === undefined || spec.table !== this.#name) return this.#refuse(request.id, "there is no table yet");
    const isNewList = request.what === "list" && !this.#table.lists.includes(request.list);
    if (isNewList && this.#table.lists.length >= MOST_LISTS) return this.#refuse(request.id, "too many lists");
    if (makesRules(request)) this.#monitor.pause();
    const isUnseen = request.what === "table" && spec.doors.length === 0;
    const transaction = isUnseen ? inParts(() => this.#rules.begin()) : this.#rules.begin();
    this.#done = this.#monitor.attribution.ours(transaction.pid);
    this.#batch = new Batch(request, spec, this.#table, this.#never, transaction);
    await this.#batch.open();
  }

  async #commit(): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    const error = await batch.commit();
    this.#done?.(error === "");
    this.#monitor.resume();
    if (batch.makesRules) this.#shown = "";
    this.#say({ say: "done", id: batch.id, error, refused: batch.refused });
  }

  #refuse(id: number, error: string): void {
    this.#say({ say: "done", id, error, refused: 0 });
  }

  async #counts(id: number): Promise<void> {
    const { out } = await this.#rules.ask(["list", "counters", "table", "inet", this.#name]);
    this.#say({ say: "counts", id, counts: countsOf(out) });
  }

  async #sums(id: number): Promise<void> {
    const said = await this.#rules.ask(["--stateless", "list", "table", "inet", this.#name]);
    const { rules, sets } = readListing(said.out);
    const same = this.#shown === "" || this.#shown === rules;
    this.#shown = rules;
    this.#say({ say: "sums", id, error: failureOf(said), rules: same, sets });
  }
}

function specAfter(request: Extract<Request, { do: "begin" }>, spec: Spec | undefined): Spec | undefined {
  if (request.what === "table") return request.spec;
  return request.what === "doors" && spec !== undefined ? { ...spec, doors: request.doors } : spec;
}
