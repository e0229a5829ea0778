import type { Busy, BusySource, EdgeStatus } from "../edge/index.ts";
import type { Entry, Fact } from "../shield/index.ts";
import { bookCounts } from "./figures.ts";
import type { Parts } from "./handlers.ts";
import { ownLoad } from "./metrics.ts";
import type { ShieldKeeper } from "./shield.ts";
import { view } from "./shield-commands.ts";

/** Sources of one answer, entries that are only noted, and accounts with standing at one source. */
const SOURCES = 50;
const NOTED = 50;
const NAMES = 3;

/** What `top` shows: figures that only grow, whose differences are rates, and who sent most since it was asked last. */
export async function top({
  edge,
  shield,
  mode,
  started,
}: Pick<Parts, "edge" | "shield" | "mode" | "started">): Promise<unknown> {
  const [status, busy] = (await Promise.all([edge.ask({ what: "status" }), edge.ask({ what: "busiest" })])) as [
    EdgeStatus,
    Busy,
  ];
  const { counters, gate, traffic, udp, loop } = status;
  const own = ownLoad();
  return {
    at: Date.now(),
    started,
    mode: mode.view(),
    packets: counters.packets,
    requests: counters.requests,
    answers: Object.values(traffic.sent).reduce((sum, n) => sum + n, 0),
    refused: gate.refused,
    refusedBy: gate.by,
    registrations: status.bindings,
    transactions: status.transactions,
    connections: status.connections,
    lost: udp.kernelDrops + udp.sendDrops,
    loop: { signalling: loop, control: own.loop },
    memory: own.rss,
    ms: busy.ms,
    ...shieldTop(shield, busy.sources),
  };
}

/** What it shows of the shield, edge or not: what was seen and decided, and of these sources what they do. */
export function shieldTop(shield: ShieldKeeper, busiest: readonly BusySource[]) {
  const entries = shield.shield.book.all();
  return {
    facts: shield.counts.facts(),
    verdicts: shield.counts.verdicts(),
    book: [...bookCounts(entries, (entry) => shield.isInForce(entry)).values()],
    sources: busiest.slice(0, SOURCES).map((source) => sourceView(source, shield)),
    noted: latestNoted(shield).map((entry) => ({ ...view(shield, entry), standing: namesAt(shield, entry.source) })),
  };
}

function sourceView({ source, packets, refused, device }: BusySource, keeper: ShieldKeeper) {
  const { shield } = keeper;
  const facts = shield.latest(source);
  const entry = shield.book.get({ source, account: "", device: "", spares: false });
  return {
    source,
    packets,
    refused,
    device: device === "" ? (facts.at(-1)?.device ?? "") : device,
    does: kindsOf(facts),
    entry: entry === undefined ? null : view(keeper, entry),
    never: shield.standing.isNever(source),
    standing: namesAt(keeper, source),
  };
}

/** The latest facts by kind. */
function kindsOf(facts: readonly Fact[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const { kind, times } of facts) kinds[kind] = (kinds[kind] ?? 0) + times;
  return kinds;
}

function namesAt(keeper: ShieldKeeper, source: string): readonly string[] {
  return source === "" ? [] : keeper.shield.standing.at(source, keeper.now()).slice(0, NAMES);
}

/** What is only noted, newest first. */
function latestNoted(keeper: ShieldKeeper): readonly Entry[] {
  const noted = [...keeper.shield.book.all()].filter((entry) => !keeper.isInForce(entry));
  return noted.sort((a, b) => b.since - a.since).slice(0, NOTED);
}
