import { BoundedMap, findRange, type Ip, NO_RANGES, parseIp, type RangeTable } from "../base/index.ts";
import { sourceOf } from "../shield/index.ts";

/** One list of addresses as the edge acts on it. */
export interface ListRow {
  readonly table: RangeTable;
  /** False: counted, and nobody is kept out. */
  readonly enforced: boolean;
}

/** Which countries are kept out. */
export interface CountryRow {
  readonly table: RangeTable;
  /** By value of a range: its ISO code, and whether who comes from there is denied. */
  readonly codes: readonly string[];
  readonly denied: readonly boolean[];
  /** Whether those are denied whose country is not known. */
  readonly unknownDenied: boolean;
  /** Private networks and the like: they have no country, and are not denied for it. */
  readonly countryless: RangeTable;
  readonly enforced: boolean;
}

/** All of it; memory is shared, so nothing is copied between threads. */
export interface ListRows {
  readonly lists: readonly ListRow[];
  readonly country: CountryRow | undefined;
  /** Who is never kept out. */
  readonly never: RangeTable;
}

/** Packets that were kept out, or would have been: by place of the list, and by country ("" for none that is known). */
export interface ListHits {
  readonly lists: readonly number[];
  readonly countries: Readonly<Record<string, number>>;
}

/** What is found of an address. */
interface Found {
  /** Whose standing counts: the address, or the /64 of one of IPv6. */
  readonly source: string;
  readonly enforced: boolean;
  /** Places of the lists that name it. */
  readonly lists: readonly number[];
  /** Country that it is denied for; undefined for none. */
  readonly country: string | undefined;
}

/** Addresses whose answer is remembered. */
const REMEMBERED = 65_536;
const NOWHERE: readonly number[] = [];
const NOTHING: Found = { source: "", enforced: false, lists: NOWHERE, country: undefined };
const NO_ROWS: ListRows = { lists: [], country: undefined, never: NO_RANGES };

/** Keeps out whom lists and countries name, unless he has standing. */
export class Lists {
  #rows = NO_ROWS;
  /** Nothing is listed, and nobody is kept out. */
  isEmpty = true;
  #found = new BoundedMap<string, Found>(REMEMBERED);
  readonly #standing = new Set<string>();
  #hits: number[] = [];
  #countries: Record<string, number> = {};
  #hasHits = false;

  /** Others from now on; hits counted so far are given out first by `takeHits`. */
  set(rows: ListRows): void {
    this.#rows = rows;
    this.isEmpty = rows.lists.length === 0 && rows.country === undefined;
    this.#found = new BoundedMap(REMEMBERED);
    this.#hits = rows.lists.map((_, i) => this.#hits[i] ?? 0);
  }

  /** Sources from which an account was used with its password within a day, and those whose day is over. */
  setStanding(put: readonly string[], removed: readonly string[]): void {
    for (const source of removed) this.#standing.delete(source);
    for (const source of put) this.#standing.add(source);
  }

  /** Has somebody standing there, or is it on the never-list? */
  spares(host: string): boolean {
    if (this.#standing.has(sourceOf(host))) return true;
    const ip = parseIp(host);
    return ip !== undefined && findRange(this.#rows.never, ip) >= 0;
  }

  /** Is this address kept out? HOT: it stands before everything else. */
  refuses(host: string): boolean {
    if (this.isEmpty) return false;
    let found = this.#found.get(host);
    if (found === undefined) {
      found = this.#look(host);
      this.#found.set(host, found);
    }
    if (found === NOTHING || this.#standing.has(found.source)) return false;
    for (const place of found.lists) this.#hits[place]++;
    if (found.country !== undefined) this.#countries[found.country] = (this.#countries[found.country] ?? 0) + 1;
    this.#hasHits = true;
    return found.enforced;
  }

  /** What was counted since it was asked last; undefined when that is nothing. */
  takeHits(): ListHits | undefined {
    if (!this.#hasHits) return undefined;
    const hits = { lists: this.#hits, countries: this.#countries };
    this.#hits = this.#hits.map(() => 0);
    this.#countries = {};
    this.#hasHits = false;
    return hits;
  }

  #look(host: string): Found {
    const { lists, country, never } = this.#rows;
    const ip = parseIp(host);
    if (ip === undefined || findRange(never, ip) >= 0) return NOTHING;
    let named = NOWHERE;
    for (let place = 0; place < lists.length; place++) {
      if (findRange(lists[place].table, ip) >= 0) named = [...named, place];
    }
    const code = country === undefined ? undefined : deniedFor(country, ip);
    if (named.length === 0 && code === undefined) return NOTHING;
    const enforced = named.some((place) => lists[place].enforced) || (code !== undefined && country?.enforced === true);
    return { source: sourceOf(host), enforced, lists: named, country: code };
  }
}

/** The country that an address is denied for; "" when that is not known, undefined when it is not denied. */
export function deniedFor(
  { table, codes, denied, unknownDenied, countryless }: CountryRow,
  ip: Ip,
): string | undefined {
  const value = findRange(table, ip);
  if (value >= 0) return denied[value] ? codes[value] : undefined;
  return unknownDenied && findRange(countryless, ip) < 0 ? "" : undefined;
}
