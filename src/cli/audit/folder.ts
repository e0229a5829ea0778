import { constants, readdirSync, realpathSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join, relative } from "node:path";
import { isFull, keep, MOST, miss, newTree, type Tree, tooLarge } from "./tree.ts";

/** Links that lead out of the folder are followed on this machine's own files alone: in a copy they may lead to anything of the reader's. */
export type Links = "follow" | "inside";

/** Reads a folder with all below it. */
export async function readFolder(folder: string, links: Links, tree = newTree()): Promise<Tree> {
  await walk({ root: folder, real: realpathSync(folder), links, tree }, "", 0);
  return tree;
}

interface Walk {
  readonly root: string;
  readonly real: string;
  readonly links: Links;
  readonly tree: Tree;
}

async function walk(w: Walk, below: string, depth: number): Promise<void> {
  let entries: readonly { name: string; isDirectory(): boolean; isSymbolicLink(): boolean }[];
  try {
    entries = readdirSync(join(w.root, below), { withFileTypes: true });
  } catch (error) {
    miss(w.tree, join(w.root, below), whyOf(error));
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (isFull(w.tree, w.root)) return;
    if (entry.isDirectory()) {
      if (depth === MOST.depth) miss(w.tree, join(w.root, path), `more than ${MOST.depth} folders within each other`);
      else await walk(w, path, depth + 1);
    } else await readOne(w, path, entry.isSymbolicLink());
  }
}

async function readOne(w: Walk, path: string, isLink: boolean): Promise<void> {
  const shown = join(w.root, path);
  let handle: FileHandle | undefined;
  try {
    if (isLink && !mayFollow(w, shown)) {
      miss(w.tree, shown, "a link that leads out of the folder: not followed in a copy");
      return;
    }
    // A pipe would never end, and a file may become a link after it was looked at.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (isLink ? 0 : constants.O_NOFOLLOW);
    handle = await open(shown, flags);
    const stats: Stats = await handle.stat();
    if (!stats.isFile()) return;
    const why = tooLarge(w.tree, path, stats.size);
    const { mode, uid, gid } = stats;
    if (why !== undefined) miss(w.tree, shown, why);
    else keep(w.tree, path, await handle.readFile(), { mode: mode & 0o7777, uid, gid }, shown);
  } catch (error) {
    miss(w.tree, shown, whyOf(error));
  } finally {
    await handle?.close();
  }
}

function mayFollow({ real, links }: Walk, path: string): boolean {
  if (links === "follow") return true;
  const inside = relative(real, realpathSync(path));
  return inside !== ".." && !inside.startsWith("../");
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no right to read it",
  EPERM: "no right to read it",
  ELOOP: "a link that leads in a circle",
  ENXIO: "no file but a socket",
};

/** Why the system would not, in words. */
export function whyOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return WHY[code] ?? code;
}
