import * as z from "zod/mini";
import { type CountryDefinition, type ListDefinition, urlFault } from "../lists/index.ts";
import { type Fault, foundText } from "./faults.ts";
import { choice, FILE, flag, list, some, table, text } from "./shapes.ts";

/** Seconds. */
const MINUTE = 60;
const MONTH = 30 * 86_400;
const UNITS: Readonly<Record<string, number>> = { min: 60, h: 3_600, d: 86_400 };

function secondsOf(length: string): number {
  const parts = /^(\d{1,5}) ?(min|h|d)$/.exec(length);
  return parts === null ? 0 : Number(parts[1]) * UNITS[parts[2]];
}

const LENGTH = {
  expected: 'a length of time such as "1h" (min, h or d), from 1 min to 30 d',
  test: (t: string) => secondsOf(t) >= MINUTE && secondsOf(t) <= MONTH,
};
const URL_TEXT = { expected: "a URL such as https://lists.example.org/bad.txt", test: (u: string) => URL.canParse(u) };
/** It names a set of the kernel, too. */
const LIST_NAME = {
  expected: "a name of small letters, digits, _ and -, 24 at most",
  test: (n: string) => /^[a-z0-9_-]{1,24}$/.test(n),
};
const CODE = { expected: 'the two letters of a country such as "FR"', test: (c: string) => /^[A-Z]{2}$/.test(c) };

const mode = z._default(choice(["enforce", "observe"]), "enforce");

/** `[[shield.list]]`. */
export const LIST = table({
  name: text(LIST_NAME),
  file: z.optional(text(FILE)),
  url: z.optional(text(URL_TEXT)),
  format: z.optional(choice(["plain", "csv", "apiban", "voipbl"])),
  refresh: z.optional(text(LENGTH)),
  header_file: z.optional(text(FILE)),
  insecure: z._default(flag(), false),
  private: z._default(flag(), false),
  mode,
});

/** `[shield.country]`. */
export const COUNTRY = table({
  file: text(FILE),
  deny: z._default(list(text(CODE), "a list of countries"), []),
  allow: z.optional(some(text(CODE), "a list of countries")),
  unknown: z._default(choice(["allow", "deny"]), "allow"),
  mode,
});

type Resolve = (path: string) => string;

export function listOf(raw: z.infer<typeof LIST>, resolve: Resolve): ListDefinition {
  const { name, url = "", format, insecure } = raw;
  return {
    name,
    file: raw.file === undefined ? "" : resolve(raw.file),
    url,
    format,
    refresh: raw.refresh === undefined ? 3_600 : secondsOf(raw.refresh),
    headerFile: raw.header_file === undefined ? "" : resolve(raw.header_file),
    insecure,
    takesPrivate: raw.private,
    mode: raw.mode,
  };
}

export function countryOf(raw: z.infer<typeof COUNTRY>, resolve: Resolve): CountryDefinition {
  return { file: resolve(raw.file), deny: raw.deny, allow: raw.allow ?? [], unknown: raw.unknown, mode: raw.mode };
}

/** What no single value of them shows. */
export function listFaults(lists: readonly ListDefinition[], country: CountryDefinition | undefined): Fault[] {
  const faults = lists.flatMap((l, i) => faultsOf(l, i));
  const names = lists.map((l) => l.name);
  names.forEach((name, i) => {
    if (names.indexOf(name) === i) return;
    faults.push({
      path: ["shield", "list", i, "name"],
      found: `${name} again`,
      expected: "a name that is not listed before",
    });
  });
  if (country !== undefined && country.deny.length > 0 && country.allow.length > 0) {
    const expected = "either deny or allow: what is not allowed is denied";
    faults.push({ path: ["shield", "country"], found: "both", expected });
  }
  return faults;
}

function faultsOf({ file, url, headerFile, insecure, format }: ListDefinition, i: number): Fault[] {
  const at = (key: string): PropertyKey[] => ["shield", "list", i, key];
  if ((file === "") === (url === "")) {
    const found = file === "" ? "neither file nor url" : "file and url";
    return [{ path: ["shield", "list", i], found, expected: "either file or url" }];
  }
  if (url === "") {
    if (headerFile === "") return [];
    return [
      { path: at("header_file"), found: "a file", expected: "url beside it: a file of this machine needs no key" },
    ];
  }
  const fault = urlFault(new URL(url), insecure);
  // What is in the place of a user may be a key.
  if (fault !== undefined) return [{ path: at("url"), found: fault, expected: "https, and a key in header_file" }];
  if (format === "apiban" && headerFile === "") {
    return [
      { path: at("header_file"), found: foundText(undefined), expected: 'a file with "Authorization: Bearer KEY"' },
    ];
  }
  return [];
}

/** As they stand in a file. */
export function showList(l: ListDefinition) {
  const { name, file, url, format, headerFile, insecure, takesPrivate, mode: does } = l;
  const source = url === "" ? { file } : { url, refresh: showSeconds(l.refresh), insecure };
  const more = { ...(format && { format }), ...(headerFile === "" ? {} : { header_file: headerFile }) };
  return { name, ...source, ...more, private: takesPrivate, mode: does };
}

export function showCountry({ allow, deny, ...rest }: CountryDefinition) {
  return { ...rest, ...(allow.length > 0 ? { allow } : { deny }) };
}

function showSeconds(seconds: number): string {
  const unit = ["d", "h", "min"].find((u) => seconds % UNITS[u] === 0) ?? "min";
  return `${seconds / UNITS[unit]}${unit}`;
}
