import { type FSWatcher, watch } from "node:fs";
import { basename } from "node:path";
import { type Place, placesOf } from "./places.ts";
import { codeOf } from "./troubles.ts";

/** inotify on one path, its folders, and the file that is open. */
export class Watcher {
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #folders = new Map<string, FSWatcher>();
  #file: FSWatcher | undefined;
  /** The open file is not where it was: only then its own changes matter, else its folder tells of them. */
  moved = false;
  /** Why the kernel does not tell of changes; empty: it does. */
  fault = "";

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#onChange = onChange;
  }

  /** What is watched follows what is there. True when more is watched than before: what happened there until now was not seen. */
  refresh(): boolean {
    this.fault = "";
    let isMore = false;
    const wanted = new Map<string, Place>();
    for (const place of placesSafe(this.#path)) wanted.set(`${place.id}\n${place.name}`, place);
    for (const [key, watcher] of this.#folders) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.#folders.delete(key);
    }
    for (const [key, { folder, name }] of wanted) {
      if (this.#folders.has(key)) continue;
      const itself = basename(folder);
      const watcher = this.#open(folder, (changed) => {
        if (changed === name || changed === itself || changed === null) this.#onChange();
      });
      if (watcher === undefined) continue;
      this.#folders.set(key, watcher);
      isMore = true;
    }
    return isMore;
  }

  /** The file that was opened. */
  follow(): void {
    this.unfollow();
    this.#file = this.#open(this.#path, () => {
      if (this.moved) this.#onChange();
    });
  }

  unfollow(): void {
    this.#file?.close();
    this.#file = undefined;
    this.moved = false;
  }

  close(): void {
    this.unfollow();
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #open(path: string, take: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(path, (_, name) => take(name));
      watcher.on("error", () => this.#onChange());
      return watcher;
    } catch (error) {
      const code = codeOf(error);
      // It went away in between, or may not be read: who opens it tells so.
      if (code !== "ENOENT" && code !== "EACCES" && code !== "EPERM") this.fault = code;
      return undefined;
    }
  }
}

function placesSafe(path: string): readonly Place[] {
  try {
    return placesOf(path);
  } catch {
    return [];
  }
}
