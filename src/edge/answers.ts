import { hostPort } from "../base/index.ts";
import type { Binding } from "../registrar/index.ts";
import type { Core } from "./core.ts";
import { LoopMonitor } from "./loop.ts";
import type { BackendView, EdgeStatus, Question } from "./messages.ts";
import type { MirrorStatus } from "./mirror.ts";
import type { Sockets } from "./sockets.ts";

const loop = new LoopMonitor();

/** What the control thread may ask. Listing is bounded, so that it never holds up calls for long. */
export function answer(
  question: Exclude<Question, { what: "taken" | "probe" }>,
  core: Core,
  sockets: Sockets,
  mirror: MirrorStatus | undefined,
): unknown {
  switch (question.what) {
    case "status":
      return { ...status(core, sockets), mirror } satisfies EdgeStatus;
    case "busiest":
      return core.busiest.take(core.clock.now());
    case "registrations":
      return registrations(core, question.aor, question.limit);
    case "drop":
      return drop(core, question.aor);
    case "backends":
      return backends(core);
    case "drain":
      return core.backends.drain(question.name, question.draining);
  }
}

function status(core: Core, sockets: Sockets): Omit<EdgeStatus, "mirror"> {
  const { transactions, counters, location } = core;
  return {
    counters: { ...counters },
    transactions: transactions.size,
    remains: transactions.remains.size,
    bindings: location.size,
    backends: backends(core),
    gate: { refused: core.gate.refused, lost: core.facts.lost, by: core.gate.tallies() },
    traffic: core.traffic.view(),
    loop: loop.read(),
    heap: process.memoryUsage().heapUsed,
    ...sockets.stats(),
  };
}

function backends(core: Core): BackendView[] {
  return core.backends.list.map(({ name, transport, host, port, up, draining, weight, priority, since, last }) => {
    return { name, at: `${transport}:${hostPort(host, port)}`, up, draining, weight, priority, since, last };
  });
}

function registrations(core: Core, aor: string | undefined, limit: number): unknown[] {
  const now = core.clock.wall();
  const out: unknown[] = [];
  for (const b of aor === undefined ? core.location.all() : core.location.get(aor)) {
    if (out.length === limit) break;
    if (b.expires > now) out.push(show(b, now));
  }
  return out;
}

function show(b: Binding, now: number) {
  const { aor, contact, received, q, userAgent, path } = b;
  const reachable = b.flow?.open === true;
  return {
    aor,
    contact,
    received,
    expiresIn: Math.ceil((b.expires - now) / 1000),
    q: q / 1000,
    userAgent,
    path,
    reachable,
  };
}

function drop(core: Core, aor: string): { dropped: number } {
  const changes = core.location.drop(aor);
  for (const change of changes) core.changes.add(change);
  return { dropped: changes.length };
}
