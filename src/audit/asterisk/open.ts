import { type ConfFile, fits, type OpenFiles } from "../../asterisk/index.ts";
import type { AuditInput } from "../input.ts";

/** Where Asterisk's files stand by default: a copy of them says so in its includes. */
const STANDARD = "/etc/asterisk/";
const MOST_MATCHES = 256;
/** Of all files together, each as often as it is included: nothing stops a file from being named a thousand times. */
const MOST_CHARACTERS = 268_435_456;

/** The path below the folder that a name in the configuration leads to; undefined where it leads out of it. */
export function pathOf(name: string, folder: string): string | undefined {
  const root = `${folder.replace(/\/+$/, "")}/`;
  const inside = [root, STANDARD].find((r) => name.startsWith(r));
  const below = inside === undefined ? name : name.slice(inside.length);
  if (below.startsWith("/")) return undefined;
  const path: string[] = [];
  for (const part of below.split("/")) {
    if (part === "..") {
      if (path.pop() === undefined) return undefined;
    } else if (part !== "." && part !== "") path.push(part);
  }
  return path.join("/");
}

/** Opens what was handed in; nothing is read besides. One for all files of a configuration, since it keeps count. */
export function openInput(input: AuditInput): OpenFiles {
  let left = MOST_CHARACTERS;
  const give = (paths: readonly string[]): readonly ConfFile[] | string => {
    const files = paths.map((path) => ({ path, text: input.files.get(path)?.text ?? "" }));
    left -= files.reduce((sum, file) => sum + file.text.length, 0);
    return left < 0 ? `more than ${MOST_CHARACTERS} characters in all files` : files;
  };
  return (name) => {
    const path = pathOf(name, input.folder);
    if (path === undefined) return "outside of the folder: not read";
    if (!/[*?[]/.test(path)) {
      return input.files.has(path) ? give([path]) : "no such file";
    }
    const plain = path.slice(0, path.search(/[*?[]/));
    const paths = [...input.files.keys()].filter((each) => each.startsWith(plain) && fitsPath(each, path)).sort();
    return paths.length > MOST_MATCHES ? `more than ${MOST_MATCHES} files` : give(paths);
  };
}

/** A star does not stand for "/". */
function fitsPath(path: string, pattern: string): boolean {
  const [names, patterns] = [path.split("/"), pattern.split("/")];
  return names.length === patterns.length && names.every((n, i) => fits(n, patterns[i]));
}
