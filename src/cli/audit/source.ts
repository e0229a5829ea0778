import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Trouble, trouble } from "../../base/index.ts";
import { readFolder, whyOf } from "./folder.ts";
import { keep, newTree, type Tree, tooLarge } from "./tree.ts";

/** What was named, read. */
export interface Source {
  /** As the user named it. */
  readonly subject: string;
  /** What the paths of the tree begin with, as it is shown: the same but for one file alone, which is in a folder. */
  readonly name: string;
  readonly kind: "folder" | "archive" | "file";
  /** This machine's own configuration: then more of the machine may be looked at. */
  readonly isLive: boolean;
  readonly tree: Tree;
}

/** Where Asterisk and Kamailio have their files; tests have a machine of their own below `root`. */
export function liveFolder(what: "asterisk" | "kamailio", root = "/"): string {
  return join(root, "etc", what);
}

/** Reads a folder, a tar file or a single file; USAGE_AUDIT when it cannot be, or is something else. */
export async function readSource(name: string, root = "/"): Promise<Source | Trouble> {
  try {
    const stats = await stat(name);
    if (stats.isDirectory()) {
      const isLive = [liveFolder("asterisk", root), liveFolder("kamailio", root)].includes(resolve(name));
      const tree = await readFolder(name, isLive ? "follow" : "inside");
      return { subject: name, name, kind: "folder", isLive, tree };
    }
    if (!stats.isFile()) return refused(name, "it is neither a folder nor a file");
    const kind = kindOf(await firstBytes(name));
    if (kind === "other") return refused(name, "it is packed in a way that is not read here");
    if (kind === "text") return readFileAlone(name, stats.size);
    const { readArchive } = await import("./archive.ts");
    const tree = await readArchive(name, kind === "gzip");
    if (tree.files.size === 0) return refused(name, ["it holds no file that could be read", ...tree.unread].join("; "));
    return { subject: name, name, kind: "archive", isLive: false, tree };
  } catch (error) {
    return refused(name, whyOf(error));
  }
}

async function readFileAlone(name: string, size: number): Promise<Source | Trouble> {
  const tree = newTree();
  const why = tooLarge(tree, name, size);
  if (why !== undefined) return refused(name, `it is ${why}`);
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(name);
  if (bytes.length === 0) return refused(name, "it is empty");
  if (bytes.includes(0)) return refused(name, "it is binary, no configuration");
  const { mode, uid, gid } = await stat(name);
  keep(tree, basename(name), bytes, { mode: mode & 0o7777, uid, gid });
  return { subject: name, name: dirname(name), kind: "file", isLive: false, tree };
}

async function firstBytes(name: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(name, "r");
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle?.close();
  }
}

const MAGIC: readonly (readonly [string, string])[] = [
  ["1f8b", "gzip"],
  ["425a68", "bzip2"],
  ["fd377a585a00", "xz"],
  ["28b52ffd", "zstd"],
  ["504b0304", "zip"],
  ["377abcaf271c", "7z"],
];

function kindOf(head: Buffer): "gzip" | "tar" | "text" | "other" {
  const packed = MAGIC.find(([hex]) => head.toString("hex").startsWith(hex))?.[1];
  if (packed !== undefined) return packed === "gzip" ? "gzip" : "other";
  // POSIX and GNU have it; archives from before 1988 have not.
  return head.toString("latin1", 257, 262) === "ustar" ? "tar" : "text";
}

function refused(name: string, why: string): Trouble {
  return trouble(
    "USAGE_AUDIT",
    `${name} cannot be audited: ${why}`,
    "Nothing was changed.",
    "Name a folder such as /etc/asterisk, or a tar file of it (tar czf copy.tar.gz /etc/asterisk): rempart audit PATH",
  );
}

/** Files that Asterisk does not start without, or that are about its doors. */
const ASTERISK = /^(?:asterisk|extensions|pjsip|sip|iax|manager|modules|http|ari)\.conf$/;
const KAMAILIO = /^kamailio(?:-[\w-]+)?\.cfg$/;

/** The folder in a tree that holds the configuration, the one nearest to the top; undefined: there is none. */
export function baseOf(tree: Tree, what: "asterisk" | "kamailio"): string | undefined {
  const pattern = what === "asterisk" ? ASTERISK : KAMAILIO;
  let best: string | undefined;
  for (const path of tree.files.keys()) {
    const folder = dirname(path);
    if (!pattern.test(basename(path)) || isBetter(best, folder)) continue;
    best = folder;
  }
  return best === "." ? "" : best;
}

/** Is `best` nearer to the top than `folder`, or as near and first by name? */
function isBetter(best: string | undefined, folder: string): boolean {
  if (best === undefined) return false;
  const depth = (path: string): number => (path === "." ? 0 : path.split("/").length);
  return depth(best) < depth(folder) || (depth(best) === depth(folder) && best <= folder);
}

/** Nothing that this command knows. */
export function nothingThere(source: Source): Trouble {
  const some = [...source.tree.files.keys()].slice(0, 3).join(", ");
  const unread = source.tree.unread.slice(0, 3).join("; ");
  const seen = some !== "" ? `there is ${some}` : unread !== "" ? unread : "it is empty";
  return refused(
    source.subject,
    `no file of Asterisk (pjsip.conf, sip.conf, extensions.conf, …) or Kamailio (kamailio.cfg) is in it: ${seen}`,
  );
}
