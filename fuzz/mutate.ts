/** A random generator that a seed decides wholly (mulberry32): the same seed, the same inputs on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** An integer in [0, below). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }
}

/** What SIP parsers stumble over. */
const WORDS = [
  "\r\n",
  "\r\n\r\n",
  "\r\n ",
  "\r\n\t",
  "\r",
  "\n",
  "\0",
  "\xff",
  " ",
  "\t",
  ":",
  ";",
  ";;",
  ",",
  ", ",
  "=",
  "==",
  '"',
  '\\"',
  "\\",
  "<",
  ">",
  "<>",
  "@",
  "%",
  "%00",
  "%zz",
  "?",
  "&",
  "/",
  "*",
  "(",
  ")",
  "[",
  "]",
  "[::1]",
  "[2001:db8:::1]",
  "::",
  "SIP/2.0",
  "sip:",
  "sips:",
  "tel:",
  "SIP/2.0/UDP ",
  ";branch=z9hG4bK",
  ";branch=",
  ";rport",
  ";rport=5060",
  ";received=",
  ";tag=",
  ";tag=x",
  ";lr",
  ";maddr=",
  "Via: ",
  "v: ",
  "From: ",
  "f:",
  "To: ",
  "t:",
  "Call-ID: ",
  "i:",
  "CSeq: ",
  "Contact: ",
  "m:",
  "Route: ",
  "Record-Route: ",
  "Max-Forwards: ",
  "Content-Length: ",
  "l: 0\r\n",
  "l: 9\r\n",
  "Content-Length: 0\r\n",
  "Authorization: Digest ",
  "Proxy-Authorization: Digest ",
  "WWW-Authenticate: Digest ",
  'realm="',
  "nonce=",
  "username*=UTF-8''%41",
  "INVITE",
  "ACK",
  "REGISTER",
  "0",
  "1",
  "-1",
  "255",
  "256",
  "65535",
  "65536",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "99999999999999999999",
  "z9hG4bK",
  "Digest",
  "UTF-8''",
];

const PLAIN = [
  "a",
  "Bob",
  "sip:a@b",
  "<sip:a@b>",
  "example.com",
  "192.0.2.1",
  "application/sdp",
  '"q"',
  "text",
  "a=b",
  ";a=b",
];

type Mutation = (text: string, random: Random, seeds: readonly string[]) => string;

const MUTATIONS: readonly Mutation[] = [
  // One bit, one byte.
  (text, r) => {
    const at = r.below(text.length);
    return splice(text, at, 1, String.fromCharCode((text.charCodeAt(at) ^ (1 << r.below(8))) & 255));
  },
  (text, r) => splice(text, r.below(text.length), 1, String.fromCharCode(r.below(256))),
  // A piece goes, comes twice, moves.
  (text, r) => splice(text, r.below(text.length), 1 + r.below(r.pick([2, 8, 64])), ""),
  (text, r) => {
    const at = r.below(text.length);
    return splice(
      text,
      at,
      0,
      text.slice(at, at + 1 + r.below(r.pick([4, 32, 128]))).repeat(1 + r.below(r.pick([2, 2, 40]))),
    );
  },
  (text, r) => splice(text, r.below(text.length), 0, piece(text, r)),
  // A word in a place, or in the place of something.
  (text, r) => splice(text, r.below(text.length), 0, r.pick(WORDS)),
  (text, r) => splice(text, r.below(text.length), 1 + r.below(8), r.pick(WORDS)),
  (text, r) => splice(text, r.below(text.length), 0, r.pick(WORDS) + r.pick(WORDS) + r.pick(WORDS)),
  // Whole lines: twice, gone, from another message.
  (text, r) => withLines(text, (lines) => lines.splice(r.below(lines.length), 0, r.pick(lines))),
  (text, r) => withLines(text, (lines) => lines.splice(r.below(lines.length), 1)),
  (text, r, seeds) =>
    withLines(text, (lines) => lines.splice(r.below(lines.length), 0, r.pick(r.pick(seeds).split("\r\n")))),
  // Half of this and half of that, or cut off.
  (text, r, seeds) => text.slice(0, r.below(text.length)) + piece(r.pick(seeds), r),
  (text, r) => text.slice(0, r.below(text.length)),
  // Letters in the other case; a number for a number.
  (text, r) => {
    const at = r.below(text.length);
    const end = at + r.below(20);
    return text.slice(0, at) + text.slice(at, end).toUpperCase() + text.slice(end);
  },
  (text, r) => text.replace(/\d+/g, (digits) => (r.below(4) === 0 ? r.pick(WORDS) : digits)),
];

/** One input: a seed with one to six mutations. Never longer than `most` characters. */
export function mutate(seeds: readonly string[], random: Random, most: number): string {
  let text = random.pick(seeds);
  for (let n = 1 + random.below(6); n > 0 && text !== ""; n--)
    text = random.pick(MUTATIONS)(text, random, seeds).slice(0, most);
  return text;
}

/** A text of up to ten words: nearly a header value, more often than random bytes are. */
export function words(random: Random): string {
  let text = "";
  for (let n = random.below(10); n >= 0; n--) text += random.pick(random.below(3) === 0 ? PLAIN : WORDS);
  return text;
}

function splice(text: string, at: number, remove: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

function piece(text: string, random: Random): string {
  return text.slice(random.below(text.length));
}

function withLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split("\r\n");
  change(lines);
  return lines.join("\r\n");
}
