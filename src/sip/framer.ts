import { Failure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { readNumber, sameName, skipLws, skipToken, TABLES, trimEnd } from "./chars.ts";

const { bytes: BYTES, token } = TABLES;
const CR = 13;
const LF = 10;
const FIRST = 4_096;
/** One for all: a connection that holds nothing costs nothing, and a message leaves nothing to collect. */
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into messages (RFC 3261 18.3) whatever the pieces it comes in. Memory grows with what has arrived, never
 * with what Content-Length says, and not above one message and one chunk; every byte is looked at once. After a Failure the stream is lost.
 */
export class StreamFramer {
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** How far the end of the headers was looked for, from #start. */
  #looked = 0;
  /** Whole length of the message that begins at #start, 0 while its headers are not complete. */
  #length = 0;
  #failure: Failure | undefined;

  /** Bytes held that no `next` has given out. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** A message has begun and is not whole. A CR that waits for its LF, or one CRLF for a second, is a keep-alive and not a message. */
  get begun(): boolean {
    return this.pending > 0 && this.#bytes[this.#start] !== CR;
  }

  push(chunk: Buffer): void {
    if (this.#failure !== undefined || chunk.length === 0) return;
    if (this.#start === this.#end) {
      // Nothing is held: read from the chunk itself, copy only what is left of it.
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#borrowed = true;
      return;
    }
    this.#reserve(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }
  #borrowed = false;

  /**
   * The next whole message; "" for a keep-alive (CRLF CRLF, RFC 5626 4.4.1); undefined when more bytes are needed.
   * Failure: `SIP_NOT_SIP` (0), `SIP_TOO_LARGE` (513), `SIP_NO_LENGTH`, `SIP_BAD_CONTENT_LENGTH` (400); again and again.
   */
  next(): string | Failure | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const message = this.#cut();
    if (message instanceof Failure) {
      this.#failure = message;
      this.#bytes = NOTHING;
      this.#start = 0;
      this.#end = 0;
    } else if (message === undefined) this.#keep();
    return message;
  }

  #cut(): string | Failure | undefined {
    if (this.#length === 0) {
      const ping = this.#skipEmptyLines();
      if (ping !== false) return ping;
      const headersEnd = this.#findHeadersEnd();
      if (headersEnd < 0) return this.pending > LIMITS.message ? tooLarge() : undefined;
      if (headersEnd - this.#start > LIMITS.message) return tooLarge();
      const body = contentLength(this.#bytes.toString("latin1", this.#start, headersEnd));
      if (body instanceof Failure) return body;
      const length = headersEnd - this.#start + body;
      // Limits before memory: the declared length is held against the limit before a byte of the body is waited for.
      if (length > LIMITS.message) return tooLarge();
      this.#length = length;
    }
    if (this.pending < this.#length) return undefined;
    const text = this.#bytes.toString("latin1", this.#start, this.#start + this.#length);
    this.#start += this.#length;
    this.#length = 0;
    this.#looked = 0;
    return text;
  }

  /** "" for a keep-alive, undefined when more is needed to tell, a Failure for what begins no message, false when one begins. */
  #skipEmptyLines(): "" | undefined | false | Failure {
    const bytes = this.#bytes;
    while (this.#start < this.#end) {
      const c = bytes[this.#start];
      if (c !== CR) return token[c] === 1 ? false : notSip();
      if (this.#end - this.#start < 2) return undefined;
      if (bytes[this.#start + 1] !== LF) return notSip();
      if (this.#end - this.#start < 3) return undefined;
      if (bytes[this.#start + 2] !== CR) {
        // RFC 3261 7.5: a single empty line before a message is ignored.
        this.#start += 2;
        continue;
      }
      if (this.#end - this.#start < 4) return undefined;
      if (bytes[this.#start + 3] !== LF) return notSip();
      this.#start += 4;
      return "";
    }
    return undefined;
  }

  /** Offset behind the empty line that ends the headers, -1 when it has not come yet. */
  #findHeadersEnd(): number {
    const bytes = this.#bytes;
    let at = this.#start + this.#looked;
    for (;;) {
      const lf = bytes.indexOf(LF, at);
      if (lf < 0 || lf + 2 >= this.#end) {
        // A line end whose next two bytes are still to come is looked at again.
        this.#looked = (lf < 0 || lf >= this.#end ? this.#end : lf) - this.#start;
        return -1;
      }
      if (bytes[lf - 1] === CR && bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
      at = lf + 1;
    }
  }

  /** Makes room for `more` bytes behind what is held. */
  #reserve(more: number): void {
    const held = this.#end - this.#start;
    if (!this.#borrowed && this.#end + more <= this.#bytes.length) return;
    const wanted = held + more;
    if (!this.#borrowed && wanted <= this.#bytes.length) {
      this.#bytes.copy(this.#bytes, 0, this.#start, this.#end);
    } else {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST, 2 ** Math.ceil(Math.log2(wanted))));
      this.#bytes.copy(grown, 0, this.#start, this.#end);
      this.#bytes = grown;
      this.#borrowed = false;
    }
    this.#start = 0;
    this.#end = held;
  }

  /** Between pushes nothing of the caller's chunk is held. */
  #keep(): void {
    if (this.#start === this.#end) {
      this.#bytes = NOTHING;
      this.#start = 0;
      this.#end = 0;
      this.#looked = 0;
      this.#borrowed = false;
    } else if (this.#borrowed) this.#reserve(0);
  }
}

/** True for a datagram that is only a keep-alive: nothing, CRLF, or CRLF CRLF (RFC 5626 4.4.1), or the NULs some phones send. */
export function isKeepAlive(text: string): boolean {
  if (text.length > 4) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c !== CR && c !== LF && c !== 0) return false;
  }
  return true;
}

/** Declared body length of a head (start line to empty line, inclusive). */
function contentLength(head: string): number | Failure {
  load(head);
  let found = -1;
  let at = head.indexOf("\n") + 1;
  while (at > 0 && at < head.length) {
    const next = head.indexOf("\n", at) + 1;
    const nameEnd = skipToken(at, head.length);
    if (isContentLength(at, nameEnd)) {
      const colon = skipLws(nameEnd, head.length);
      const end = foldedEnd(head, colon);
      const value =
        BYTES[colon] === 58 ? readNumber(skipLws(colon + 1, end), trimEnd(colon + 1, end), 4_294_967_295) : -1;
      // Two lengths, even alike, leave two readers at two places (RFC 4475 3.3.9).
      if (value < 0 || found >= 0) return new Failure("SIP_BAD_CONTENT_LENGTH", "header/content-length", at, 400);
      found = value;
    }
    at = next;
  }
  // RFC 3261 18.3: over a stream it must be there.
  return found < 0 ? new Failure("SIP_NO_LENGTH", "header/content-length", 0, 400) : found;
}

function isContentLength(at: number, nameEnd: number): boolean {
  return nameEnd - at === 1 ? (BYTES[at] | 32) === 108 : sameName(at, nameEnd, "content-length");
}

/** Offset of the LF that ends the header line through `at`, folds included. */
function foldedEnd(head: string, at: number): number {
  let lf = head.indexOf("\n", at);
  while (lf >= 0 && (head.charCodeAt(lf + 1) === 32 || head.charCodeAt(lf + 1) === 9)) lf = head.indexOf("\n", lf + 1);
  return lf < 0 ? head.length : lf;
}

function notSip(): Failure {
  return new Failure("SIP_NOT_SIP", "stream", 0, 0);
}

function tooLarge(): Failure {
  return new Failure("SIP_TOO_LARGE", "message", 0, 513);
}
