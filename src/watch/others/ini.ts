/** A value, and the file that says it. */
export interface IniValue {
  readonly value: string;
  readonly file: string;
}

/** Sections by name, keys in lower case: files laid over each other in order. */
export class Ini {
  readonly sections = new Map<string, Map<string, IniValue>>();

  /** Lays one file over those before: Python's ConfigParser, with `;` behind a space as a comment. */
  add(file: string, text: string): void {
    let section = this.#section("");
    let key = "";
    for (const raw of text.split(/\r?\n/)) {
      const line = raw.replace(/(?:^|\s);.*$/, "").trimEnd();
      if (line.trim() === "" || /^\s*#/.test(line)) continue;
      const head = /^\[([^\]]{1,200})\]/.exec(line);
      if (head !== null) {
        section = this.#section(head[1]);
        key = "";
      } else if (/^\s/.test(line) && key !== "") {
        const before = section.get(key)?.value ?? "";
        section.set(key, { value: before === "" ? line.trim() : `${before}\n${line.trim()}`, file });
      } else {
        const at = line.search(/[=:]/);
        key = at < 0 ? "" : line.slice(0, at).trim().toLowerCase();
        if (key !== "") set(section, key, { value: line.slice(at + 1).trim(), file });
      }
    }
  }

  /** The value of a key with all that it refers to put in; undefined when there is none. */
  get(section: string, key: string): string | undefined {
    const found = this.#find(section, key);
    return found === undefined ? undefined : this.#expand(section, found.value, 0);
  }

  /** Where it is said in that section itself. */
  own(section: string, key: string): IniValue | undefined {
    return this.sections.get(section)?.get(key);
  }

  #find(section: string, key: string): IniValue | undefined {
    return this.sections.get(section)?.get(key) ?? this.sections.get("DEFAULT")?.get(key);
  }

  /** "%(name)s", "%(section/name)s", and "%(known/name)s" for what stood there before it was laid over. What leads nowhere stays. */
  #expand(section: string, value: string, depth: number): string {
    // Values that refer to each other could grow without end.
    if (depth > MOST_DEPTH || value.length > MOST_LENGTH) return value;
    return value.replace(/%(?:\(([^()]{1,200})\)s|(%))/g, (whole, name: string | undefined, percent) => {
      if (percent !== undefined || name === undefined) return "%";
      if (name === "__name__") return section;
      const slash = name.indexOf("/");
      const isKnown = name.startsWith("known/");
      const of = slash > 0 && !isKnown ? namedSection(name.slice(0, slash)) : section;
      const key = (isKnown ? name : name.slice(slash + 1)).toLowerCase();
      const found = this.#find(of, key);
      return found === undefined ? whole : this.#expand(section, found.value, depth + 1);
    });
  }

  #section(name: string): Map<string, IniValue> {
    const known = this.sections.get(name);
    if (known !== undefined) return known;
    const made = new Map<string, IniValue>();
    this.sections.set(name, made);
    return made;
  }
}

const MOST_DEPTH = 10;
const MOST_LENGTH = 16_384;

function namedSection(name: string): string {
  return name.toLowerCase() === "default" ? "DEFAULT" : name;
}

function set(section: Map<string, IniValue>, key: string, value: IniValue): void {
  const before = section.get(key);
  if (before !== undefined) section.set(`known/${key}`, before);
  section.set(key, value);
}
