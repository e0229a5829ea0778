import { parseCidr } from "../base/index.ts";
import type { Held } from "../ports/index.ts";
import { elementOf, isHost, isHostText } from "./blocks.ts";
import type { Job, Timed } from "./pending.ts";
import type { HelperProcess } from "./process.ts";
import { MOST_ROWS } from "./protocol.ts";
import type { Spec } from "./ruleset.ts";
import { addTo, type Sum } from "./sum.ts";

/** All that is to be in force. Sources are the book's to know: it is asked for them. */
export interface Wanted {
  spec: Spec;
  never: readonly string[];
  readonly bans: () => Iterable<Held>;
  readonly standing: () => Iterable<Held>;
  readonly mutes: () => Iterable<Held>;
  /** Blocks that are banned, and when that ends: monotonic ms. */
  readonly nets: Map<string, number>;
  readonly lists: Map<string, readonly string[]>;
  /** The sources that were put there since the table was made. */
  readonly there: Readonly<Record<Timed, Set<string>>>;
}

type Row = readonly [source: string, seconds: number];

/** Elements stay in the kernel for longer than the book has them, so that it is the book that ends them: seconds. */
const SLACK = 60;
const LONGEST = 366 * 86_400;
/** Elements that are known to be there. */
const MOST_NOTED = 524_288;

/** Tells the helper one transaction. */
export async function sendJob(helper: HelperProcess, id: number, job: Job, wanted: Wanted): Promise<void> {
  const { what } = job;
  const { spec } = wanted;
  if (what === "table") await helper.send({ do: "begin", id, what, spec });
  else if (what === "doors") await helper.send({ do: "begin", id, what, doors: spec.doors });
  else if (what === "list") await helper.send({ do: "begin", id, what, list: job.list });
  else await helper.send({ do: "begin", id, what });
  if (what === "table" || what === "never") await put(helper, "never", wanted.never.map(always));
  if (what === "table") await putAll(helper, wanted);
  if (what === "net") await put(helper, "net", netRows(wanted));
  if (what === "list") await put(helper, "list", (wanted.lists.get(job.list) ?? []).map(always));
  if (what === "change") await putChanges(helper, job, wanted);
  await helper.send({ do: "commit" });
}

/** What is wrong about the sets of sources in the kernel, in words; empty for nothing. `refused`: so many may be missing. */
export function differenceOf(sets: Readonly<Record<string, Sum>>, bans: Iterable<Held>, refused: number): string {
  const wanted = { ban4: { count: 0, sum: 0 }, ban6: { count: 0, sum: 0 } };
  for (const { source } of bans) {
    const block = parseCidr(source);
    if (block !== undefined && isHost(block)) addTo(wanted[block.ip.family === 4 ? "ban4" : "ban6"], elementOf(block));
  }
  for (const [name, { count, sum }] of Object.entries(wanted)) {
    const found = sets[name] ?? { count: -1, sum: 0 };
    const isOther = refused > 0 ? count - found.count > refused : found.count !== count || found.sum !== sum;
    if (isOther) return `${name} has ${found.count} elements, wanted are ${count}`;
  }
  return "";
}

/** Everything, a page at a time. */
async function putAll(helper: HelperProcess, wanted: Wanted): Promise<void> {
  wanted.nets.clear();
  wanted.there.ban.clear();
  wanted.there.standing.clear();
  wanted.there.mute.clear();
  const now = performance.now();
  const hosts = function* (): Generator<Held> {
    for (const held of wanted.bans()) {
      if (isHostText(held.source)) yield held;
      else wanted.nets.set(held.source, now + held.left);
    }
  };
  await putPages(helper, "ban", hosts(), wanted);
  await putPages(helper, "standing", wanted.standing(), wanted);
  await putPages(helper, "mute", wanted.mutes(), wanted);
}

async function putPages(helper: HelperProcess, set: Timed, all: Iterable<Held>, wanted: Wanted): Promise<void> {
  let page: Row[] = [];
  for (const held of all) {
    page.push(rowOf(held));
    note(wanted, set, held.source);
    if (page.length < MOST_ROWS) continue;
    await put(helper, set, page);
    page = [];
  }
  await put(helper, set, page);
}

async function putChanges(
  helper: HelperProcess,
  { put: puts, drop }: Extract<Job, { what: "change" }>,
  wanted: Wanted,
): Promise<void> {
  for (const set of ["ban", "standing", "mute"] as const) {
    const gone = drop.filter(([name]) => name === set).map(([, source]) => source);
    if (gone.length > 0) await helper.send({ do: "drop", set, rows: gone });
    for (const source of gone) wanted.there[set].delete(source);
    const [fresh, known]: [Row[], Row[]] = [[], []];
    for (const [name, held] of puts) {
      if (name === set) (note(wanted, set, held.source) ? fresh : known).push(rowOf(held));
    }
    await put(helper, set, fresh);
    await put(helper, set, known, false);
  }
}

function netRows({ nets }: Wanted): Row[] {
  const now = performance.now();
  return [...nets].map(([source, until]) => rowOf({ source, left: until - now }));
}

async function put(helper: HelperProcess, set: string, rows: readonly Row[], fresh = true): Promise<void> {
  for (let i = 0; i < rows.length; i += MOST_ROWS) {
    await helper.send({ do: "put", set, fresh, rows: rows.slice(i, i + MOST_ROWS) });
  }
}

/** Is it new there? Where that is not known it is not. */
function note({ there }: Wanted, set: Timed, source: string): boolean {
  const known = there[set];
  if (known.has(source) || there.ban.size + there.standing.size + there.mute.size >= MOST_NOTED) return false;
  known.add(source);
  return true;
}

function always(source: string): Row {
  return [source, 0];
}

function rowOf({ source, left }: Held): Row {
  return [source, Math.max(1, Math.min(LONGEST, Math.ceil(left / 1_000) + SLACK))];
}
