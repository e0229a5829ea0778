import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A Debian release with some packages, in a folder of its own: for peers that this machine's own release does not have. */
export interface Tree {
  readonly name: string;
  readonly suite: string;
  readonly packages: readonly string[];
}

/** Written last, with what was asked for: a folder without it, or with another one, is made anew. */
export const MARKER = ".complete";

/** Where trees are kept between runs. */
function cacheFolder(): string {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return process.env.REMPART_PEERS ?? join(caches, "rempart", "peers");
}

/** Whether `root` holds all of `tree`. */
export function isComplete(root: string, tree: Tree): boolean {
  const marker = join(root, MARKER);
  return existsSync(marker) && readFileSync(marker, "utf8") === JSON.stringify(tree);
}

/** The folder of a tree; made first when it is missing or was not finished, which takes a minute and needs root. */
export async function debianTree(tree: Tree): Promise<string> {
  const cache = cacheFolder();
  const root = join(cache, tree.name);
  if (isComplete(root, tree)) return root;
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  // The lock is held by the builder and all its children, so an orphan of a killed test finishes before anybody else begins.
  const builder = [process.execPath, join(import.meta.dirname, "build-debian.ts"), root, JSON.stringify(tree)];
  const child = spawn("flock", [`${root}.lock`, ...builder], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`Debian ${tree.suite} could not be made in ${root}: ${said}`);
  return root;
}

/** Test options for what needs such a tree: skipped with the reason where it cannot be made, but in CI it must be. */
export function needsTree(): { readonly skip: string | false } {
  if (process.env.CI !== undefined) return { skip: false };
  if (process.getuid?.() !== 0) return { skip: "a Debian in a folder of its own needs root" };
  if (!existsSync("/usr/sbin/debootstrap")) return { skip: "debootstrap is not here: apt-get install debootstrap" };
  return { skip: false };
}

/**
 * Where this machine's apt gets Debian from, and where such a mirror's old releases go: to the host "archive" of the same
 * domain, or to the folder debian-archive beside.
 */
export function mirrors(): readonly string[] {
  const words = ["indextargets", "--format", "$(LABEL) $(REPO_URI)", "Identifier: Packages"];
  const listed = execFileSync("apt-get", words, { encoding: "utf8" });
  const live = [...listed.matchAll(/^Debian ((?:https?|file):\S+?)\/?$/gm)].map((hit) => hit[1]);
  const archives = live
    .filter((mirror) => mirror.startsWith("http"))
    .flatMap((mirror) => {
      const { protocol, host } = new URL(mirror);
      const domain = host.slice(host.indexOf(".") + 1);
      return [`${protocol}//archive.${domain}/debian`, `${protocol}//${host}/debian-archive/debian`];
    });
  return [...new Set([...live, ...archives])];
}
