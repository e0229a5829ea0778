import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, fstatSync, ftruncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { drained } from "../drained.ts";

/** One batch: all of it comes into force, or nothing. */
export interface Transaction {
  /** Of the process that does it; 0: none does. */
  readonly pid: number;
  /** Resolves when more may follow. */
  write(text: string): Promise<void>;
  /** Resolves when it is in force: empty, or what is wrong. */
  commit(): Promise<string>;
  abandon(): void;
}

/** What a command said. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The kernel's rules, by way of nft or on paper. */
export interface Rules {
  readonly version: string;
  begin(): Transaction;
  /** Runs a command that only reads. */
  ask(words: readonly string[]): Promise<Said>;
  /** Undefined where nobody else can change anything. */
  watch(): ChildProcess | undefined;
  close(): void;
}

/** A batch that takes longer is given up. */
const LONGEST = 60_000;
/** Characters of a part of a batch that comes into force in parts: some 20,000 elements. */
const PART = 600_000;
/** Of what nft complains about as much as tells what is wrong. */
const WORDS = 300;
const FOLDERS = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"];
/** On paper: bytes before it begins anew. */
const PAPER = 16_777_216;

/** The path of nft; undefined where it is not installed. */
export function findNft(): string | undefined {
  return FOLDERS.map((folder) => join(folder, "nft")).find((path) => existsSync(path));
}

/** By nft, one process for each batch. The next one is always there already: starting it would cost more than its work. */
export function kernelRules(path: string, version: string): Rules {
  let spare: ChildProcess | undefined;
  let closed = false;
  const start = (): ChildProcess => spawn(path, ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
  const prepare = (): void => {
    if (!closed && (spare === undefined || spare.exitCode !== null || spare.signalCode !== null)) spare = start();
  };
  prepare();
  return {
    version,
    begin: () => {
      const ready = spare?.exitCode === null && spare.signalCode === null ? spare : start();
      spare = undefined;
      return transaction(ready, prepare);
    },
    ask: (words) => run(path, words),
    watch: () => spawn(path, ["monitor"], { stdio: ["ignore", "pipe", "ignore"] }),
    close: () => {
      closed = true;
      spare?.kill("SIGKILL");
    },
  };
}

/**
 * For a table that no packet meets yet, so that nobody sees it half made: one part comes into force while the next is being written, which with
 * 100,000 elements saves a third of the time.
 */
export function inParts(begin: () => Transaction): Transaction {
  let part = begin();
  let written = 0;
  let last = Promise.resolve("");
  const end = (): void => {
    const done = part;
    last = last.then((error) => {
      if (error === "") return done.commit();
      done.abandon();
      return error;
    });
  };
  return {
    pid: part.pid,
    write: async (text) => {
      if (written > PART) {
        end();
        part = begin();
        written = 0;
      }
      written += text.length;
      await part.write(text);
    },
    commit: () => {
      end();
      return last;
    },
    abandon: () => part.abandon(),
  };
}

/** What would be done is written to an open file, and nothing is. */
export function paperRules(fd: number): Rules {
  const nothing: Said = { code: 0, out: "", err: "" };
  return {
    version: "",
    begin: () => {
      if (fstatSync(fd).size > PAPER) ftruncateSync(fd);
      writeSync(fd, `# ${new Date().toISOString()}\n`);
      return {
        pid: 0,
        write: async (text) => void writeSync(fd, text),
        commit: async () => "",
        abandon: () => void writeSync(fd, "# the batch above was given up\n"),
      };
    },
    ask: async () => nothing,
    watch: () => undefined,
    close: () => {},
  };
}

/** Runs nft to its end. */
export async function run(path: string, words: readonly string[]): Promise<Said> {
  const child = spawn(path, words, { stdio: ["ignore", "pipe", "pipe"], timeout: LONGEST });
  const [out, err] = [collect(child.stdout, Number.POSITIVE_INFINITY), collect(child.stderr, WORDS)];
  const code = await ended(child);
  return { code, out: out(), err: err() };
}

function transaction(child: ChildProcess, prepare: () => void): Transaction {
  const err = collect(child.stderr, WORDS);
  const end = ended(child);
  const { stdin } = child;
  // It has ended before it had read all: what it said is told by `commit`.
  stdin?.on("error", () => {});
  return {
    pid: child.pid ?? 0,
    write: async (text) => {
      if (stdin?.writable && !stdin.write(text)) await drained(stdin, end);
    },
    commit: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST);
      stdin?.end();
      const code = await end;
      clearTimeout(timer);
      setImmediate(prepare);
      return code === 0 ? "" : err().trim().split("\n")[0] || `nft ended with ${code ?? child.signalCode}`;
    },
    abandon: () => {
      child.kill("SIGKILL");
      setImmediate(prepare);
    },
  };
}

/** Exit code; null for a signal, or when it could not start. */
function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("close", (code: number | null) => resolve(code));
    child.once("error", () => resolve(null));
  });
}

function collect(stream: NodeJS.ReadableStream | null, most: number): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (piece: string) => {
    if (text.length < most) text += piece;
  });
  return () => (text.length <= most ? text : text.slice(0, most));
}
