/**
 * Writes the message files of this folder anew from the texts of RFC 4475 and RFC 5118:
 *   node corpus/derive.ts rfc4475.txt rfc5118.txt [folder]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

/** A file of the corpus: name without folder, bytes. */
type Entry = [name: string, bytes: Buffer];

/** The 49 messages of RFC 4475: the archive of its Appendix A.1 is a tar in gzip in base64, cut by page breaks. */
export function fromRfc4475(text: string): Entry[] {
  const begin = text.indexOf("-- BEGIN MESSAGE ARCHIVE --\n   H4sI");
  const end = text.indexOf("-- END MESSAGE ARCHIVE --", begin);
  if (begin < 0 || end < 0) throw new Error("this is not RFC 4475: no message archive");
  const base64 = withoutPages(text.slice(text.indexOf("\n", begin), end)).replace(/\s/g, "");
  // test.dat is a stray: the RFC describes it nowhere.
  return untar(gunzipSync(Buffer.from(base64, "base64"))).filter(([name]) => name !== "test.dat");
}

/** The 12 messages of RFC 5118, which are printed: six spaces before each line, `<allOneLine>` around what is one line. */
export function fromRfc5118(text: string): Entry[] {
  const lines = withoutPages(text).split("\n");
  const entries: Entry[] = [];
  for (let i = 0; i < lines.length; i++) {
    const title = /^ {3}Message Details: (\S+)$/.exec(lines[i]);
    if (title === null) continue;
    let end = i + 1;
    while (lines[end] === "" || lines[end].startsWith("      ")) end++;
    entries.push([`${title[1]}.dat`, Buffer.from(printedMessage(lines.slice(i + 1, end)), "latin1")]);
  }
  if (entries.length === 0) throw new Error("this is not RFC 5118: no message details");
  return entries;
}

function printedMessage(lines: string[]): string {
  const text = lines
    .map((line) => line.slice(6))
    .join("\n")
    .trim();
  const joined = text.replace(/<allOneLine>\n([^<]*)<\/allOneLine>/g, (_, parts: string) => parts.replace(/\n/g, ""));
  const blank = joined.indexOf("\n\n");
  const head = blank < 0 ? joined : joined.slice(0, blank);
  // A page break may have left more than the one empty line before the body.
  const body = blank < 0 ? "" : joined.slice(blank).replace(/^\n+/, "");
  return `${head}\n\n${body === "" ? "" : `${body}\n`}`.replace(/\n/g, "\r\n");
}

/** Takes out page footers, form feeds and page headers, with the empty lines around them. */
function withoutPages(text: string): string {
  return text.replace(/\n*\n\S.*\[Page \d+\]\n\f\nRFC \d+ .*\n\n*/g, "\n\n");
}

/** Regular files of a POSIX tar: 512-byte headers, name at 0, size in octal at 124, type at 156. */
function untar(tar: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    const type = tar.toString("latin1", at + 156, at + 157);
    if (type === "0" || type === "\0")
      entries.push([name.replace(/^.*\//, ""), tar.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

function main(): void {
  const [rfc4475, rfc5118, folder = import.meta.dirname] = process.argv.slice(2);
  if (rfc4475 === undefined || rfc5118 === undefined) {
    process.stderr.write("usage: node corpus/derive.ts rfc4475.txt rfc5118.txt [folder]\n");
    process.exit(2);
  }
  const sets: [string, Entry[]][] = [
    ["rfc4475", fromRfc4475(readFileSync(rfc4475, "latin1"))],
    ["rfc5118", fromRfc5118(readFileSync(rfc5118, "latin1"))],
  ];
  for (const [set, entries] of sets) {
    for (const [name, bytes] of entries) {
      const path = join(folder, set, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    process.stdout.write(`${set}: ${entries.length} messages\n`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
