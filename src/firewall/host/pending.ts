import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A ruleset that is loaded and not confirmed yet. While its file is there, no other may be applied. */
export interface Pending {
  readonly id: string;
  /** Wall clock, for people. */
  readonly at: number;
  readonly until: number;
  /** Milliseconds. */
  readonly within: number;
  /** Of this start of the machine: a restart forgets what was not confirmed. */
  readonly boot: string;
  /** The process that takes it back; undefined until it has begun. */
  readonly guard?: GuardProcess;
  readonly ruleset: string;
  /** Our table before; null: there was none. */
  readonly previous: string | null;
}

/** A process, told from a later one of the same number by when it began. */
export interface GuardProcess {
  readonly pid: number;
  readonly start: string;
}

/** How the last apply ended. */
export interface Last {
  readonly outcome: "confirmed" | "taken back" | "not taken back";
  readonly at: number;
  readonly why: string;
  /** Of a confirmed one: our table, and the file for the start of the machine, before it. */
  readonly previous: string | null;
  readonly previousFile: string | null;
}

/** What the state folder keeps of the firewall; all of it 0600 in a folder of 0700. */
export function places(state: string) {
  const folder = join(state, "firewall");
  return {
    folder,
    pending: join(folder, "pending.json"),
    last: join(folder, "last.json"),
    /** The confirmed ruleset, for the start of the machine. */
    ruleset: join(folder, "host.nft"),
  };
}

/** Writes the first note of an apply; false: there is one already. Throws where it cannot be written. */
export function begin(state: string, pending: Pending): boolean {
  const at = places(state);
  mkdirSync(at.folder, { recursive: true, mode: 0o700 });
  const own = `${at.pending}.${pending.id}`;
  writeFileSync(own, JSON.stringify(pending), { mode: 0o600, flush: true });
  try {
    // A link is there whole or not at all, and never in the place of another.
    linkSync(own, at.pending);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** What is not confirmed yet. */
export function readPending(state: string): Pending | undefined {
  return readJson<Pending>(places(state).pending);
}

export function readLast(state: string): Last | undefined {
  return readJson<Last>(places(state).last);
}

/** Replaces the note of the same apply. */
export function rewrite(state: string, pending: Pending): void {
  replace(places(state).pending, JSON.stringify(pending));
}

/**
 * Takes the note away, which one alone can do: who has taken it decides what becomes of the ruleset, be it the one who confirms or the guard. False: somebody
 * else has.
 */
export function take(state: string, id: string): boolean {
  const at = places(state);
  if (readPending(state)?.id !== id) return false;
  const taken = `${at.pending}.${process.pid}`;
  try {
    renameSync(at.pending, taken);
  } catch {
    return false;
  }
  rmSync(taken, { force: true });
  return true;
}

/**
 * Why what is in the folder must not be believed: who could write there could have any rules loaded as root. Undefined: it may be, or is not there yet.
 */
export function untrusted(state: string): string | undefined {
  const { folder } = places(state);
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory()) return "it is no folder";
    if (found.uid !== process.geteuid?.()) return `it belongs to user ${found.uid}`;
    return (found.mode & 0o022) === 0 ? undefined : "others may write in it";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : String(error);
  }
}

/** Best effort: rules go back even where nothing can be written any more. */
export function writeLast(state: string, last: Last): void {
  try {
    replace(places(state).last, JSON.stringify(last));
  } catch {}
}

/** A file that is whole or not there. */
export function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** Which start of the machine this is. */
export function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** This process, or another. */
export function processOf(pid: number): GuardProcess | undefined {
  // proc_pid_stat(5): the name in brackets may hold anything; the start is the 20th field behind it.
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const start = fields?.[19];
  // A process that has ended and that nobody has asked for yet is none.
  return start === undefined || fields?.[0] === "Z" ? undefined : { pid, start };
}

/** Is it that process, and does it live? */
export function lives(guard: GuardProcess | undefined): boolean {
  return guard !== undefined && processOf(guard.pid)?.start === guard.start;
}
