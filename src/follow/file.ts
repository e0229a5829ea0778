import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Trouble } from "../base/index.ts";
import type { Followed, Follower } from "./follow.ts";
import { codeOf, fileTrouble, inotifyTrouble, lostTrouble } from "./troubles.ts";
import { Watcher } from "./watcher.ts";

/** A place in a file, at the beginning of a line: what stands before it has been handed over. */
export interface Position {
  readonly inode: number;
  readonly offset: number;
}

/** A file that is followed. */
export interface FollowedFile extends Followed {
  /** Where to go on another time; undefined while there is no file. */
  at(): Position | undefined;
}

/** Most bytes at once. */
const PIECE = 262_144;
/** How often it is looked, whatever the kernel tells; and when the kernel tells nothing at all. */
const CHECK = 60_000;
const POLL = 1_000;
const LF = 10;
const LINE_END = Buffer.from("\n");

interface Opened {
  readonly handle: FileHandle;
  readonly id: string;
  readonly inode: number;
}

/**
 * Follows a file by inotify: what is appended is handed over, through rotation by renaming and by copying, for as long as `stop` is not called. The
 * file, its folder or the right to read it may come and go. `from`: its beginning, its end as it is now, or where it was left (`at()`).
 *
 * A line that has no end when its file is left behind gets one, so that nothing of two files stands in one line.
 */
export function followFile(
  path: string,
  { from }: { from: "start" | "end" | Position },
  follower: Follower,
): FollowedFile {
  const following = new FileFollower(path, from, follower);
  following.begin();
  return following;
}

class FileFollower implements FollowedFile {
  readonly #path: string;
  readonly #follower: Follower;
  readonly #watcher: Watcher;
  readonly #buffer = Buffer.allocUnsafeSlow(PIECE);
  /** Where the first file is begun; undefined: anything that comes is new. */
  #from: "start" | "end" | Position | undefined;
  #open: Opened | undefined;
  #offset = 0;
  /** Where the line began that has no end yet. */
  #line = 0;
  #running: Promise<void> | undefined;
  #again = false;
  /** This look is not for something that has just happened. */
  #late = false;
  #stopped = false;
  #trouble: Trouble | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, from: "start" | "end" | Position, follower: Follower) {
    this.#path = path;
    this.#from = from;
    this.#follower = follower;
    this.#watcher = new Watcher(path, () => this.#look());
  }

  begin(): void {
    this.#watcher.refresh();
    this.#look();
  }

  at(): Position | undefined {
    return this.#open && { inode: this.#open.inode, offset: this.#line };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#watcher.close();
    await this.#running;
    await this.#leave();
  }

  /** Something may have changed. One look at a time; what happens meanwhile brings another one. */
  #look(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (this.#running !== undefined) return;
    clearTimeout(this.#timer);
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (this.#again) return this.#look();
      if (!this.#stopped)
        this.#timer = setTimeout(() => this.#check(), this.#watcher.fault === "" ? CHECK : POLL).unref();
    });
  }

  #check(): void {
    this.#watcher.refresh();
    this.#late = true;
    this.#look();
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#catchUp();
        const { fault } = this.#watcher;
        this.#tell(fault === "" ? undefined : inotifyTrouble(this.#path, fault));
      } catch (error) {
        if (this.#watcher.refresh()) this.#again = true;
        // Renamed, and the next one is not there yet: for a moment that is as it should be.
        const isMoving = codeOf(error) === "ENOENT" && this.#open !== undefined && !this.#late;
        if (!isMoving) this.#tell(fileTrouble(this.#path, codeOf(error)));
      }
      this.#late = false;
    }
  }

  /** Reads what there is to read, of the file that is open and of the one that has taken its place. */
  async #catchUp(): Promise<void> {
    while (!this.#stopped) {
      await this.#readOn();
      const found = await this.#present();
      const open = this.#open;
      if (this.#stopped || (open !== undefined && found !== undefined && this.#isAllRead(open, found))) return;
      if (open !== undefined && (found === undefined || idOf(found) !== open.id)) {
        if (!this.#watcher.moved) {
          // What was written to it before its own changes mattered.
          this.#watcher.moved = true;
          this.#watcher.refresh();
          continue;
        }
        // What writes it may have the old one open still: that is over when something stands in the new one.
        if (found?.size === 0n) return;
      }
      if (found === undefined) throw Object.assign(new Error(), { code: "ENOENT" });
      if (open === undefined || idOf(found) !== open.id) {
        this.#watcher.refresh();
        await this.#readOn();
        await this.#enter();
      }
    }
  }

  /** It is in its place, and no longer than what was read of it. */
  #isAllRead(open: Opened, found: BigIntStats): boolean {
    if (idOf(found) !== open.id) return false;
    this.#watcher.moved = false;
    const size = Number(found.size);
    if (size < this.#offset) this.#restart();
    return size === this.#offset;
  }

  /** What stands at the path; undefined: nothing. */
  async #present(): Promise<BigIntStats | undefined> {
    try {
      const found = await stat(this.#path, { bigint: true });
      // Opening a pipe would wait for its other side.
      if (!found.isFile()) throw Object.assign(new Error(), { code: "NOTFILE" });
      return found;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      // What comes from now on is read whole.
      if (this.#from === "end") this.#from = undefined;
      return undefined;
    }
  }

  /** Everything behind the offset of the open file. */
  async #readOn(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    while (!this.#stopped) {
      const { bytesRead } = await open.handle.read(this.#buffer, 0, PIECE, this.#offset);
      if (bytesRead > 0) this.#hand(this.#buffer.subarray(0, bytesRead));
      if (bytesRead < PIECE) return;
    }
  }

  #hand(piece: Buffer): void {
    const lf = piece.lastIndexOf(LF);
    if (lf >= 0) this.#line = this.#offset + lf + 1;
    this.#offset += piece.length;
    this.#follower.onBytes(piece);
  }

  /** Opens what stands at the path now, in the place of what was open. */
  async #enter(): Promise<void> {
    const from = this.#from;
    const next = await openFile(this.#path);
    await this.#leave();
    this.#from = undefined;
    const isPosition = typeof from === "object";
    if (isPosition && from.inode !== next.inode) await this.#readRotated(from);
    if (this.#stopped) return next.handle.close();
    let offset = 0;
    if (from === "end") offset = Number((await next.handle.stat()).size);
    else if (isPosition && from.inode === next.inode) offset = await resumable(next.handle, from.offset);
    this.#begin(next, offset);
    this.#watcher.follow();
  }

  #begin(opened: Opened, offset: number): void {
    this.#open = opened;
    this.#offset = offset;
    this.#line = offset;
  }

  /** The rest of a file that was rotated while nobody followed, and those that came after it. */
  async #readRotated({ inode, offset }: Position): Promise<void> {
    const all = await rotatedFiles(this.#path);
    const first = all.findIndex((each) => each.inode === inode);
    if (first < 0) return this.#tell(lostTrouble(this.#path));
    for (const { path } of all.slice(first)) {
      const opened = await openFile(path);
      this.#begin(opened, opened.inode === inode ? await resumable(opened.handle, offset) : 0);
      try {
        await this.#readOn();
      } finally {
        await this.#leave();
      }
    }
  }

  /** The same file begins anew: it was copied away and truncated. */
  #restart(): void {
    this.#endLine();
    this.#offset = 0;
    this.#line = 0;
  }

  async #leave(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    if (!this.#stopped) this.#endLine();
    this.#open = undefined;
    this.#watcher.unfollow();
    await open.handle.close();
  }

  #endLine(): void {
    if (this.#line < this.#offset) this.#follower.onBytes(LINE_END);
  }

  #tell(trouble: Trouble | undefined): void {
    if (trouble?.code === this.#trouble?.code || this.#stopped) return;
    this.#trouble = trouble;
    this.#follower.onTrouble(trouble);
  }
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}

async function openFile(path: string): Promise<Opened> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat({ bigint: true });
    return { handle, id: idOf(found), inode: Number(found.ino) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The offset, where a line ended right before it; else 0: a file that is shorter, or has something else there, was begun anew, or is another one
 * that was given the same inode.
 */
async function resumable(handle: FileHandle, offset: number): Promise<number> {
  if (offset === 0) return 0;
  const before = Buffer.alloc(1);
  const { bytesRead } = await handle.read(before, 0, 1, offset - 1);
  return bytesRead === 1 && before[0] === LF ? offset : 0;
}

/** What stands beside the present file under a name that begins like it ("full.1"), the oldest first; what is packed cannot be gone on with. */
async function rotatedFiles(path: string): Promise<{ path: string; inode: number; at: bigint }[]> {
  const name = basename(path);
  const found: { path: string; inode: number; at: bigint }[] = [];
  for (const each of await readdir(dirname(path))) {
    if (!each.startsWith(name) || each === name || PACKED.test(each)) continue;
    const other = join(dirname(path), each);
    const about = await stat(other, { bigint: true }).catch(() => undefined);
    if (about?.isFile() === true) found.push({ path: other, inode: Number(about.ino), at: about.mtimeNs });
  }
  return found.sort((a, b) => Number(a.at - b.at));
}

const PACKED = /\.(?:gz|bz2|xz|zst|Z)$/;
