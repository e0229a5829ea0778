import { type ChildProcess, spawn } from "node:child_process";
import { type Trouble, trouble } from "../base/index.ts";
import type { Followed, Follower } from "./follow.ts";
import { Lines } from "./lines.ts";
import { Pauses } from "./pauses.ts";

/** Whose entries: those of a unit ("asterisk.service"), or of who calls himself so ("asterisk"). */
export type JournalSource = { readonly unit: string } | { readonly identifier: string };

/** A journal that is followed. */
export interface FollowedJournal extends Followed {
  /** Where to go on another time; empty before the first entry. */
  at(): string;
}

export interface JournalOptions {
  /** Where it was left (`at()`); without it only what is new is handed over. */
  readonly cursor?: string;
  /** Journal files of this folder instead of the machine's own. */
  readonly directory?: string;
}

/** An entry of 8 KiB may be six times as long in JSON. */
const LONGEST = 65_536;
const KEPT_WORDS = 500;
/** A program that has run for so long has not failed at its start. */
const WELL = 60_000;

/**
 * Follows the journal by `journalctl`. Each entry becomes one line as in a log of syslog ("stamp host asterisk[12]: text"), whatever line breaks it
 * holds. When the program ends it is started again where it was, after pauses that grow.
 */
export function followJournal(
  source: JournalSource,
  follower: Follower,
  options: JournalOptions = {},
): FollowedJournal {
  const lines = new Lines(LONGEST);
  const pauses = new Pauses();
  const began = Date.now();
  let cursor = options.cursor ?? "";
  let isFirst = true;
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let hasTrouble = false;
  const take = (line: Buffer | undefined): void => {
    const entry = line === undefined ? undefined : entryOf(line.toString("utf8"));
    if (entry === undefined) return;
    cursor = entry.cursor;
    if (hasTrouble) follower.onTrouble(undefined);
    hasTrouble = false;
    follower.onBytes(entry.bytes);
  };
  const begin = (): void => {
    const started = performance.now();
    let said = "";
    lines.reset();
    const words = wordsFor(source, cursor, isFirst ? undefined : began, options.directory);
    isFirst = false;
    child = spawn("journalctl", words, { stdio: ["ignore", "pipe", "pipe"] });
    const { promise, resolve } = Promise.withResolvers<void>();
    ended = promise;
    child.stdout?.on("data", (piece: Buffer) => {
      if (!isStopped) lines.push(piece, take);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-KEPT_WORDS);
    });
    let isOver = false;
    const end = (why: string): void => {
      if (isOver) return;
      isOver = true;
      resolve();
      if (isStopped) return;
      if (performance.now() - started > WELL) pauses.reset();
      hasTrouble = true;
      follower.onTrouble(journalTrouble(lastLine(said) || why));
      timer = setTimeout(begin, pauses.take());
    };
    child.once("error", (error: NodeJS.ErrnoException) =>
      end(error.code === "ENOENT" ? "journalctl is not here" : error.message),
    );
    child.once("close", (code, signal) => end(`journalctl ended with ${signal ?? code}`));
  };
  begin();
  return {
    at: () => cursor,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      child?.kill();
      await ended;
    },
  };
}

function wordsFor(
  source: JournalSource,
  cursor: string,
  since: number | undefined,
  directory: string | undefined,
): string[] {
  const who = "unit" in source ? `--unit=${source.unit}` : `--identifier=${source.identifier}`;
  const words = ["--follow", "--output=json", "--all", "--no-pager", who];
  if (directory !== undefined) words.push(`--directory=${directory}`);
  // Without --no-tail it shows the last ten entries only, whatever the cursor says.
  if (cursor !== "") words.push("--no-tail", `--after-cursor=${cursor}`);
  else if (since === undefined) words.push("--lines=0");
  else words.push("--no-tail", `--since=@${Math.floor(since / 1_000)}`);
  return words;
}

/** The line of an entry, and its cursor; undefined for what is none. */
function entryOf(line: string): { readonly cursor: string; readonly bytes: Buffer } | undefined {
  const entry = parse(line);
  const cursor = entry.__CURSOR;
  if (typeof cursor !== "string") return undefined;
  const stamp = new Date(Number(entry.__REALTIME_TIMESTAMP) / 1_000);
  if (Number.isNaN(stamp.getTime())) return undefined;
  const [host, name, pid] = [entry._HOSTNAME, entry.SYSLOG_IDENTIFIER, entry._PID].map(word);
  const head = `${stamp.toISOString()} ${host || "-"} ${name || "-"}${pid === "" ? "" : `[${pid}]`}: `;
  const text = textOf(entry.MESSAGE);
  // A line break within an entry would be the beginning of a line that nobody has written.
  for (let i = 0; i < text.length; i++) if (text[i] === 10 || text[i] === 13) text[i] = 32;
  return { cursor, bytes: Buffer.concat([Buffer.from(head), text, Buffer.from("\n")]) };
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function word(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/[^\w.@-]/g, "_").slice(0, 64) : "";
}

/** What is no UTF-8 is written as numbers; of a field that is there several times, the last. */
function textOf(message: unknown): Buffer {
  if (typeof message === "string") return Buffer.from(message);
  if (!Array.isArray(message)) return Buffer.alloc(0);
  return message.every((byte) => typeof byte === "number") ? Buffer.from(message) : textOf(message.at(-1));
}

function lastLine(text: string): string {
  return (text.trim().split("\n").at(-1) ?? "").replaceAll(/[^ -~]/g, "?").slice(0, 200);
}

function journalTrouble(why: string): Trouble {
  const next = "See whether this user may read the journal: journalctl -n 1";
  return trouble(
    "FOLLOW_JOURNAL",
    `the journal cannot be followed: ${why}`,
    "It is tried again by itself, from where it was.",
    next,
  );
}
