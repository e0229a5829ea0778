import { LineReader } from "./line.ts";

/** `key = value`, and where it stands. Keys are in lower case, as Asterisk does not tell them apart. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** A section with what it inherits, in the order in which Asterisk applies it. Names may come twice (PJSIP). */
export interface Section {
  readonly name: string;
  readonly template: boolean;
  readonly file: string;
  readonly line: number;
  readonly settings: readonly Setting[];
}

/** A file and all that it includes. A fault is what could not be read, in words with its place; the rest stands. */
export interface Conf {
  readonly sections: readonly Section[];
  readonly faults: readonly string[];
}

export interface ConfFile {
  readonly path: string;
  readonly text: string;
}

/** Gives the files that a name stands for (it may be a pattern), or in words why there are none. */
export type OpenFiles = (name: string) => readonly ConfFile[] | string;

/** What is read at most, of all files together. */
export interface Most {
  readonly files: number;
  readonly characters: number;
  readonly depth: number;
  readonly settings: number;
  readonly faults: number;
}

const MOST: Most = { files: 256, characters: 16_777_216, depth: 10, settings: 100_000, faults: 100 };
/** Lines that include, for each file that may be read: one that finds nothing costs a look into the folder all the same. */
const INCLUDES_PER_FILE = 8;
/** Settings that filters of `(+)` are held against, in all. */
const MOST_FILTERED = 1_000_000;

interface Open {
  readonly name: string;
  template: boolean;
  readonly file: string;
  readonly line: number;
  readonly settings: Setting[];
}

/** Reads the file `name` and what it includes. It never throws, and its work grows with what there is to read. */
export function readConf(name: string, open: OpenFiles, most: Partial<Most> = {}): Conf {
  return new Reading(open, { ...MOST, ...most }).whole(name);
}

/** The last value of a key: the one that counts where a setting has one value. */
export function settingOf(section: Section, key: string): string | undefined {
  return section.settings.findLast((s) => s.key === key)?.value;
}

/** All values of a key, in order. */
export function settingsOf(section: Section, key: string): readonly string[] {
  return section.settings.filter((s) => s.key === key).map((s) => s.value);
}

class Reading {
  readonly #open: OpenFiles;
  readonly #most: Most;
  readonly #sections: Open[] = [];
  /** All of each name, in lower case: the first is the one that Asterisk finds for `(template)` and `(+)`. */
  readonly #named = new Map<string, Open[]>();
  /** Files that are being read, each included by the one before it. */
  readonly #within: string[] = [];
  readonly #faults: string[] = [];
  #current: Open | undefined = undefined;
  #files = 0;
  #characters = 0;
  #settings = 0;
  #includes = 0;
  #filtered = 0;
  /** More than there may be: nothing is read any more. */
  #full = false;

  constructor(open: OpenFiles, most: Most) {
    this.#open = open;
    this.#most = most;
  }

  whole(name: string): Conf {
    const files = this.#open(name);
    if (typeof files === "string") return { sections: [], faults: [`${name}: ${files}`] };
    for (const file of files) this.#file(file);
    return { sections: this.#sections, faults: this.#faults };
  }

  #fault(file: string, line: number, what: string): void {
    if (this.#faults.length < this.#most.faults) this.#faults.push(`${file}:${line}: ${what}`);
  }

  #file({ path, text }: ConfFile): void {
    const { files, characters } = this.#most;
    this.#files++;
    this.#characters += text.length;
    if (this.#files > files || this.#characters > characters) {
      this.#fault(path, 1, `not read: more than ${files} files or ${characters} characters`);
    } else if (text.includes("\0")) this.#fault(path, 1, "not read: this is no text");
    else {
      this.#within.push(path);
      this.#lines(path, text);
      this.#within.pop();
    }
  }

  #lines(path: string, text: string): void {
    const reader = new LineReader();
    let at = 0;
    for (let from = 0; from <= text.length && !this.#full; at++) {
      const end = text.indexOf("\n", from);
      const line = reader.read(text.slice(from, end < 0 ? text.length : end));
      from = end < 0 ? text.length + 1 : end + 1;
      if (line.kind === "setting") this.#setting(line.key, line.value, path, at + 1);
      else if (line.kind === "section") this.#section(line.name, line.options, path, at + 1);
      else if (line.kind === "include") this.#include(line.path, line.optional, path, at + 1);
      else if (line.kind === "fault") this.#fault(path, at + 1, line.what);
    }
    if (reader.open && !this.#full) this.#fault(path, at, "a comment that begins with ;-- does not end");
  }

  #section(name: string, options: readonly string[], file: string, line: number): void {
    const key = name.toLowerCase();
    const same = this.#named.get(key) ?? [];
    const adds = options.find((o) => o.startsWith("+"));
    const known = adds === undefined ? undefined : same.find((s) => this.#fits(s, adds.slice(1)));
    if (adds !== undefined && known === undefined) {
      this.#fault(file, line, `[${name}](${adds}) adds to a section that is not there`);
    }
    const section: Open = known ?? { name, template: false, file, line, settings: [] };
    if (known === undefined) {
      this.#sections.push(section);
      this.#named.set(key, same);
      same.push(section);
    }
    this.#current = section;
    for (const option of options) {
      if (option === "!") section.template = true;
      else if (!option.startsWith("+")) this.#inherit(section, option, file, line);
    }
  }

  #fits(section: Open, filter: string): boolean {
    if (filter === "") return true;
    this.#filtered += 1 + section.settings.length;
    return this.#filtered <= MOST_FILTERED && fitsFilter(section, filter);
  }

  #inherit(section: Open, base: string, file: string, line: number): void {
    const from = this.#named.get(base.toLowerCase())?.[0];
    if (from === undefined || from === section) {
      this.#fault(file, line, `[${section.name}] is made from [${base}], which does not stand before it`);
      return;
    }
    for (const setting of from.settings) {
      if (this.#full) return;
      this.#add(section, setting);
    }
  }

  #setting(key: string, value: string, file: string, line: number): void {
    if (this.#current === undefined) this.#fault(file, line, "a setting before the first section");
    else this.#add(this.#current, { key, value, file, line });
  }

  /** Templates of templates could be made to multiply: what they give is bounded over all files. */
  #add(section: Open, setting: Setting): void {
    if (++this.#settings <= this.#most.settings) section.settings.push(setting);
    else if (!this.#full) {
      this.#full = true;
      this.#fault(setting.file, setting.line, `more than ${this.#most.settings} settings: the rest is not read`);
    }
  }

  #include(name: string, optional: boolean, file: string, line: number): void {
    const { files, depth } = this.#most;
    const found = ++this.#includes > files * INCLUDES_PER_FILE ? "too many lines that include" : this.#open(name);
    if (typeof found === "string") {
      if (!optional) this.#fault(file, line, `#include ${name}: ${found}`);
      return;
    }
    for (const each of found) {
      const from = this.#within.indexOf(each.path);
      if (from >= 0) {
        const circle = [...this.#within.slice(from), each.path].join(" > ");
        this.#fault(file, line, `#include ${name}: not followed again: ${circle}`);
      } else if (this.#within.length > depth) {
        this.#fault(file, line, `#include ${name}: more than ${depth} files within each other`);
      } else this.#file(each);
    }
  }
}

/**
 * `(+)` adds to the first section of that name; `(+type=aor&max_contacts=1)` to the first with such settings. Asterisk takes
 * the values for regular expressions; here `^` and `$` hold, and the rest is taken as it stands.
 */
function fitsFilter(section: Open, filter: string): boolean {
  return filter.split("&").every((part) => {
    const at = part.indexOf("=");
    if (at < 0) return true;
    const [key, said] = [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    const text = said.slice(said.startsWith("^") ? 1 : 0, said.endsWith("$") ? -1 : undefined);
    return section.settings.some(
      (s) =>
        s.key === key &&
        (said.startsWith("^") ? s.value.startsWith(text) : s.value.includes(text)) &&
        (!said.endsWith("$") || s.value.endsWith(text)),
    );
  });
}
