import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { isTrouble, type RangeTable, type Trouble, trouble } from "../base/index.ts";
import type { ListDefinition } from "./definition.ts";
import { type Kept, readBounded, readHeader, readKept, writeKept } from "./kept.ts";
import { FETCH_LIMITS } from "./limits.ts";
import { isListFault, type LeftOut, type ListFault, type ListFormat } from "./parse.ts";
import { urlFault } from "./url.ts";
import { readListApart } from "./work.ts";

/** Milliseconds between two looks at a file, after a failure (or `refresh`, if that is sooner), and until further pages are asked for. */
const LOOK = 2_000;
const AGAIN = 600_000;
const MORE = 130_000;

const SAFE = "the list in force stays in force";

/** What of a list is in force. */
export interface InForce {
  readonly table: RangeTable;
  readonly format: ListFormat;
  readonly entries: number;
  readonly leftOut: LeftOut;
  /** Wall milliseconds when it was last known to be as its source has it. */
  readonly at: number;
}

/** A list, how it stands, and when it is to be looked at again. One thing at a time is done with it. */
export class Feed {
  readonly definition: ListDefinition;
  readonly #folder: string;
  #inForce: InForce | undefined;
  #kept: Omit<Kept, "text"> = { etag: "", modified: "", cursor: "", at: 0 };
  #digest = "";
  /** What was got of a service that answers in pages; of others only the digest is held. */
  #pages = "";
  #trouble: Trouble | undefined;
  #since = 0;
  /** Time and size of the file that was read, so that only another one is read again. */
  #mark = "";
  #busy: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  /** Wall milliseconds of the next look. */
  next = 0;
  /** Told as soon as another list is in force: a slow disk keeps nobody waiting for it. */
  onChange: () => void = () => {};

  /** `folder`: where copies are kept. */
  constructor(definition: ListDefinition, folder: string) {
    this.definition = definition;
    this.#folder = folder;
  }

  get inForce(): InForce | undefined {
    return this.#inForce;
  }

  /** Why the list in force is not newer; since when. */
  get trouble(): { readonly trouble: Trouble; readonly since: number } | undefined {
    return this.#trouble && { trouble: this.#trouble, since: this.#since };
  }

  /** Is its source being asked now? */
  get isBusy(): boolean {
    return this.#busy !== undefined;
  }

  /** Asks nobody any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#busy;
  }

  /** What there is without a network: the file, else the last good copy. */
  async open(now: number): Promise<void> {
    if (this.definition.file !== "") await this.refresh(now);
    if (this.#inForce !== undefined) return;
    const kept = await readKept(this.#folder, this.definition.name, this.#source());
    if (kept !== undefined) await this.#take(kept);
  }

  /** Looks at its source; what is in the way is `trouble`. */
  refresh(now: number): Promise<void> {
    this.#busy ??= this.#refresh(now).finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #refresh(now: number): Promise<void> {
    const { definition } = this;
    const every = definition.file === "" ? definition.refresh * 1_000 : LOOK;
    this.next = now + every;
    const trouble = definition.file === "" ? await this.#ask(now) : await this.#look(now);
    if (trouble !== undefined && definition.file === "") this.next = now + Math.min(every, AGAIN);
    if (this.#trouble === undefined) this.#since = now;
    this.#trouble = trouble;
  }

  async #look(now: number): Promise<undefined | Trouble> {
    const { file } = this.definition;
    try {
      const about = await stat(file);
      const mark = `${about.mtimeMs} ${about.size} ${about.ino}`;
      if (mark === this.#mark) {
        // Not read again: what was wrong with it still is.
        if (this.#trouble === undefined) this.#stillGood(now);
        return this.#trouble;
      }
      const text = await readBounded(file);
      this.#mark = mark;
      return await this.#replace({ text, etag: "", modified: "", cursor: "", at: now });
    } catch (error) {
      this.#mark = "";
      return this.#unreadable((error as Error).message);
    }
  }

  async #ask(now: number): Promise<undefined | Trouble> {
    const { url, headerFile, insecure, format } = this.definition;
    const headers = await readHeader(headerFile);
    if (isTrouble(headers)) return headers;
    const asked = { url, insecure, headers, signal: this.#stopping.signal };
    if (format === "apiban") {
      const { fetchApiban } = await import("./apiban.ts");
      const got = await fetchApiban(asked, { text: this.#pages, cursor: this.#kept.cursor }, now, FETCH_LIMITS);
      if (isTrouble(got)) return got;
      if (got.more) this.next = Math.min(this.next, now + MORE);
      return this.#replace({ text: got.text, cursor: got.cursor, etag: "", modified: "", at: now });
    }
    const { etag, modified } = this.#kept;
    const asks = this.#inForce === undefined ? {} : { "if-none-match": etag, "if-modified-since": modified };
    const said = Object.fromEntries(Object.entries(asks).filter(([, value]) => value !== ""));
    // Here, since a site without lists from a URL has no use for it.
    const { fetchList } = await import("./fetch.ts");
    const answer = await fetchList({ ...asked, headers: { ...headers, ...said } });
    if (isTrouble(answer)) return answer;
    if (answer.status === 304) {
      this.#stillGood(now);
      return undefined;
    }
    if (answer.status !== 200) return this.#bad("LIST_REFUSED", `${new URL(url).host} answers ${answer.status}`);
    return this.#replace({ text: answer.body, etag: answer.etag, modified: answer.modified, cursor: "", at: now });
  }

  /** Takes a new list and keeps a copy of it; a bad one changes nothing. */
  async #replace(kept: Kept): Promise<undefined | Trouble> {
    if (this.#inForce !== undefined && digest(kept.text) === this.#digest) {
      this.#hold(kept);
      this.#stillGood(kept.at);
    } else {
      const fault = await this.#take(kept);
      if (fault !== undefined)
        return this.#bad(fault.code, `${fault.line > 0 ? `line ${fault.line}: ` : ""}${fault.what}`);
    }
    return writeKept(this.#folder, this.definition.name, this.#source(), kept);
  }

  async #take(kept: Kept): Promise<ListFault | undefined> {
    const { format, takesPrivate, url } = this.definition;
    // What is kept of APIBAN is a plain list made of its pages.
    const written = format === "apiban" && url !== "" ? "plain" : format;
    const parsed = await readListApart(kept.text, { format: written, takesPrivate });
    if (isListFault(parsed)) return parsed;
    if (parsed.entries === 0 && url !== "" && format !== "apiban") {
      return { code: "LIST_INVALID", line: 0, what: "no entry that can be used" };
    }
    const { table, entries, leftOut } = parsed;
    this.#hold(kept);
    this.#inForce = { table, format: format ?? parsed.format, entries, leftOut, at: kept.at };
    this.onChange();
    return undefined;
  }

  #hold({ text, ...about }: Kept): void {
    this.#kept = about;
    this.#digest = digest(text);
    this.#pages = this.definition.format === "apiban" ? text : "";
  }

  #stillGood(now: number): void {
    if (this.#inForce !== undefined) this.#inForce = { ...this.#inForce, at: now };
  }

  #source(): string {
    const { file, url, format } = this.definition;
    return `${file} ${url} ${format === "apiban"}`;
  }

  #unreadable(why: string): Trouble {
    const { name, file } = this.definition;
    const what = `list ${name}: ${file} cannot be read: ${why}`;
    return trouble(
      "LIST_UNREADABLE",
      what,
      SAFE,
      "let the user of the daemon read it; it is looked at again by itself",
    );
  }

  #bad(code: string, what: string): Trouble {
    const { name, file } = this.definition;
    const next = file === "" ? `rempart lists refresh ${name}` : `correct ${file}; it is looked at again by itself`;
    return trouble(code, `list ${name}: ${what}`, SAFE, next);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

/** What is wrong with the definition or file of a list, looked at without a daemon; undefined when nothing is, or it cannot be told. */
export async function listFault(definition: ListDefinition): Promise<string | undefined> {
  const { name, file, url, insecure, headerFile, format, takesPrivate } = definition;
  if (url !== "") {
    const headers = await readHeader(headerFile);
    return urlFault(new URL(url), insecure) ?? (isTrouble(headers) ? headers.what : undefined);
  }
  const text = await readBounded(file).catch((error: unknown) => error as Error);
  if (typeof text !== "string") return `list ${name}: ${file} cannot be read: ${text.message}`;
  const parsed = await readListApart(text, { format, takesPrivate });
  if (!isListFault(parsed)) return undefined;
  return `list ${name}: ${file}${parsed.line > 0 ? `:${parsed.line}` : ""}: ${parsed.what}`;
}
