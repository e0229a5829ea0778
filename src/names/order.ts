import type { Server } from "./plan.ts";

/** Where one copy of a request may go. */
export interface Place {
  readonly transport: "udp" | "tcp";
  readonly host: string;
  readonly port: number;
}

/**
 * Every address of these servers in the order of trying: by group, by priority, and within one priority at random by weight. `pick(n)` gives a
 * random whole number from 0 to n.
 */
export function order(servers: readonly Server[], pick: (most: number) => number): Place[] {
  const rest = [...servers].sort((a, b) => a.group - b.group || a.priority - b.priority);
  const out: Place[] = [];
  while (rest.length > 0) {
    const [{ group, priority }] = rest;
    const equals = rest.filter((s) => s.group === group && s.priority === priority);
    const chosen = chooseByWeight(equals, pick);
    rest.splice(rest.indexOf(chosen), 1);
    for (const host of chosen.addresses) out.push({ transport: chosen.transport, host, port: chosen.port });
  }
  return out;
}

/** RFC 2782: those of weight 0 first, a random number up to the sum, and the first whose running sum reaches it. */
function chooseByWeight(equals: readonly Server[], pick: (most: number) => number): Server {
  const sorted = [...equals].sort((a, b) => a.weight - b.weight);
  const sum = sorted.reduce((all, s) => all + s.weight, 0);
  const wanted = pick(sum);
  let running = 0;
  for (const server of sorted) {
    running += server.weight;
    if (running >= wanted) return server;
  }
  return sorted[sorted.length - 1];
}
