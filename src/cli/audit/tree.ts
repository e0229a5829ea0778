import type { AuditFile } from "../../audit/index.ts";

/** Bytes of one file, of all together, files and folders, characters of a path, folders within each other: a copy may be somebody else's. */
export const MOST = {
  file: 134_217_728,
  other: 4_194_304,
  total: 268_435_456,
  entries: 20_000,
  path: 1_024,
  depth: 16,
};

/** Files as they were found, and what could not be read. */
export interface Tree {
  readonly files: Map<string, AuditFile>;
  /** Sentences, each with the path. */
  readonly unread: string[];
  bytes: number;
  entries: number;
}

export function newTree(): Tree {
  return { files: new Map(), unread: [], bytes: 0, entries: 0 };
}

/** What a configuration is made of may be large (dialplans are generated); anything else is kept while it is small. */
const CONFIGURATION = /\.(?:conf|ael|lua|cfg)$/;

/** Why a file of this size is not read; undefined: it may be. */
export function tooLarge(tree: Tree, path: string, size: number): string | undefined {
  const limit = CONFIGURATION.test(path) ? MOST.file : MOST.other;
  if (size > limit) return `larger than ${limit / 1_048_576} MiB`;
  return tree.bytes + size > MOST.total ? `more than ${MOST.total / 1_048_576} MiB in all files` : undefined;
}

/** Is this one entry too many? Told once. */
export function isFull(tree: Tree, where: string): boolean {
  if (tree.entries === MOST.entries) miss(tree, where, `more than ${MOST.entries} files: the others were not read`);
  return ++tree.entries > MOST.entries;
}

export function miss(tree: Tree, path: string, why: string): void {
  // A thousand say what ten thousand would.
  if (tree.unread.length < 1_000) tree.unread.push(`${path}: ${why}`);
}

/** Keeps a file as text, a character for each byte; what is no text is left out, and told where it should have been. */
export function keep(tree: Tree, path: string, bytes: Buffer, stats: Omit<AuditFile, "text">, shown = path): void {
  if (bytes.includes(0)) {
    if (CONFIGURATION.test(path)) miss(tree, shown, "it is binary, no configuration");
    return;
  }
  tree.bytes += bytes.length;
  tree.files.set(path, { text: bytes.toString("latin1"), ...stats });
}
