import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one message of the corpus is expected to bring about, by layer. */
export interface CorpusEntry {
  /** Path below this folder, such as "rfc4475/wsinv.dat". */
  readonly file: string;
  /** Such as "RFC 4475 3.1.1.1". */
  readonly section: string;
  readonly type: "request" | "response";
  /** "ok" when `parseMessage` and `check` have nothing to say, otherwise the code of the Failure. */
  readonly parse: string;
  /** What comes back from the edge: see corpus/README.md. */
  readonly udp: Wire;
  readonly tcp: Wire;
}

/** Status codes in the order they come, empty for none, or the connection's end. */
export type Wire = readonly number[] | "close";

const HEAD = "file\tsection\ttype\tlayer\texpect\tnote";
const LAYERS = ["parse", "udp", "tcp"];

/** Reads the manifest. Throws, with the line, when it is not what the README says: three lines, one a layer, for each message. */
export function readManifest(folder: string = import.meta.dirname): CorpusEntry[] {
  const lines = readFileSync(join(folder, "manifest.tsv"), "utf8").replace(/\n$/, "").split("\n");
  if (lines[0] !== HEAD) throw new Error(`manifest.tsv:1: expected ${HEAD}`);
  const entries: CorpusEntry[] = [];
  for (let i = 1; i < lines.length; i += LAYERS.length) {
    const rows = LAYERS.map((layer, n) => readRow(lines, i + n, layer));
    const [file, section, type] = rows[0];
    if (type !== "request" && type !== "response")
      throw new Error(`manifest.tsv:${i + 1}: type is request or response`);
    if (rows.some((row) => row[0] !== file)) throw new Error(`manifest.tsv:${i + 1}: three lines of one file expected`);
    entries.push({ file, section, type, parse: rows[0][4], udp: readWire(rows[1][4]), tcp: readWire(rows[2][4]) });
  }
  return entries;
}

/** The bytes of a message, one character each. */
export function readCorpusFile(file: string, folder: string = import.meta.dirname): string {
  return readFileSync(join(folder, file), "latin1");
}

function readRow(lines: string[], i: number, layer: string): string[] {
  const row = (lines[i] ?? "").split("\t");
  if (row.length !== 6 || row[3] !== layer) throw new Error(`manifest.tsv:${i + 1}: layer ${layer} expected`);
  return row;
}

function readWire(expect: string): Wire {
  if (expect === "close") return expect;
  if (expect === "silence") return [];
  const statuses = expect.split(" ").map(Number);
  if (statuses.some((s) => !(s >= 100 && s <= 699)))
    throw new Error(`manifest.tsv: "${expect}" is no wire expectation`);
  return statuses;
}
