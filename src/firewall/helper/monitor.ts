import type { ChildProcess } from "node:child_process";
import { readlinkSync } from "node:fs";
import { lineReader } from "../lines.ts";

/** The end of a transaction, as nft tells it. */
const GENERATION = /^# new generation \d+ by process (\d+) \((.*)\)$/;
/** The first process namespace has a fixed number (PROC_PID_INIT_INO); in any other the kernel names processes as we do not know them. */
const FIRST_NAMESPACE = "pid:[4026531836]";
/** How long after its end a transaction of ours may still be told, ms. */
const LATE = 1_000;
/** Batches whose process is remembered. */
const REMEMBERED = 64;
const LINE = 1_048_576;
/** Of a foreign change as much as tells what it was. */
const CUT = 120;
/** Pause before a monitor that has ended is started again. */
const AGAIN = 500;

export interface Watcher {
  readonly onChange: (what: string, by: string) => void;
  /** Something may have been missed. */
  readonly onUnsure: (why: string) => void;
}

/**
 * Tells our own transactions from those of others in what `nft monitor` writes: changes, then a line that names the process which made them.
 * Where processes have other numbers for the kernel than for us (a container), each of our batches excuses one transaction.
 */
export class Attribution {
  readonly #table: string;
  readonly #watcher: Watcher;
  readonly #named: boolean;
  readonly #own: number[] = [];
  /** Batches that the kernel has not told of yet. */
  readonly #excuses = new Set<number>();
  /** Of the transaction that is being told: the first line about our table. */
  #touched = "";

  constructor(table: string, watcher: Watcher, named = isFirstNamespace()) {
    this.#table = ` inet ${table}`;
    this.#watcher = watcher;
    this.#named = named;
  }

  /** A batch of ours begins to come into force. The answer is to be called when it has ended, with whether it did. */
  ours(pid: number): (done: boolean) => void {
    this.#own.push(pid);
    if (this.#own.length > REMEMBERED) this.#own.shift();
    this.#excuses.add(pid);
    return (done) => {
      if (done) setTimeout(() => this.#excuses.delete(pid), LATE).unref();
      else this.#excuses.delete(pid);
    };
  }

  line(text: string): void {
    if (!text.startsWith("#")) {
      if (this.#touched === "" && this.#isOurs(text)) this.#touched = text.slice(0, CUT);
      return;
    }
    if (text.includes("lost some netlink events")) this.#watcher.onUnsure("the kernel told more than could be read");
    const [, pid, name] = GENERATION.exec(text) ?? [];
    if (pid === undefined || this.#touched === "") return;
    const what = this.#touched;
    this.#touched = "";
    if (!this.#isOwn(Number(pid))) this.#watcher.onChange(what, `${name} (process ${pid})`);
  }

  #isOwn(pid: number): boolean {
    if (this.#named) return this.#own.includes(pid);
    const [first] = this.#excuses;
    return first !== undefined && this.#excuses.delete(first);
  }

  /** "delete element inet rempart ban4 { … }": the table's name ends where it ends. */
  #isOurs(text: string): boolean {
    const at = text.indexOf(this.#table);
    if (at < 0 || at > 40) return false;
    const next = text[at + this.#table.length];
    return next === undefined || next === " ";
  }
}

/** Keeps `nft monitor` running and reads it. */
export class Monitor {
  readonly attribution: Attribution;
  readonly #start: () => ChildProcess | undefined;
  readonly #watcher: Watcher;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(start: () => ChildProcess | undefined, attribution: Attribution, watcher: Watcher) {
    this.#start = start;
    this.attribution = attribution;
    this.#watcher = watcher;
  }

  /** Begins to look, unless it does. */
  resume(): void {
    if (this.#child !== undefined) return;
    clearTimeout(this.#timer);
    const child = this.#start();
    if (child === undefined) return;
    this.#child = child;
    const line = (text: string): void => this.attribution.line(text);
    child.stdout?.setEncoding("utf8").on(
      "data",
      lineReader(LINE, line, () => child.kill("SIGKILL")),
    );
    child.on("error", () => {});
    child.once("close", () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#watcher.onUnsure("nft monitor has ended");
      this.#timer = setTimeout(() => this.resume(), AGAIN);
    });
  }

  /** Stops looking. While a large batch comes into force, telling every element of it would take longer than the batch itself. */
  pause(): void {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#timer);
    child?.kill("SIGKILL");
  }
}

function isFirstNamespace(): boolean {
  try {
    return readlinkSync("/proc/self/ns/pid") === FIRST_NAMESPACE;
  } catch {
    return false;
  }
}
