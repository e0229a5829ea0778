import { fits, type OpenFiles } from "../../asterisk/index.ts";
import type { AuditInput } from "../input.ts";

/** Where Asterisk's files stand by default: a copy of them says so in its includes. */
const STANDARD = "/etc/asterisk/";
const MOST_MATCHES = 256;

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

/** Opens what was handed in; nothing is read besides. */
export function openInput(input: AuditInput): OpenFiles {
  return (name) => {
    const path = pathOf(name, input.folder);
    if (path === undefined) return "outside of the folder: not read";
    if (!/[*?[]/.test(path)) {
      const file = input.files.get(path);
      return file === undefined ? "no such file" : [{ path, text: file.text }];
    }
    const paths = [...input.files.keys()].filter((each) => fitsPath(each, path)).sort();
    if (paths.length > MOST_MATCHES) return `more than ${MOST_MATCHES} files`;
    return paths.map((each) => ({ path: each, text: input.files.get(each)?.text ?? "" }));
  };
}

/** A star does not stand for "/". */
function fitsPath(path: string, pattern: string): boolean {
  const [names, patterns] = [path.split("/"), pattern.split("/")];
  return names.length === patterns.length && names.every((n, i) => fits(n, patterns[i]));
}
