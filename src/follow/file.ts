// TEMPORARY: stands in for the follower by inotify, which has this signature. It looks twenty times a second.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { trouble } from "../base/index.ts";
import type { Followed, Follower } from "./follow.ts";

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

/** Follows a file: what is appended is handed over, through rotation, for as long as `stop` is not called. */
export function followFile(
  path: string,
  { from }: { from: "start" | "end" | Position },
  follower: Follower,
): FollowedFile {
  let next: "start" | "end" | Position = from;
  let open: { readonly fd: number; readonly inode: number; offset: number; line: number } | undefined;
  let missing = false;
  const buffer = Buffer.alloc(65_536);
  const drain = (): void => {
    for (let n = 1; open !== undefined && n > 0; ) {
      n = readSync(open.fd, buffer, 0, buffer.length, open.offset);
      const lf = buffer.subarray(0, n).lastIndexOf(10);
      if (lf >= 0) open.line = open.offset + lf + 1;
      open.offset += n;
      if (n > 0) follower.onBytes(buffer.subarray(0, n));
    }
  };
  const enter = (file: string, offset: number): void => {
    const fd = openSync(file, "r");
    open = { fd, inode: fstatSync(fd).ino, offset, line: offset };
    drain();
  };
  const leave = (): void => {
    if (open !== undefined) closeSync(open.fd);
    open = undefined;
  };
  const look = (): void => {
    const found = statSync(path, { throwIfNoEntry: false });
    if ((found === undefined) !== missing) {
      missing = found === undefined;
      const gone = trouble("FOLLOW_MISSING", `${path} is not there`, "It is waited for.", `ls -l ${path}`);
      follower.onTrouble(missing ? gone : undefined);
    }
    drain();
    if (found === undefined) {
      if (next === "end") next = "start";
      return;
    }
    if (open !== undefined && open.inode === found.ino && found.size >= open.offset) return;
    if (open === undefined && typeof next === "object" && next.inode !== found.ino) {
      const { inode, offset } = next;
      const names = readdirSync(dirname(path)).map((name) => join(dirname(path), name));
      const old = names.find(
        (name) => name.startsWith(join(dirname(path), basename(path))) && statSync(name).ino === inode,
      );
      if (old !== undefined) enter(old, offset);
    }
    const size = next === "end" ? found.size : 0;
    const offset = typeof next === "object" && next.inode === found.ino ? next.offset : size;
    leave();
    next = "start";
    enter(path, offset);
  };
  const timer = setInterval(look, 50);
  timer.unref();
  look();
  return {
    at: () => open && { inode: open.inode, offset: open.line },
    stop: async () => {
      clearInterval(timer);
      leave();
    },
  };
}
