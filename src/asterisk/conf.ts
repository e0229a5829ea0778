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

const MOST = { files: 256, characters: 16_777_216, depth: 10, settings: 100_000, faults: 100 };

interface Open {
  readonly name: string;
  template: boolean;
  readonly file: string;
  readonly line: number;
  readonly settings: Setting[];
}

/** Reads the file `name` and what it includes. It never throws, and its work grows with what there is to read. */
export function readConf(name: string, open: OpenFiles): Conf {
  return new Reading(open).whole(name);
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
  readonly #sections: Open[] = [];
  /** The first of each name, in lower case: the one that Asterisk finds for `(template)` and `(+)`. */
  readonly #first = new Map<string, Open>();
  readonly #faults: string[] = [];
  #current: Open | undefined = undefined;
  #files = 0;
  #characters = 0;
  #settings = 0;

  constructor(open: OpenFiles) {
    this.#open = open;
  }

  whole(name: string): Conf {
    const files = this.#open(name);
    if (typeof files === "string") return { sections: [], faults: [`${name}: ${files}`] };
    for (const file of files) this.#file(file, 0);
    return { sections: this.#sections, faults: this.#faults };
  }

  #fault(file: string, line: number, what: string): void {
    if (this.#faults.length < MOST.faults) this.#faults.push(`${file}:${line}: ${what}`);
  }

  #file({ path, text }: ConfFile, depth: number): void {
    this.#files++;
    this.#characters += text.length;
    if (this.#files > MOST.files || this.#characters > MOST.characters) {
      this.#fault(path, 1, `not read: more than ${MOST.files} files or ${MOST.characters} characters`);
      return;
    }
    const reader = new LineReader();
    const lines = text.split("\n");
    lines.forEach((raw, i) => {
      const at = i + 1;
      const line = reader.read(raw);
      if (line.kind === "section") this.#section(line.name, line.options, path, at);
      else if (line.kind === "setting") this.#setting(line.key, line.value, path, at);
      else if (line.kind === "include") this.#include(line.path, line.optional, path, at, depth);
      else if (line.kind === "fault") this.#fault(path, at, line.what);
    });
    if (reader.open) this.#fault(path, lines.length, "a comment that begins with ;-- does not end");
  }

  #section(name: string, options: readonly string[], file: string, line: number): void {
    const key = name.toLowerCase();
    const known = this.#first.get(key);
    const adds = options.some((o) => o.startsWith("+"));
    if (adds && known === undefined) this.#fault(file, line, `[${name}](+) adds to a section that is not there`);
    const section: Open = adds && known !== undefined ? known : { name, template: false, file, line, settings: [] };
    if (section !== known) this.#sections.push(section);
    if (known === undefined) this.#first.set(key, section);
    this.#current = section;
    for (const option of options) {
      if (option === "!") section.template = true;
      else if (!option.startsWith("+")) this.#inherit(section, option, file, line);
    }
  }

  #inherit(section: Open, base: string, file: string, line: number): void {
    const from = this.#first.get(base.toLowerCase());
    if (from === undefined || from === section) {
      this.#fault(file, line, `[${section.name}] is made from [${base}], which does not stand before it`);
      return;
    }
    for (const setting of from.settings) {
      if (this.#settings > MOST.settings) return;
      this.#add(section, setting);
    }
  }

  #setting(key: string, value: string, file: string, line: number): void {
    if (this.#current === undefined) this.#fault(file, line, "a setting before the first section");
    else this.#add(this.#current, { key, value, file, line });
  }

  /** Templates of templates could be made to multiply: what they give is bounded over all files. */
  #add(section: Open, setting: Setting): void {
    if (++this.#settings <= MOST.settings) section.settings.push(setting);
    else if (this.#settings === MOST.settings + 1) {
      this.#fault(setting.file, setting.line, `more than ${MOST.settings} settings: the rest is not read`);
    }
  }

  #include(name: string, optional: boolean, file: string, line: number, depth: number): void {
    const files = depth < MOST.depth ? this.#open(name) : `more than ${MOST.depth} files within each other`;
    if (typeof files === "string") {
      if (!optional) this.#fault(file, line, `#include ${name}: ${files}`);
      return;
    }
    for (const each of files) this.#file(each, depth + 1);
  }
}
