import { Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { sameName, skipLws, trimEnd } from "./chars.ts";
import { H } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { parseUri, type Uri } from "./uri.ts";
import { valueEnd } from "./values.ts";

/** Numbers per header line in `Message.spans`: id, start of the name, start and end of the value. */
export const STRIDE = 4;

/** What the scanner found out, in the order of `Message`. */
export interface Scan {
  text: string;
  start: number;
  isRequest: boolean;
  method: string;
  status: number;
  uriStart: number;
  uriEnd: number;
  headersStart: number;
  headersEnd: number;
  bodyStart: number;
  bodyEnd: number;
  spans: number[];
  count: number;
  twice: number;
  fault: Failure | undefined;
}

/**
 * A message: the received text and an index of spans into it. Reading never changes it; a header that cannot be read gives
 * the same Failure again and again. To change one, make an `Edit`.
 */
export class Message {
  readonly text: string;
  /** Offset of the start line: CRLF may stand before it (RFC 3261 7.5). */
  readonly start: number;
  readonly isRequest: boolean;
  /** Request: its method. Response: the method of CSeq, "" when that cannot be read. */
  readonly method: string;
  /** 0 for a request, and for a response whose code is none. */
  readonly status: number;
  /** Span of the Request-URI; 0, 0 in responses. */
  readonly uriStart: number;
  readonly uriEnd: number;
  /** Offset behind the start line, and of the empty line. */
  readonly headersStart: number;
  readonly headersEnd: number;
  /** Content-Length decides where it is present and fits; otherwise the body is all the rest. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** The index: STRIDE numbers per line in order, then -1 and `headersEnd`. */
  readonly spans: readonly number[];
  readonly count: number;
  /** Id of a header that stands twice though we rely on its one value; 0 for none. */
  readonly twice: number;
  /** The first thing that was wrong with the line structure; `check` gives it. */
  readonly fault: Failure | undefined;
  /** First value or Failure of each line once it was read: a cache, of no concern outside this room. */
  readonly values: unknown[];
  #uri: Uri | Failure | undefined = undefined;

  constructor(s: Scan) {
    this.text = s.text;
    this.start = s.start;
    this.isRequest = s.isRequest;
    this.status = s.status;
    this.uriStart = s.uriStart;
    this.uriEnd = s.uriEnd;
    this.headersStart = s.headersStart;
    this.headersEnd = s.headersEnd;
    this.bodyStart = s.bodyStart;
    this.bodyEnd = s.bodyEnd;
    this.spans = s.spans;
    this.count = s.count;
    this.twice = s.twice;
    this.fault = s.fault;
    this.values = new Array<unknown>(s.count);
    this.method = s.isRequest ? s.method : this.#cseqMethod();
  }

  /** The Request-URI as written. */
  get uri(): string {
    return this.text.slice(this.uriStart, this.uriEnd);
  }

  /** The Request-URI taken apart. */
  requestUri(): Uri | Failure {
    this.#uri ??= parseUri(this.text, this.uriStart, this.uriEnd);
    return this.#uri;
  }

  /** Index of the first line of a header at or after line `from`, -1 for none. */
  line(h: Header<unknown>, from = 0): number {
    const spans = this.spans;
    const id = h.id;
    const end = this.count * STRIDE;
    for (let i = from * STRIDE; i < end; i += STRIDE) if (spans[i] === id) return i / STRIDE;
    return -1;
  }

  has(h: Header<unknown>): boolean {
    return this.line(h) >= 0;
  }

  /** First value of a header; undefined when it is absent, a Failure when it is malformed. */
  get<T>(h: Header<T>): T | Failure | undefined {
    const spans = this.spans;
    const id = h.id;
    const end = this.count * STRIDE;
    for (let i = 0; i < end; i += STRIDE) {
      if (spans[i] !== id) continue;
      const known = this.values[i / STRIDE];
      if (known !== undefined) return known as T | Failure;
      const from = spans[i + 2];
      let to = spans[i + 3];
      if (h.comma && !h.ends) {
        // RFC 3261 25.1: Supported, Allow, Accept ... may be empty.
        if (from === to) continue;
        load(this.text);
        to = trimEnd(from, valueEnd(from, to));
      }
      const parsed = h.parse(this.text, from, to);
      const value = parsed instanceof Failure ? named(parsed, h) : parsed;
      this.values[i / STRIDE] = value;
      return value;
    }
    return undefined;
  }

  /** First value of a header that `check` has passed. Throws, as a fault of ours, when there is none. */
  need<T>(h: Header<T>): T {
    const value = this.get(h);
    if (value === undefined || value instanceof Failure) throw new Error(`${h.name} was not checked`);
    return value;
  }

  /** Every value of a header over all its lines. One malformed value makes the whole a Failure. */
  all<T>(h: Header<T>): T[] | Failure {
    const values: T[] = [];
    for (let line = this.line(h); line >= 0; line = this.line(h, line + 1)) {
      const failure = this.#readLine(h, line, values);
      if (failure !== undefined) return named(failure, h);
    }
    return values;
  }

  /** Every value of one line. */
  valuesOf<T>(h: Header<T>, line: number): T[] | Failure {
    const values: T[] = [];
    const failure = this.#readLine(h, line, values);
    return failure === undefined ? values : named(failure, h);
  }

  /** Text of the first line with this name, whether registered or not; undefined when absent. For rare headers: it compares names. */
  raw(name: string): string | undefined {
    const lower = name.toLowerCase();
    load(this.text);
    for (let i = 0; i < this.count * STRIDE; i += STRIDE) {
      const nameAt = this.spans[i + 1];
      if (
        sameName(nameAt, nameAt + lower.length, lower) &&
        /^[ \t]*:/.test(this.text.slice(nameAt + lower.length, this.spans[i + 2]))
      ) {
        return this.text.slice(this.spans[i + 2], this.spans[i + 3]);
      }
    }
    return undefined;
  }

  #readLine<T>(h: Header<T>, line: number, values: T[]): Failure | undefined {
    const text = this.text;
    let at = this.spans[line * STRIDE + 2];
    const end = this.spans[line * STRIDE + 3];
    if (h.comma && !h.ends && at === end) return undefined;
    for (;;) {
      load(text);
      const stop = h.comma && !h.ends ? valueEnd(at, end) : end;
      const value = h.parse(text, at, h.ends ? stop : trimEnd(at, stop));
      if (value instanceof Failure) return value;
      values.push(value);
      if (!h.comma) return undefined;
      at = h.ends ? skipLws(endOf(value, end), end) : stop;
      if (at >= end) return undefined;
      at = skipLws(at + 1, end);
    }
  }

  #cseqMethod(): string {
    const cseq = this.get(H.cseq);
    return cseq === undefined || cseq instanceof Failure ? "" : cseq.method;
  }
}

/** End of a value of a header whose parser finds the comma itself; "*" of Contact has none. */
function endOf(value: unknown, end: number): number {
  return typeof value === "object" && value !== null && "end" in value && typeof value.end === "number"
    ? value.end
    : end;
}

/** A Failure with the header's name in it: the parsers know a kind of value, not whose it is. */
export function named(f: Failure, h: Header<unknown>): Failure {
  return new Failure(f.code, `header/${h.name.toLowerCase()}`, f.at, f.reply);
}
