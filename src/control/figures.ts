import type { EdgeStatus } from "../edge/index.ts";
import type { Family, Sample } from "../observe/index.ts";
import type { EnforcerView, PacketCounts } from "../ports/index.ts";
import type { Entry } from "../shield/index.ts";
import type { Counted, ShieldCounts } from "./shield-counts.ts";

/** What the figures of one moment are made from. */
export interface Moment {
  /** None where a phone system is watched from beside it. */
  readonly edge: EdgeStatus | undefined;
  readonly counts: ShieldCounts;
  readonly entries: Iterable<Entry>;
  readonly isInForce: (entry: Entry) => boolean;
  readonly standing: number;
  readonly mode: string;
  readonly kernel: EnforcerView;
  /** Packets by counter of the kernel's table. */
  readonly kernelCounts: PacketCounts;
  /** Packets by list, and by country that is denied. */
  readonly lists: readonly (readonly [name: string, packets: number])[];
  readonly countries: readonly (readonly [code: string, packets: number])[];
  /** Of this thread, milliseconds and bytes. */
  readonly loop: EdgeStatus["loop"];
  readonly heap: number;
  readonly rss: number;
  /** Wall milliseconds. */
  readonly started: number;
}

const NO_LABELS = {};

/** The figures as Prometheus gets them: docs/seeing.md has this list in words. */
export function figuresOf(m: Moment): Family[] {
  return [...(m.edge === undefined ? [] : edgeFigures(m.edge)), ...shieldFigures(m), ...processFigures(m)];
}

/** What only the signalling thread counts. */
function edgeFigures(edge: EdgeStatus): Family[] {
  return [
    counter("rempart_packets_total", "Packets that came in, refused ones among them", edge.counters.packets),
    byName("rempart_requests_total", "Requests by method", "method", edge.traffic.requests),
    byName("rempart_responses_received_total", "Responses that came in, by class", "class", edge.traffic.received),
    byName("rempart_responses_sent_total", "Responses that went out, by class", "class", edge.traffic.sent),
    family("rempart_refused_packets_total", "Packets of muted and banned sources", "counter", refusedSamples(edge)),
    byName("rempart_edge_events_total", "What the edge counts, by name as `status` shows it", "event", edge.counters),
    byName("rempart_doors_total", "Connections that did not get in, by reason", "reason", { ...edge.doors }),
    counter("rempart_facts_lost_total", "Observations that had no room", edge.gate.lost),
    gauge("rempart_registrations", "Registered contacts", edge.bindings),
    gauge("rempart_transactions", "Transactions under way", edge.transactions),
    gauge("rempart_connections", "Open connections", edge.connections),
    family("rempart_backend_up", "1: the phone system answers", "gauge", backendSamples(edge)),
    counter(
      "rempart_kernel_drops_total",
      "Datagrams that the kernel dropped before they were read",
      edge.udp.kernelDrops,
    ),
    counter("rempart_send_drops_total", "Datagrams that could not be sent", edge.udp.sendDrops),
  ];
}

function shieldFigures(m: Moment): Family[] {
  return [
    family("rempart_facts_total", "What sources did, by kind", "counter", counted(m.counts.facts())),
    family("rempart_verdicts_total", "What the shield decided", "counter", counted(m.counts.verdicts())),
    family("rempart_book_entries", "Entries of the book, in force or only noted", "gauge", entrySamples(m)),
    byName("rempart_list_hits_total", "Packets that block lists name", "list", Object.fromEntries(m.lists)),
    byName(
      "rempart_country_hits_total",
      "Packets of countries that are denied",
      "country",
      Object.fromEntries(m.countries),
    ),
    byName("rempart_firewall_packets_total", "Packets that the kernel met by its rules", "counter", {
      ...m.kernelCounts,
    }),
    gauge("rempart_firewall_on", "1: all that is decided is in the kernel", m.kernel.state === "on" ? 1 : 0),
    counter("rempart_firewall_changes_total", "Times that somebody else changed the table", m.kernel.changes),
    counter("rempart_firewall_leaks_total", "Times that a banned source got past the kernel", m.kernel.leaks),
    gauge("rempart_standing", "Pairs of source and account with standing", m.standing),
    gauge("rempart_enforcing", "1: bans are enforced; 0: they are only noted", m.mode === "enforce" ? 1 : 0),
  ];
}

function processFigures({ edge, loop, heap, rss, started }: Moment): Family[] {
  return [
    family("rempart_event_loop_delay_seconds", "How long a thread let what was due wait", "gauge", [
      ...(edge === undefined ? [] : delaySamples("signalling", edge.loop)),
      ...delaySamples("control", loop),
    ]),
    family("rempart_heap_bytes", "Heap in use", "gauge", [
      ...(edge === undefined ? [] : [{ labels: { thread: "signalling" }, value: edge.heap }]),
      { labels: { thread: "control" }, value: heap },
    ]),
    gauge("process_resident_memory_bytes", "Resident memory", rss),
    gauge("process_start_time_seconds", "Start of the daemon", Math.round(started / 1_000)),
  ];
}

function family(name: string, help: string, type: Family["type"], samples: readonly Sample[]): Family {
  return { name, help, type, samples };
}

function counter(name: string, help: string, value: number): Family {
  return family(name, help, "counter", [{ labels: NO_LABELS, value }]);
}

function gauge(name: string, help: string, value: number): Family {
  return family(name, help, "gauge", [{ labels: NO_LABELS, value }]);
}

function byName(name: string, help: string, label: string, counts: Readonly<Record<string, number>>): Family {
  const samples = Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return family(name, help, "counter", samples);
}

function counted(all: readonly Counted[]): Sample[] {
  return all.map(({ labels, count }) => ({ labels, value: count }));
}

function refusedSamples({ gate }: EdgeStatus): Sample[] {
  return gate.by.map(({ action, reason, packets }) => ({ labels: { action, reason }, value: packets }));
}

function backendSamples({ backends }: EdgeStatus): Sample[] {
  return backends.map(({ name, up }) => ({ labels: { backend: name }, value: up ? 1 : 0 }));
}

function entrySamples({ entries, isInForce }: Moment): Sample[] {
  return [...bookCounts(entries, isInForce).values()].flatMap(({ action, reason, held, noted }) => [
    { labels: { action, reason, state: "in_force" }, value: held },
    { labels: { action, reason, state: "noted" }, value: noted },
  ]);
}

export interface BookCount {
  readonly action: string;
  readonly reason: string;
  held: number;
  noted: number;
}

/** How many entries there are, by verdict and what for. What operators wrote is one. */
export function bookCounts(entries: Iterable<Entry>, isInForce: (entry: Entry) => boolean): Map<string, BookCount> {
  const counts = new Map<string, BookCount>();
  for (const entry of entries) {
    const reason = entry.origin === "shield" ? entry.reason : entry.origin;
    const name = `${entry.action} ${reason}`;
    const known = counts.get(name) ?? { action: entry.action, reason, held: 0, noted: 0 };
    counts.set(name, known);
    if (isInForce(entry)) known.held++;
    else known.noted++;
  }
  return counts;
}

function delaySamples(thread: string, { p50, p99, max }: EdgeStatus["loop"]): Sample[] {
  return Object.entries({ p50, p99, max }).map(([measure, ms]) => ({ labels: { thread, measure }, value: ms / 1_000 }));
}
