import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { ConfFile, OpenFiles } from "./conf.ts";
import { fits } from "./glob.ts";

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
