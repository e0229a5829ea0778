import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readCorpusFile, readManifest } from "../../corpus/manifest.ts";
import { assertLinear } from "../../test/support/linear.ts";
import { isFailure, LIMITS } from "../base/index.ts";
import { check } from "./check.ts";
import { H, HEADERS } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { assertFraming, assertHeaderValue, assertInvariants } from "./invariants.fixture.ts";
import { inviteText } from "./message.fixture.ts";
import { quote, unquote } from "./quoted.ts";
import { reply } from "./reply.ts";
import { parseMessage } from "./scan.ts";
import { parseUri } from "./uri.ts";
import { unescapeUser } from "./uri-compare.ts";

const corpus = readManifest().map((e) => ({ file: e.file, text: readCorpusFile(e.file) }));

/** Reads all that is there and answers it. */
function readAll(text: string): void {
  const m = parseMessage(text);
  if (isFailure(m)) return;
  check(m);
  for (const h of HEADERS) {
    if (!m.has(h)) continue;
    m.get(h);
    m.all(h);
  }
  reply(m, 400, { toTag: "t" });
}

test("every message of the corpus holds, whole and twice over", () => {
  for (const { text } of corpus) {
    assertInvariants(text);
    assertInvariants(text + text);
  }
});

test("no prefix of a corpus message makes anything throw", () => {
  for (const { text } of corpus) for (let end = 0; end < text.length; end++) readAll(text.slice(0, end));
});

test("no flipped bit of a corpus message makes anything throw", () => {
  for (const { file, text } of corpus) {
    // Bits of longreq are like each other: every ninth.
    const step = text.length > 2_000 ? 9 : 1;
    for (let bit = 0; bit < text.length * 8; bit += step) {
      const at = bit >> 3;
      const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit & 7)));
      try {
        readAll(text.slice(0, at) + flipped + text.slice(at + 1));
      } catch (error) {
        throw new Error(`${file}, bit ${bit}`, { cause: error });
      }
    }
  }
});

test("streams of corpus messages come out the same in any pieces", () => {
  const streams = fc.array(fc.constantFrom(...corpus.map((c) => c.text), "\r\n\r\n", "\r\n"), {
    minLength: 1,
    maxLength: 4,
  });
  const pieces = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(streams, pieces, (texts, lengths) => assertFraming(texts.join(""), lengths)));
});

/** Header values out of what the grammar is made of, so that more of them are nearly right than random text is. */
const tokens = fc.constantFrom(
  "a",
  "Bob",
  "sip:",
  "sips:",
  "tel:+1",
  "@",
  "example.com",
  "[2001:db8::1]",
  ":",
  ":5060",
  ";",
  ";tag=1",
  ";lr",
  ";x=",
  '"',
  '"q,;<>"',
  "\\",
  "<",
  ">",
  "<sip:a@b>",
  ",",
  " ",
  "\t",
  "\r\n ",
  "=",
  "?",
  "%41",
  "%",
  "*",
  "1",
  "4294967296",
  "SIP/2.0/UDP ",
  "/",
  "INVITE",
  "Digest ",
  "realm=",
  "(",
  ")",
  "\0",
  "\xff",
);
const value = fc.array(tokens, { maxLength: 12 }).map((parts) => parts.join(""));

test("print∘parse is stable for every header on any value, and nothing throws", () => {
  fc.assert(fc.property(fc.nat(HEADERS.length - 1), value, assertHeaderValue), { numRuns: 20_000 });
});

test("a message with any value in any header holds", () => {
  const headers = fc.dictionary(fc.constantFrom(...HEADERS.map((h) => h.name), "X-Other"), value, { maxKeys: 4 });
  fc.assert(
    fc.property(headers, (changes) => assertInvariants(inviteText(changes))),
    { numRuns: 2_000 },
  );
});

test("random bytes hold", () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b).toString("latin1"));
  fc.assert(fc.property(bytes, assertInvariants), { numRuns: 2_000 });
});

test("quote and unquote are each other's inverse for what a quoted-string may hold", () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) });
  fc.assert(
    fc.property(text, (t) => {
      if (!/[\r\n]/.test(t)) assert.equal(unquote(quote(t)), t);
    }),
  );
});

test("a user part of any bytes, escaped, comes back", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(bytes, (user) => {
      const escaped = Array.from(user, (b) => `%${b.toString(16).padStart(2, "0")}`).join("");
      const uri = parseUri(`sip:${escaped}@h`);
      assert.ok(!isFailure(uri));
      assert.equal(unescapeUser(uri.user), Buffer.from(user).toString("latin1"));
    }),
  );
});

const READ: Header<unknown>[] = [H.via, H.contact, H.route, H.supported, H.subject, H.userAgent, H.authorization];

/** Texts of a given length that a careless parser would walk over again and again. */
const shapes: [string, (length: number) => string][] = [
  ["a long body", (n) => inviteText({ "Content-Length": "" }, undefined, "x\r\n".repeat(n / 3))],
  ["many values in many lines", (n) => lines(n, "Route", "<sip:a@b;lr>,", "<sip:a@b;lr>")],
  ["quotes that are never closed", (n) => lines(n, "Contact", '"<sip:a@b>,')],
  ["brackets that are never closed", (n) => lines(n, "Contact", "<sip:a@b,")],
  ["parameters", (n) => lines(n, "Contact", "<sip:a@b>;a=b;c;", ",")],
  ["backslashes", (n) => lines(n, "Subject", "\\\\")],
  ["blanks before a fold", (n) => lines(n, "User-Agent", "    ", "x\r\n y")],
  ["commas", (n) => lines(n, "Supported", ",")],
  ["escapes", (n) => lines(n, "Contact", "sip:%41%41@b,")],
  ["digest parameters", (n) => lines(n, "Authorization", "a=b,", "x", "Digest ")],
  ["bare CRs", (n) => lines(n, "Subject", "\r")],
  ["bare LFs", (n) => lines(n, "Subject", "\n")],
  ["folds", (n) => lines(n, "Subject", "\r\n x")],
  ["one line without an end", (n) => `INVITE sip:h SIP/2.0\r\nSubject: ${"x".repeat(n)}`],
];

/** An INVITE with lines of one header, 4,000 characters each, up to a whole length. */
function lines(length: number, name: string, part: string, tail = "", head = ""): string {
  const line = `${name}: ${head}${part.repeat(4_000 / part.length)}${tail}\r\n`;
  return inviteText().replace("Max-Forwards", `${line.repeat(length / line.length)}Max-Forwards`);
}

for (const [name, shape] of shapes) {
  test(`time is linear in length: ${name}`, () => {
    const work = (text: string): (() => void) => {
      return () => {
        const m = parseMessage(text);
        if (isFailure(m)) return;
        check(m);
        for (const h of READ) {
          m.get(h);
          m.all(h);
        }
        reply(m, 400, { toTag: "t" });
      };
    };
    const small = shape(8_192);
    const large = shape(LIMITS.message - 1_000);
    assertLinear(Math.ceil(large.length / small.length), work(small), work(large));
  });
}
