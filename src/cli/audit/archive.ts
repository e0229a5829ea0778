import { createReadStream } from "node:fs";
import { posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { whyOf } from "./folder.ts";
import { isFull, keep, MOST, miss, newTree, type Tree, tooLarge } from "./tree.ts";

/** Bytes of an archive once it is unpacked: a few kilobytes can stand for terabytes. */
const UNPACKED = 1_073_741_824;
const LINKS = 8;

/** Reads a tar file, packed by gzip or not, into memory; nothing is unpacked to disk. What came before damage is kept. */
export async function readArchive(file: string, isPacked: boolean, most = UNPACKED): Promise<Tree> {
  const tree = newTree();
  const links = new Map<string, string>();
  const parser = new Parser({
    // A name longer than this is no name.
    maxMetaEntrySize: 65_536,
    onReadEntry: (entry) => take(tree, links, entry),
    onwarn: (code, message) => miss(tree, file, `damaged: ${typeof message === "string" ? message : code}`),
  });
  const source = createReadStream(file, { highWaterMark: 262_144 });
  const steps = isPacked ? [source, createGunzip(), limited(most)] : [source, limited(most)];
  try {
    await pipeline([...steps, parser as unknown as NodeJS.WritableStream]);
  } catch (error) {
    miss(tree, file, error instanceof Overflow ? error.message : `damaged: ${whyOf(error)}`);
  }
  resolveLinks(tree, links);
  return tree;
}

class Overflow extends Error {}

function limited(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= most) done(null, chunk);
      else done(new Overflow(`more than ${most / 1_048_576} MiB once it is unpacked: the rest was not read`));
    },
  });
}

function take(tree: Tree, links: Map<string, string>, entry: ReadEntry): void {
  const what = KINDS[entry.type];
  if (what === undefined || isFull(tree, "the archive")) {
    entry.resume();
    return;
  }
  const shown = entry.path.slice(0, MOST.path);
  // What leads up and down again is no path that a packer writes.
  const path = entry.path.split("/").includes("..") ? undefined : below(entry.path);
  if (path === undefined) {
    miss(tree, shown, "a path that leads out of the archive, or is too long: not read");
    entry.resume();
  } else if (what === "file") takeFile(tree, path, shown, entry);
  else takeLink(tree, links, path, what, entry);
}

function takeLink(tree: Tree, links: Map<string, string>, path: string, what: string, entry: ReadEntry): void {
  const { linkpath = "" } = entry;
  // A hard link names its file from the root of the archive, a symbolic one from its own folder.
  const isFromRoot = what === "hard link" || linkpath.startsWith("/");
  const to = below(isFromRoot ? linkpath : posix.join(posix.dirname(path), linkpath));
  if (to === undefined) miss(tree, path, "a link that leads out of the archive: not followed");
  else links.set(path, to);
  entry.resume();
}

const KINDS: Readonly<Record<string, "file" | "hard link" | "link">> = {
  File: "file",
  OldFile: "file",
  ContiguousFile: "file",
  Link: "hard link",
  SymbolicLink: "link",
};

function takeFile(tree: Tree, path: string, shown: string, entry: ReadEntry): void {
  const why = tooLarge(tree, path, entry.size);
  if (why !== undefined) {
    miss(tree, shown, why);
    entry.resume();
    return;
  }
  const chunks: Buffer[] = [];
  const { mode = 0, uid = 0, gid = 0 } = entry;
  entry.on("data", (chunk) => chunks.push(chunk));
  entry.on("end", () => keep(tree, path, Buffer.concat(chunks), { mode: mode & 0o7777, uid, gid }));
}

/** A path below the root of the archive, as tar itself reads it: without slashes before it. Undefined: it leads out, or nowhere. */
function below(path: string): string | undefined {
  if (path.length > MOST.path) return undefined;
  const plain = posix.normalize(path.replace(/^\/+/, "")).replace(/\/$/, "");
  return plain === "." || plain === "" || plain === ".." || plain.startsWith("../") ? undefined : plain;
}

/** Links to files of the archive are those files. */
function resolveLinks(tree: Tree, links: ReadonlyMap<string, string>): void {
  for (const [path, first] of links) {
    let to: string | undefined = first;
    for (let hops = 0; hops < LINKS && to !== undefined && links.has(to); hops++) to = links.get(to);
    const file = to === undefined ? undefined : tree.files.get(to);
    if (file !== undefined) tree.files.set(path, file);
    else if (/\.(?:conf|ael|lua|cfg)$/.test(path)) miss(tree, path, `a link to ${first}, which is not in the archive`);
  }
}
