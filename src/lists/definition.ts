import type { ListFormat } from "./parse.ts";

/** One `[[shield.list]]`: where it comes from, and what follows from it. */
export interface ListDefinition {
  readonly name: string;
  /** Absolute path; empty when it comes from a URL. */
  readonly file: string;
  /** Empty when it comes from a file. */
  readonly url: string;
  /** Undefined: as it looks. */
  readonly format: ListFormat | undefined;
  /** Seconds between two fetches; a file is looked at every few seconds. */
  readonly refresh: number;
  /** Absolute path of a file with one line "Name: value" that goes with each request; empty for none. */
  readonly headerFile: string;
  /** http:// is allowed: whoever is on the way can then say who is kept out. */
  readonly insecure: boolean;
  /** Addresses of private networks count too. */
  readonly takesPrivate: boolean;
  readonly mode: "enforce" | "observe";
}

/** `[shield.country]`. */
export interface CountryDefinition {
  /** Absolute path of an MMDB file. */
  readonly file: string;
  /** ISO 3166-1 codes; one of the two is empty. */
  readonly deny: readonly string[];
  readonly allow: readonly string[];
  /** What becomes of addresses that the file knows nothing of. */
  readonly unknown: "allow" | "deny";
  readonly mode: "enforce" | "observe";
}
