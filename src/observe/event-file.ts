import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { type Trouble, trouble } from "../base/index.ts";

/** Bytes of one file, and how many there are: the one that is written, and FILE.1 to FILE.4 before it. */
const FILE_BYTES = 20 * 1024 * 1024;
const FILES = 5;

export interface EventFileOptions {
  /** Told when lines begin to be lost (with what is in the way), and when they are written again (with how many were lost). */
  readonly onState: (state: { readonly why: string } | { readonly lost: number }) => void;
  /** Bytes after which the next file begins; for tests. */
  readonly bytes?: number;
}

/** A file of lines that only we read: mode 0600, never more than 5 of 20 MiB. */
export interface EventFile {
  readonly path: string;
  write(line: string): void;
  /** Opens it anew, after somebody else has moved it away. What was open goes on being written when that fails. */
  reopen(): Trouble | undefined;
  close(): void;
}

/** Opens it, or says why that cannot be: EVENTS_UNWRITABLE. */
export function openEventFile(path: string, o: EventFileOptions): EventFile | Trouble {
  const most = o.bytes ?? FILE_BYTES;
  const first = open(path);
  if (typeof first === "string") return unwritable(path, first, "nothing was started");
  const now = { ...first, lost: 0, isTorn: false };
  const take = (opened: Opened): void => {
    closeSync(now.fd);
    Object.assign(now, opened);
  };
  const rotate = (): string | undefined => {
    try {
      rmSync(`${path}.${FILES - 1}`, { force: true });
      for (let n = FILES - 2; n >= 0; n--) moveOn(n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`);
    } catch (error) {
      return (error as Error).message;
    }
    const opened = open(path);
    if (typeof opened === "string") return opened;
    take(opened);
    return undefined;
  };
  const put = (line: string): string | undefined => {
    const bytes = Buffer.from(now.isTorn ? `\n${line}\n` : `${line}\n`);
    const fault = now.size > 0 && now.size + bytes.length > most ? rotate() : undefined;
    if (fault !== undefined) return fault;
    try {
      const written = writeSync(now.fd, bytes);
      now.size += written;
      // A full disk takes half a line: the next one must not be glued to it.
      now.isTorn = written < bytes.length;
      return now.isTorn ? "the disk is full" : undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return {
    path,
    write(line) {
      const why = put(line);
      if (why !== undefined) {
        if (now.lost++ === 0) o.onState({ why });
      } else if (now.lost > 0) {
        o.onState({ lost: now.lost });
        now.lost = 0;
      }
    },
    reopen() {
      const opened = open(path);
      if (typeof opened === "string") return unwritable(path, opened, "the file that was open is written on");
      take(opened);
      now.isTorn = false;
      return undefined;
    },
    close: () => closeSync(now.fd),
  };
}

interface Opened {
  readonly fd: number;
  readonly size: number;
}

/** Text: what is in the way. */
function open(path: string): Opened | string {
  // Not waiting for a reader, should it be a pipe; not through a link that somebody else has laid.
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600);
    const about = fstatSync(fd);
    if (!about.isFile()) {
      closeSync(fd);
      return "it is no file";
    }
    fchmodSync(fd, 0o600);
    return { fd, size: about.size };
  } catch (error) {
    return (error as Error).message;
  }
}

function moveOn(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function unwritable(path: string, why: string, safe: string): Trouble {
  const next = "make its folder writable for this user, or name another file with `events` in the configuration";
  return trouble("EVENTS_UNWRITABLE", `the file of events ${path} cannot be opened: ${why}`, safe, next);
}
