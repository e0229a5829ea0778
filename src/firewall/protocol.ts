import { type Cidr, canonicalIp, parseCidr } from "../base/index.ts";
import { isHost } from "./blocks.ts";
import { type Door, type Element, type HostSet, isHostSet, type Rate, type SetName, type Spec } from "./ruleset.ts";
import type { Sum } from "./sum.ts";

/** Bytes of one line either way: a peer that sends more is no peer of ours. */
export const LINE_BYTES = 1_048_576;
/** Rows of one line. */
export const MOST_ROWS = 2_000;
/** Seconds of the longest element: a year and what it may be late. */
const LONGEST = 367 * 86_400;
const MOST_DOORS = 256;
const MOST_RATE = 1_000_000;
/** Lists of others at once. */
export const MOST_LISTS = 64;

/**
 * What the daemon asks of the helper, one JSON object a line. A transaction is `begin`, any number of `put` and `drop`, and `commit`, which is
 * answered by the number of its `begin`; `counts` and `sums` are answered by theirs.
 */
export type Request =
  /** `table`: makes the table anew. `never` and `net`: these sets are replaced. `doors` and `list`: the doors are, that list is. `change`: elements come and go. */
  | { readonly do: "begin"; readonly id: number; readonly what: "table"; readonly spec: Spec }
  | { readonly do: "begin"; readonly id: number; readonly what: "change" | "never" | "net" }
  | { readonly do: "begin"; readonly id: number; readonly what: "doors"; readonly doors: readonly Door[] }
  | { readonly do: "begin"; readonly id: number; readonly what: "list"; readonly list: string }
  /** `fresh`: none of them is there yet. Setting the time of others anew takes the kernel ten times as long. */
  | {
      readonly do: "put";
      readonly set: SetName | "list";
      readonly fresh: boolean;
      readonly rows: readonly Element[];
    }
  | { readonly do: "drop"; readonly set: HostSet; readonly rows: readonly Cidr[] }
  | { readonly do: "commit" }
  | { readonly do: "counts" | "sums"; readonly id: number };

/** What the helper says, one JSON object a line. */
export type Answer =
  /** It is ready. `version`: of nft. */
  | { readonly say: "hello"; readonly version: string }
  /** It cannot serve, and ends. */
  | { readonly say: "unable"; readonly code: UnableCode; readonly why: string }
  /** A transaction is in force, or `error` says why not. `refused`: elements on the never-list, which were left out. */
  | { readonly say: "done"; readonly id: number; readonly error: string; readonly refused: number }
  | { readonly say: "counts"; readonly id: number; readonly counts: Readonly<Record<string, number>> }
  /** `rules`: whether they stand as they were made. */
  | {
      readonly say: "sums";
      readonly id: number;
      readonly error: string;
      readonly rules: boolean;
      readonly sets: Readonly<Record<string, Sum>>;
    }
  /** Somebody else has changed the table. */
  | { readonly say: "changed"; readonly what: string; readonly by: string }
  /** Changes may have been missed. */
  | { readonly say: "unsure"; readonly why: string };

export type UnableCode = "FIREWALL_NFT" | "FIREWALL_RIGHTS" | "FIREWALL_TAKEN";

/** Reads a request, or says what is wrong about it. */
export function readRequest(line: string): Request | string {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return "no JSON";
  }
  if (typeof raw !== "object" || raw === null) return "no object";
  const r = raw as Record<string, unknown>;
  switch (r.do) {
    case "begin":
      return readBegin(r);
    case "put":
      return readPut(r);
    case "drop":
      return readDrop(r);
    case "commit":
      return { do: "commit" };
    case "counts":
    case "sums":
      return isCount(r.id) ? { do: r.do, id: r.id } : "id";
    default:
      return "do";
  }
}

function readBegin(r: Record<string, unknown>): Request | string {
  const { id, what, list } = r;
  if (!isCount(id)) return "id";
  switch (what) {
    case "table": {
      const spec = readSpec(r.spec);
      return typeof spec === "string" ? spec : { do: "begin", id, what, spec };
    }
    case "change":
    case "never":
    case "net":
      return { do: "begin", id, what };
    case "doors":
      return areDoors(r.doors) ? { do: "begin", id, what, doors: r.doors } : "doors";
    case "list":
      return isListName(list) ? { do: "begin", id, what, list } : "list";
    default:
      return "what";
  }
}

function readPut(r: Record<string, unknown>): Request | string {
  const { set, rows, fresh } = r;
  if (typeof fresh !== "boolean") return "fresh";
  if (set !== "never" && set !== "net" && set !== "list" && !isHostSet(set)) return "set";
  if (!Array.isArray(rows) || rows.length > MOST_ROWS) return "rows";
  const read: Element[] = [];
  for (const row of rows as unknown[]) {
    const [text, seconds] = Array.isArray(row) ? (row as unknown[]) : [];
    // Nobody at all is kept out where the never-list holds everybody: an operator may want that.
    const block = set === "never" ? readBlock(text) : readSource(text);
    if (block === undefined || !isCount(seconds) || seconds > LONGEST) return "a row";
    const isTimed = isHostSet(set);
    if (isTimed && (!isHost(block) || seconds === 0)) return "a row that is no source";
    // Nothing but digits and dots: it has one spelling, and need not be written again.
    if (isTimed && block.ip.family === 4 && /^[\d.]+$/.test(text as string))
      read.push([block, seconds, text as string]);
    else read.push([block, seconds]);
  }
  return { do: "put", set, fresh, rows: read };
}

function readDrop(r: Record<string, unknown>): Request | string {
  const { set, rows } = r;
  if (!isHostSet(set)) return "set";
  if (!Array.isArray(rows) || rows.length > MOST_ROWS) return "rows";
  const read: Cidr[] = [];
  for (const text of rows as unknown[]) {
    const block = readSource(text);
    if (block === undefined || !isHost(block)) return "a row";
    read.push(block);
  }
  return { do: "drop", set, rows: read };
}

/** Anything that would mean everybody is none. */
function readSource(text: unknown): Cidr | undefined {
  const block = readBlock(text);
  return block?.bits === 0 ? undefined : block;
}

function readBlock(text: unknown): Cidr | undefined {
  return typeof text !== "string" || text.length > 64 ? undefined : parseCidr(text);
}

function readSpec(raw: unknown): Spec | string {
  if (typeof raw !== "object" || raw === null) return "spec";
  const { table, doors, drops, stranger, strangers, mutes } = raw as Record<string, unknown>;
  if (!isTableName(table)) return "spec.table";
  if (typeof drops !== "boolean" || typeof mutes !== "boolean") return "spec.drops";
  if (!isRate(stranger) || !isRate(strangers)) return "spec.stranger";
  if (!areDoors(doors)) return "spec.doors";
  return { table, drops, stranger, strangers, mutes, doors };
}

function isRate(raw: unknown): raw is Rate {
  if (typeof raw !== "object" || raw === null) return false;
  const { rate, burst } = raw as Record<string, unknown>;
  return isCount(rate) && rate <= MOST_RATE && isCount(burst) && burst >= 1 && burst <= MOST_RATE;
}

function areDoors(raw: unknown): raw is readonly Door[] {
  return Array.isArray(raw) && raw.length <= MOST_DOORS && raw.every(isDoor);
}

function isDoor(raw: unknown): raw is Door {
  if (typeof raw !== "object" || raw === null) return false;
  const { protocol, family, address, port, side } = raw as Record<string, unknown>;
  if (protocol !== "udp" && protocol !== "tcp") return false;
  if (side !== "public" && side !== "private") return false;
  if (!isCount(port) || port < 1 || port > 65_535) return false;
  if (address === "") return family === 4 || family === 6;
  if (typeof address !== "string" || canonicalIp(address) !== address) return false;
  return family === (address.includes(":") ? 6 : 4);
}

/** Names of tables that are ours to make and to take away. */
export function isTableName(name: unknown): name is string {
  return typeof name === "string" && /^rempart[a-z0-9_]{0,24}$/.test(name);
}

/** As it may stand in the name of a set. */
export function isListName(name: unknown): name is string {
  return typeof name === "string" && /^[a-z0-9_-]{1,24}$/.test(name);
}

function isCount(n: unknown): n is number {
  return typeof n === "number" && Number.isSafeInteger(n) && n >= 0;
}
