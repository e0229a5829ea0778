import {
  blocksOf,
  type Cidr,
  countTouching,
  findRange,
  NO_RANGES,
  parseIp,
  RangeBuilder,
  type RangeTable,
} from "../base/index.ts";
import type { Config } from "../config/index.ts";
import { type CountryRow, deniedFor, type ListHits, type ToEdge } from "../edge/index.ts";
import { type CountryDefinition, CountryFile, Feed, type ListDefinition, NOT_INTERNET } from "../lists/index.ts";
import type { Logger } from "../observe/index.ts";

/** Milliseconds: how often it is looked whether a list is due, and how long somebody waits who wants it now. */
const LOOK = 1_000;
const PATIENCE = 20_000;

/** Lists and countries as they are configured, and where copies are kept. */
export interface ListsSettings {
  readonly lists: readonly ListDefinition[];
  readonly country: CountryDefinition | undefined;
  readonly folder: string;
}

/** What a configuration says of them. */
export function listsOf({ state, shield }: Config, tell: (message: ToEdge) => void, log: Logger): ListsKeeper {
  const { lists, country } = shield;
  return new ListsKeeper({ lists, country, folder: `${state}/lists` }, tell, log);
}

/** Block lists and countries in the daemon: when they are looked at, what the edge is told, how often they hit. */
export class ListsKeeper {
  readonly feeds: readonly Feed[];
  readonly settings: ListsSettings;
  readonly countries: CountryFile | undefined;
  /** Packets by country that is denied; "" for unknown. */
  readonly byCountry = new Map<string, number>();
  /** By place of the list. */
  readonly hits: number[];
  /**
   * For whoever enforces elsewhere too: the blocks of an enforced list, whenever it changes or the never-list does. What is on the never-list is cut out
   * of them.
   */
  #onList: ((name: string, blocks: readonly string[]) => void) | undefined;
  readonly #tellEdge: (message: ToEdge) => void;
  readonly #log: Logger;
  readonly #told = new Set<string>();
  /** The site's mode: false: hits are only counted. */
  #enforcing = false;
  #tables: readonly (RangeTable | undefined)[] = [];
  #never: RangeTable = NO_RANGES;
  /** Counted once: status is asked for often. */
  #touching = new WeakMap<RangeTable, number>();
  /** All is known, and time passes. */
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: ListsSettings, tellEdge: (message: ToEdge) => void, log: Logger) {
    this.settings = settings;
    this.#tellEdge = tellEdge;
    this.#log = log;
    this.feeds = settings.lists.map((definition) => new Feed(definition, settings.folder));
    for (const feed of this.feeds) feed.onChange = () => this.#changed();
    this.hits = settings.lists.map(() => 0);
    this.countries = settings.country && new CountryFile(settings.country.file);
  }

  /** False: nothing is configured. Who has standing and who is never kept out is told all the same. */
  get isUsed(): boolean {
    return this.feeds.length > 0 || this.countries !== undefined;
  }

  /** Files and what was kept of before the start; then time begins to pass, and URLs are asked. */
  async open(): Promise<void> {
    const now = Date.now();
    // One after the other: each is a thread, and two at once on a small machine are none the faster.
    for (const feed of this.feeds) {
      await feed.open(now);
      this.#logFeed(feed, undefined, undefined);
    }
    if (this.countries !== undefined) await this.#refreshCountries(this.countries, now);
    this.#isOpen = true;
    this.#tell();
    if (!this.isUsed) return;
    this.#timer = setInterval(() => void this.#look(), LOOK);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  /** Asks for all, or for the one of this name, at once; what takes longer goes on by itself. False: there is none. */
  async refresh(name: string): Promise<boolean> {
    const wanted = this.feeds.filter((feed) => name === "" || feed.definition.name === name);
    if (wanted.length === 0 && (name !== "" || this.countries === undefined)) return false;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, PATIENCE);
    await Promise.race([Promise.all(wanted.map((feed) => this.#refresh(feed))), late.promise]);
    clearTimeout(timer);
    if (name === "" && this.countries !== undefined) await this.#refreshCountries(this.countries, Date.now());
    this.#tell();
    return true;
  }

  /** From now on the site enforces, or only observes. */
  setEnforcing(on: boolean): void {
    if (this.#enforcing === on) return;
    this.#enforcing = on;
    if (!this.#isOpen) return;
    this.#tables = [];
    this.#tell();
  }

  /** Who enforces elsewhere too: is told all at once, and then what changes. */
  setTold(onList: (name: string, blocks: readonly string[]) => void): void {
    this.#onList = onList;
    if (this.#isOpen) this.#tellBlocks(this.feeds);
  }

  setNever(blocks: readonly Cidr[]): void {
    const builder = new RangeBuilder();
    for (const block of blocks) builder.add(block);
    this.#never = builder.build();
    this.#touching = new WeakMap();
    this.#changed();
    if (this.#isOpen) this.#tellBlocks(this.feeds);
  }

  /** Sources with standing are these. */
  setStanding(sources: Iterable<readonly [source: string, account: string, at: number]>): void {
    const put: string[] = [];
    const now = new Set<string>();
    for (const [source] of sources) now.add(source);
    for (const source of now) if (!this.#told.has(source)) put.push(source);
    const removed = [...this.#told].filter((source) => !now.has(source));
    for (const source of removed) this.#told.delete(source);
    for (const source of put) this.#told.add(source);
    if (put.length + removed.length > 0) this.#tellEdge({ kind: "standing", put, removed });
  }

  addStanding(source: string): void {
    if (this.#told.has(source)) return;
    this.#told.add(source);
    this.#tellEdge({ kind: "standing", put: [source], removed: [] });
  }

  count({ lists, countries }: ListHits): void {
    lists.forEach((times, place) => {
      this.hits[place] += times;
    });
    for (const [code, times] of Object.entries(countries))
      this.byCountry.set(code, (this.byCountry.get(code) ?? 0) + times);
  }

  /** Does this list keep anybody out, or is it only counted? */
  isEnforced(part: { readonly mode: "enforce" | "observe" }): boolean {
    return this.#enforcing && part.mode === "enforce";
  }

  /** Names of the lists that an address is on. */
  listsOf(address: string): string[] {
    const ip = parseIp(address.split("/")[0]);
    if (ip === undefined) return [];
    return this.feeds.filter((f) => findRange(f.inForce?.table ?? NO_RANGES, ip) >= 0).map((f) => f.definition.name);
  }

  /** Is an address kept out for a list or its country, if nothing speaks for it? */
  refuses(address: string): boolean {
    const named = this.feeds.filter((f) => this.isEnforced(f.definition)).map((f) => f.definition.name);
    if (this.listsOf(address).some((name) => named.includes(name))) return true;
    const row = this.#countryRow();
    const ip = parseIp(address.split("/")[0]);
    return row?.enforced === true && ip !== undefined && deniedFor(row, ip) !== undefined;
  }

  /** ISO code of the country of an address; undefined when it is not known. */
  countryOf(address: string): string | undefined {
    const ip = parseIp(address.split("/")[0]);
    const known = this.countries?.inForce;
    if (ip === undefined || known === undefined) return undefined;
    const value = findRange(known.table, ip);
    return value < 0 ? undefined : known.codes[value];
  }

  /** Ranges of a list that hold an address of the never-list. */
  touchesNever(feed: Feed): number {
    if (feed.inForce === undefined) return 0;
    const { table } = feed.inForce;
    const count = this.#touching.get(table) ?? countTouching(table, this.#never);
    this.#touching.set(table, count);
    return count;
  }

  async #look(): Promise<void> {
    const now = Date.now();
    const due = this.feeds.filter((feed) => feed.next <= now);
    await Promise.all(due.map((feed) => this.#refresh(feed)));
    if (this.countries !== undefined && this.countries.next <= now) await this.#refreshCountries(this.countries, now);
    this.#tell();
  }

  async #refresh(feed: Feed): Promise<void> {
    const had = feed.trouble?.trouble.what;
    const before = feed.inForce?.table;
    await feed.refresh(Date.now());
    this.#logFeed(feed, had, before);
  }

  #logFeed(feed: Feed, had: string | undefined, before: RangeTable | undefined): void {
    const { name } = feed.definition;
    const trouble = feed.trouble?.trouble;
    // Once for each trouble: a server that is away for a week is one line, not a thousand.
    if (trouble !== undefined && trouble.what !== had)
      this.#log.warn({ event: "list", list: name, code: trouble.code }, `${trouble.what}; ${trouble.safe}`);
    else if (feed.inForce !== undefined && feed.inForce.table !== before) {
      const { entries, leftOut } = feed.inForce;
      this.#log.info({ event: "list", list: name, entries, leftOut }, "another list is in force");
    } else if (trouble === undefined && had !== undefined)
      this.#log.info({ event: "list", list: name }, "the list is read again");
  }

  async #refreshCountries(countries: CountryFile, now: number): Promise<void> {
    const had = countries.trouble?.what;
    await countries.refresh(now);
    const { trouble } = countries;
    if (trouble !== undefined && trouble.what !== had)
      this.#log.warn({ event: "country", code: trouble.code }, `${trouble.what}; ${trouble.safe}`);
  }

  #changed(): void {
    // Not before all is known: until then the edge has nobody to spare.
    if (this.#timer !== undefined) this.#tell();
  }

  /** Tells the edge when anything is other than it was told last. */
  #tell(): void {
    const tables = [...this.feeds.map((feed) => feed.inForce?.table), this.countries?.inForce?.table, this.#never];
    const changed = tables.map((table, i) => table !== this.#tables[i]);
    if (!changed.includes(true)) return;
    this.#tables = tables;
    this.#tellEdge({
      kind: "lists",
      lists: this.feeds.map((feed) => ({
        table: feed.inForce?.table ?? NO_RANGES,
        enforced: this.isEnforced(feed.definition),
      })),
      country: this.#countryRow(),
      never: this.#never,
    });
    this.#tellBlocks(this.feeds.filter((_, i) => changed[i]));
  }

  #countryRow(): CountryRow | undefined {
    const { country } = this.settings;
    const known = this.countries?.inForce;
    if (country === undefined || known === undefined) return undefined;
    const { deny, allow, unknown } = country;
    return {
      table: known.table,
      codes: known.codes,
      denied: known.codes.map((code) => deny.includes(code) || (allow.length > 0 && !allow.includes(code))),
      unknownDenied: unknown === "deny",
      countryless: NOT_INTERNET,
      enforced: this.isEnforced(country),
    };
  }

  #tellBlocks(feeds: readonly Feed[]): void {
    if (this.#onList === undefined) return;
    for (const { definition, inForce } of feeds) {
      if (inForce !== undefined && definition.mode === "enforce")
        this.#onList(definition.name, this.isEnforced(definition) ? blocksOf(inForce.table, this.#never) : []);
    }
  }
}
