import { load } from "./bytes.ts";
import { skipLws } from "./chars.ts";
import type { Header } from "./headers/row.ts";
import { type Message, STRIDE } from "./message.ts";
import { valueEnd } from "./values.ts";

/**
 * A list of patches over one message. Nothing is copied until `print`, which writes the untouched spans as they were received.
 * Texts handed in are written as they are: they must hold no CR or LF. HOT.
 */
export class Edit {
  readonly #m: Message;
  /** Patches in the order they are written: [#from, #to) is replaced by #texts. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #texts: string[] = [];

  constructor(m: Message) {
    this.#m = m;
  }

  /** A new Request-URI. */
  uri(text: string): void {
    this.#add(this.#m.uriStart, this.#m.uriEnd, text, false);
  }

  /** Replaces the first line of a header by "Name: text", or adds that line behind the last header. */
  set(h: Header<unknown>, text: string): void {
    const line = this.#m.line(h);
    if (line < 0) this.#add(this.#m.headersEnd, this.#m.headersEnd, this.#line(h, text, this.#m.headersEnd), false);
    else this.#add(this.#lineStart(line), this.#lineEnd(line), this.#line(h, text, this.#lineStart(line)), false);
  }

  /** Takes away every line of a header. */
  removeAll(h: Header<unknown>): void {
    for (let line = this.#m.line(h); line >= 0; line = this.#m.line(h, line + 1))
      this.#add(this.#lineStart(line), this.#lineEnd(line), "", false);
  }

  /** Takes away the first value that is still there; called again, the next one. */
  dropFirst(h: Header<unknown>): void {
    const m = this.#m;
    load(m.text);
    for (let line = m.line(h); line >= 0; line = m.line(h, line + 1)) {
      const end = m.spans[line * STRIDE + 3];
      let at = m.spans[line * STRIDE + 2];
      if (this.#isGone(this.#lineStart(line))) continue;
      while (at < end && this.#isGone(at)) at = skipLws(nextValue(at, end), end);
      const next = h.comma ? skipLws(nextValue(at, end), end) : end;
      if (next < end) this.#add(at, next, "", false);
      else this.#add(this.#lineStart(line), this.#lineEnd(line), "", false);
      return;
    }
  }

  /** Takes away one value: its line, or its part of a line with several. */
  dropValue(v: { readonly start: number; readonly end: number }, h: Header<unknown>): void {
    const m = this.#m;
    load(m.text);
    for (let line = m.line(h); line >= 0; line = m.line(h, line + 1)) {
      const start = m.spans[line * STRIDE + 2];
      const end = m.spans[line * STRIDE + 3];
      if (v.start < start || v.start >= end) continue;
      const next = h.comma ? skipLws(nextValue(v.start, end), end) : end;
      if (next < end) this.#add(v.start, next, "", false);
      else if (v.start > start) this.#add(lastComma(m.text, start, v.start), end, "", false);
      else this.#add(this.#lineStart(line), this.#lineEnd(line), "", false);
      return;
    }
  }

  /** A new line above the first of that header, or above all headers. A later one stands above an earlier one. */
  prepend(h: Header<unknown>, text: string): void {
    const line = this.#m.line(h);
    const at = line < 0 ? this.#m.headersStart : this.#lineStart(line);
    this.#add(at, at, this.#line(h, text, at), true);
  }

  /** Replaces a span of the message. */
  replace(start: number, end: number, text: string): void {
    this.#add(start, end, text, false);
  }

  /** The message with its patches, without what stood before the start line or behind the body. */
  print(): string {
    const text = this.#m.text;
    let out = "";
    let at = this.#m.start;
    for (let i = 0; i < this.#from.length; i++) {
      const from = this.#from[i];
      if (from > at) out += text.slice(at, from);
      out += this.#texts[i];
      if (this.#to[i] > at) at = this.#to[i];
    }
    return out + text.slice(at, this.#m.bodyEnd);
  }

  #line(h: Header<unknown>, text: string, at: number): string {
    // A message cut off in its last line: the new line must not run into it.
    const open = at === this.#m.text.length && !this.#m.text.endsWith("\r\n") ? "\r\n" : "";
    return `${open}${h.name}: ${text}\r\n`;
  }

  #lineStart(line: number): number {
    return this.#m.spans[line * STRIDE + 1];
  }

  #lineEnd(line: number): number {
    return this.#m.spans[line * STRIDE + STRIDE + 1];
  }

  /** True when `at` lies in a span that is taken away already. */
  #isGone(at: number): boolean {
    for (let i = 0; i < this.#from.length; i++) if (this.#from[i] <= at && at < this.#to[i]) return true;
    return false;
  }

  /** Keeps the patches sorted by where they begin; `above` puts this one before those that begin at the same place. */
  #add(from: number, to: number, text: string, above: boolean): void {
    let i = this.#from.length;
    this.#from.push(from);
    this.#to.push(to);
    this.#texts.push(text);
    while (i > 0 && (above ? this.#from[i - 1] >= from : this.#from[i - 1] > from)) {
      this.#from[i] = this.#from[i - 1];
      this.#to[i] = this.#to[i - 1];
      this.#texts[i] = this.#texts[i - 1];
      i--;
    }
    this.#from[i] = from;
    this.#to[i] = to;
    this.#texts[i] = text;
  }
}

/** Offset behind the comma that ends the value at `at`; `end` for the last value. */
function nextValue(at: number, end: number): number {
  const stop = valueEnd(at, end);
  return stop < end ? stop + 1 : end;
}

/** Offset of the comma before the value at `before`. */
function lastComma(text: string, start: number, before: number): number {
  let at = before - 1;
  while (at > start && text.charCodeAt(at) !== 44) at--;
  return at;
}
