import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Trouble, trouble } from "../base/index.ts";
import { LIST_LIMITS } from "./limits.ts";
import { jsonOf } from "./parse.ts";

/** The last good copy of a list, so that a start without network has it. */
export interface Kept {
  readonly text: string;
  readonly etag: string;
  readonly modified: string;
  /** Where to go on, for services that answer in pages. */
  readonly cursor: string;
  /** Wall milliseconds when it was fetched, or said to be still good. */
  readonly at: number;
}

const HEADER = 4_096;

/** The copy of this name that came from this source; undefined when there is none that can be read. */
export async function readKept(folder: string, name: string, source: string): Promise<Kept | undefined> {
  const whole = await readBounded(pathOf(folder, name)).catch(() => undefined);
  if (whole === undefined) return undefined;
  const end = whole.indexOf("\n");
  const about = jsonOf(whole.slice(0, Math.min(end, HEADER)));
  if (typeof about !== "object" || about === null || Reflect.get(about, "source") !== digest(source)) return undefined;
  const said = (key: string): string => String(Reflect.get(about, key) ?? "");
  const at = Number(said("at"));
  if (!Number.isFinite(at)) return undefined;
  return { text: whole.slice(end + 1), etag: said("etag"), modified: said("modified"), cursor: said("cursor"), at };
}

/** Writes it for nobody else to read: whole or not at all. LIST_UNWRITABLE. */
export async function writeKept(
  folder: string,
  name: string,
  source: string,
  { text, ...about }: Kept,
): Promise<undefined | Trouble> {
  const path = pathOf(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      // The URL itself may hold what is nobody's business: its digest tells as well whether it is the same.
      await file.writeFile(`${JSON.stringify({ source: digest(source), ...about })}\n${text}`, "latin1");
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    return undefined;
  } catch (error) {
    const what = `list ${name} cannot be kept in ${folder}: ${(error as Error).message}`;
    return trouble(
      "LIST_UNWRITABLE",
      what,
      "it is in force; a start without network will not have it",
      "bin/rempart doctor",
    );
  }
}

/** The text of a file, as Latin-1, so that any bytes are a text; no more than a list may have. Throws what the disk says. */
export async function readBounded(path: string): Promise<string> {
  // Asked before it is opened: opening a pipe would wait for whoever writes to it.
  const about = await stat(path);
  if (!about.isFile()) throw new Error("it is no file");
  if (about.size > LIST_LIMITS.bytes + HEADER) throw new Error(`more than ${LIST_LIMITS.bytes / 1_048_576} MiB`);
  return readFile(path, "latin1");
}

/** The line "Name: value" of a file; LIST_UNREADABLE. */
export async function readHeader(path: string): Promise<Readonly<Record<string, string>> | Trouble> {
  if (path === "") return {};
  const text = await readFile(path, "latin1").catch((error: unknown) => error as Error);
  const parts = typeof text === "string" ? /^([\w-]{1,64}): *([\x21-\x7e][\x20-\x7e]{0,2000})\r?\n?$/.exec(text) : null;
  if (parts !== null) return { [parts[1]]: parts[2].trimEnd() };
  // Never what stands in it: that is a key.
  const what =
    typeof text === "string" ? `${path} is not one line "Name: value"` : `${path} cannot be read: ${text.message}`;
  return trouble(
    "LIST_UNREADABLE",
    what,
    "the list in force stays in force",
    "mend that file, then `rempart lists refresh`",
  );
}

function pathOf(folder: string, name: string): string {
  return join(folder, `${name}.list`);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
