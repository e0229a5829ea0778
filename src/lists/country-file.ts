import { readFile, stat } from "node:fs/promises";
import { type Trouble, trouble } from "../base/index.ts";
import type { CountryTable } from "./country.ts";
import { COUNTRY_LIMITS } from "./limits.ts";
import { readCountriesApart } from "./work.ts";

/** Milliseconds between two looks at the file. */
const LOOK = 2_000;
const SAFE = "the countries read last stay in force; without any, nobody is kept out for his country";

/** The MMDB file of `[shield.country]`: read when it changes; a bad one changes nothing. */
export class CountryFile {
  readonly file: string;
  #inForce: (CountryTable & { readonly at: number }) | undefined;
  #trouble: Trouble | undefined;
  #mark = "";
  #busy: Promise<void> | undefined;
  /** Wall milliseconds of the next look. */
  next = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** What was read last, and when (wall ms). */
  get inForce(): (CountryTable & { readonly at: number }) | undefined {
    return this.#inForce;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** COUNTRY_UNREADABLE or COUNTRY_INVALID as `trouble`. */
  refresh(now: number): Promise<void> {
    this.#busy ??= this.#refresh(now).finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #refresh(now: number): Promise<void> {
    this.next = now + LOOK;
    let mark = "";
    try {
      const about = await stat(this.file);
      mark = `${about.mtimeMs} ${about.size} ${about.ino}`;
      if (mark === this.#mark) return;
      const read = await readCountryFile(this.file);
      if ("code" in read) this.#trouble = troubleOf(read.code, this.file, read.what);
      else {
        this.#trouble = undefined;
        this.#inForce = { ...read, at: now };
      }
    } catch (error) {
      // Rights that are mended change neither time nor size.
      mark = "";
      this.#trouble = troubleOf("COUNTRY_UNREADABLE", this.file, (error as Error).message);
    }
    this.#mark = mark;
  }
}

/** What is wrong with an MMDB file; undefined when nothing is. */
export async function countryFault(file: string): Promise<string | undefined> {
  const read = await readCountryFile(file).catch((error: unknown) => ({ code: "", what: (error as Error).message }));
  return "code" in read ? `${file} is no MMDB file with countries: ${read.what}` : undefined;
}

async function readCountryFile(file: string): ReturnType<typeof readCountriesApart> {
  const about = await stat(file);
  if (!about.isFile()) throw new Error("it is no file");
  if (about.size > COUNTRY_LIMITS.bytes) throw new Error(`more than ${COUNTRY_LIMITS.bytes / 1_048_576} MiB`);
  return readCountriesApart(await readFile(file));
}

function troubleOf(code: string, file: string, why: string): Trouble {
  const what = code === "COUNTRY_INVALID" ? `${file} is no MMDB file with countries` : `${file} cannot be read`;
  return trouble(code, `${what}: ${why}`, SAFE, "correct `file` of [shield.country]; it is looked at again by itself");
}
