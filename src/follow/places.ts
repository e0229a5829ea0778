import { readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** A folder, and the name in it whose coming and going matters. */
export interface Place {
  readonly folder: string;
  readonly name: string;
  /** Which folder it was: another one of the same name is another place. */
  readonly id: string;
}

/** Links from one to the next, as many as the kernel follows. */
const HOPS = 40;

/**
 * Where something has to happen for `path` to lead to another file: its folder, or while that is missing the nearest one above it; and for a link
 * the same of what it points to. A folder that was renamed away is noticed in the one above.
 */
export function placesOf(path: string): Place[] {
  const places = new Map<string, Place>();
  let at = path;
  for (let hop = 0; hop < HOPS; hop++) {
    for (const place of above(at)) places.set(`${place.folder}\n${place.name}`, place);
    const target = linkOf(at);
    if (target === undefined) break;
    at = resolve(real(dirname(at)), target);
  }
  return [...places.values()];
}

/** The folder of `path` and the one above that; or the nearest that is there. */
function above(path: string): Place[] {
  const found: Place[] = [];
  for (let at = path; at !== dirname(at) && found.length < 2; at = dirname(at)) {
    const id = idOf(dirname(at));
    if (id !== undefined) found.push({ folder: dirname(at), name: basename(at), id });
  }
  return found;
}

function idOf(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false, bigint: true });
  return stat?.isDirectory() === true ? `${stat.dev} ${stat.ino}` : undefined;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return join(folder);
  }
}
