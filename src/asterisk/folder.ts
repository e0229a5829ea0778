import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { ConfFile, OpenFiles } from "./conf.ts";

const LARGEST = 4 * 1_048_576;
/** Bytes of all files together, and files of one pattern: a folder may be somebody else's. */
const TOGETHER = 32 * 1_048_576;
const MATCHES = 256;

/**
 * Opens the files of one folder, such as /etc/asterisk. What a name leads to outside of it is refused: the folder may be
 * somebody else's. A link in the folder is followed, since FreePBX keeps half of its files behind links.
 */
export function openFolder(folder: string): OpenFiles {
  const root = resolve(folder);
  let left = TOGETHER;
  return (name) => {
    const path = resolve(root, name);
    const inside = relative(root, path);
    if (inside === "" || inside === ".." || inside.startsWith("../")) return "outside of the folder: not read";
    const paths = /[*?[]/.test(basename(path)) ? matches(path) : [path];
    if (paths.length > MATCHES) return `more than ${MATCHES} files`;
    const files: ConfFile[] = [];
    for (const each of paths) {
      const text = readText(each, left);
      if (text.startsWith("!")) return text.slice(1);
      left -= text.length;
      files.push({ path: relative(root, each), text: text.slice(1) });
    }
    return files;
  };
}

/** Files that a pattern in the last part of a path stands for, by name; none is no fault, as with Asterisk. */
function matches(pattern: string): string[] {
  const folder = dirname(pattern);
  try {
    const names = readdirSync(folder).filter((name) => fits(name, basename(pattern)));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * glob(7) without braces. By hand, since a pattern of somebody else's with many stars would keep a regular expression busy for years: here
 * the work is at most the product of both lengths.
 */
function fits(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let [at, p] = [0, 0];
  // Where to go on when what stands behind the last star does not fit: one character later.
  let [star, from] = [-1, 0];
  while (at < name.length) {
    const length = pattern[p] === "*" ? 0 : oneFits(name[at], pattern, p);
    if (length > 0) {
      at++;
      p += length;
    } else if (pattern[p] === "*") {
      star = ++p;
      from = at;
    } else if (star >= 0) {
      at = ++from;
      p = star;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Characters of the pattern at `p` that stand for `c`; 0 when they do not. */
function oneFits(c: string, pattern: string, p: number): number {
  if (pattern[p] === "?") return 1;
  const close = pattern[p] === "[" ? pattern.indexOf("]", p + 2) : -1;
  if (close < 0) return pattern[p] === c ? 1 : 0;
  const not = pattern[p + 1] === "!" || pattern[p + 1] === "^";
  let found = false;
  for (let i = p + (not ? 2 : 1); i < close; i++) {
    const isRange = pattern[i + 1] === "-" && i + 2 < close;
    if (c >= pattern[i] && c <= pattern[isRange ? i + 2 : i]) found = true;
    if (isRange) i += 2;
  }
  return found === not ? 0 : close + 1 - p;
}

const WHY: Readonly<Record<string, string>> = { ENOENT: "no such file", EACCES: "no right to read it" };

/** " " and the text, or "!" and why there is none. */
function readText(path: string, left: number): string {
  try {
    const stats = statSync(path);
    // A pipe or a device would never end.
    if (!stats.isFile()) return "!not a file";
    if (stats.size > LARGEST) return `!larger than ${LARGEST} bytes`;
    if (stats.size > left) return `!more than ${TOGETHER} bytes in all files`;
    return ` ${readFileSync(path, "utf8")}`;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return `!${WHY[code] ?? code}`;
  }
}
