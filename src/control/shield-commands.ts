import { formatCidr, inCidr, isTrouble, parseCidr, parseIp, type Trouble, trouble } from "../base/index.ts";
import { type Entry, neighbourhoodOf, sourceOf } from "../shield/index.ts";
import type { ShieldKeeper } from "./shield.ts";

/** How many entries one listing shows at most. */
const LISTING = 10_000;
/** Narrowest prefixes that may be banned by hand: what is wider is a slip of the hand. */
const WIDEST = { 4: 8, 6: 16 } as const;
/** Length of a ban by hand, seconds: as it is asked for, else a day; a year at most. */
const DAY = 86_400;
const LONGEST = 366 * DAY;
const NOTHING = "No ban was changed.";
const LIST = "See those there are: rempart bans list";

type Handler = (args: unknown) => Promise<unknown | Trouble>;

/** What an operator may see of the shield and do to its book. BAN_TARGET, BAN_NEVER, BAN_UNKNOWN. */
export function shieldCommands(keeper: ShieldKeeper, domain: string): Readonly<Record<string, Handler>> {
  return {
    "bans.list": async () => {
      const all = [...keeper.shield.book.all()].slice(0, LISTING);
      return { bans: all.map((entry) => view(keeper, entry)), all: keeper.shield.book.size };
    },
    "bans.add": async (args) => {
      const source = readSource(textOf(args, "target"));
      if (source === undefined) return noTarget(textOf(args, "target"));
      if (keeper.shield.standing.isNever(source)) return isNever(source);
      const seconds = Math.min(LONGEST, Math.max(1, numberOf(args, "seconds") ?? DAY));
      const entry = keeper.add(source, textOf(args, "reason").slice(0, 200) || "by hand", seconds * 1_000);
      return entry === undefined ? view(keeper, known(keeper, source)) : view(keeper, entry);
    },
    "bans.remove": async (args) => {
      const named = textOf(args, "target");
      const source = readSource(named);
      const account = accountOf(named, domain);
      const gone = [...keeper.shield.book.all()]
        .filter((e) => (source === undefined ? e.account === account : e.source === source))
        .flatMap((e) => keeper.remove(e) ?? []);
      return gone.length === 0 ? unknown(named) : { removed: gone.map((entry) => view(keeper, entry)) };
    },
    "bans.undo": async (args) => {
      const seconds = numberOf(args, "seconds") ?? 0;
      const gone = [...keeper.shield.book.all()]
        .filter((e) => e.origin === "shield" && -keeper.left(e.since) <= seconds * 1_000)
        .flatMap((e) => keeper.remove(e) ?? []);
      return { removed: gone.map((entry) => view(keeper, entry)) };
    },
    "bans.clear": async (args) => {
      const reason = textOf(args, "reason");
      const gone = [...keeper.shield.book.all()]
        .filter((e) => reason === "" || e.reason === reason)
        .flatMap((e) => keeper.remove(e) ?? []);
      return gone.length === 0 && reason !== "" ? unknown(`the reason ${reason}`) : { removed: gone.length };
    },
    why: (args) => why(keeper, textOf(args, "name"), domain),
  };
}

/** All that is known of an address or an account. */
async function why(keeper: ShieldKeeper, name: string, domain: string): Promise<unknown | Trouble> {
  const { shield } = keeper;
  const ip = parseIp(name);
  const source = ip === undefined ? "" : sourceOf(name);
  const account = ip === undefined ? accountOf(name, domain) : "";
  const entries = [...shield.book.all()].filter((e) => (source === "" ? e.account === account : holds(e, source)));
  const told: unknown[] = [];
  for (const entry of entries) {
    const evidence = entry.action === "ban" ? await keeper.evidenceOf(entry) : "";
    if (isTrouble(evidence)) return evidence;
    told.push({ ...view(keeper, entry), evidence: evidence === "" ? [] : JSON.parse(evidence) });
  }
  const facts = source === "" ? shield.about(account) : shield.latest(source);
  const now = keeper.now();
  return {
    name: source === "" ? account : source,
    never: source !== "" && shield.standing.isNever(source),
    standing: source === "" ? [] : shield.standing.at(source, now),
    usedFrom: source === "" ? shield.standing.sourcesOf(account, now) : [],
    entries: told,
    latest: facts.map((fact) => ({ ...fact, at: keeper.wall(fact.at) })),
  };
}

function holds({ source }: Entry, wanted: string): boolean {
  return source === wanted || (source !== "" && (source === neighbourhoodOf(wanted) || isInBlock(source, wanted)));
}

function isInBlock(block: string, source: string): boolean {
  const wide = parseCidr(block);
  const narrow = parseCidr(source);
  return wide !== undefined && narrow !== undefined && wide.bits <= narrow.bits && inCidr(wide, narrow.ip);
}

/** An entry as it is shown: times on the wall's clock, and whether it is acted on. */
export function view(keeper: ShieldKeeper, entry: Entry) {
  const { since, until } = entry;
  return {
    ...entry,
    enforced: keeper.isInForce(entry),
    since: keeper.wall(since),
    until: keeper.wall(until),
    left: Math.ceil(keeper.left(until) / 1_000),
  };
}

function known(keeper: ShieldKeeper, source: string): Entry {
  const entry = keeper.shield.book.get({ source, account: "", device: "", spares: false });
  if (entry === undefined) throw new Error("a ban was neither entered nor there");
  return entry;
}

/** Address or block as the book has it: IPv6 addresses stand for their /64. Undefined when it is none, or too wide. */
function readSource(text: string): string | undefined {
  const block = parseCidr(text);
  if (block === undefined || block.bits < WIDEST[block.ip.family]) return undefined;
  if (block.ip.family === 6 && block.bits > 64) return sourceOf(formatCidr({ ip: block.ip, bits: 128 }));
  return formatCidr(block);
}

function accountOf(name: string, domain: string): string {
  // A phone system's log names accounts without a domain.
  return name.includes("@") || domain === "" ? name : `${name}@${domain}`;
}

function textOf(args: unknown, name: string): string {
  const value: unknown = typeof args === "object" && args !== null ? Reflect.get(args, name) : undefined;
  return typeof value === "string" ? value : "";
}

function numberOf(args: unknown, name: string): number | undefined {
  const value: unknown = typeof args === "object" && args !== null ? Reflect.get(args, name) : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function noTarget(text: string): Trouble {
  const expected = "expected an address, or a block no wider than /8 (IPv6: /16)";
  return trouble("BAN_TARGET", `found "${text}", ${expected}`, NOTHING, "rempart bans add 203.0.113.7 --for 1h");
}

function isNever(source: string): Trouble {
  const what = `${source} is on the never-list: this machine, its phone systems, trunks, or [shield] never`;
  return trouble("BAN_NEVER", what, NOTHING, "Take it from that list first, if it is to be kept out");
}

function unknown(named: string): Trouble {
  return trouble("BAN_UNKNOWN", `nothing is held against ${named || "nobody"}`, NOTHING, LIST);
}
