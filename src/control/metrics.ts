import { isTrouble, parseCidr, type Trouble } from "../base/index.ts";
import type { MetricsConfig } from "../config/index.ts";
import { type EdgeStatus, LoopMonitor } from "../edge/index.ts";
import { type Family, type MetricsServer, metricsText, openMetricsServer } from "../observe/index.ts";
import type { EdgeThread } from "./edge-thread.ts";
import { figuresOf } from "./figures.ts";
import type { ModeKeeper } from "./mode.ts";
import type { ShieldKeeper } from "./shield.ts";

export interface MetricsSources {
  /** None where a phone system is watched from beside it. */
  readonly edge?: EdgeThread;
  readonly shield: ShieldKeeper;
  readonly mode: ModeKeeper;
  readonly started: number;
}

/** The figures of the daemon, for its socket and, where that is configured, over HTTP. */
export interface MetricsControl {
  text(): Promise<string>;
  /** "address:port"; empty: not over HTTP. */
  readonly at: string;
  close(): void;
}

const loop = new LoopMonitor();

/** This thread's waiting times and memory. */
export function ownLoad() {
  const { rss, heapUsed } = process.memoryUsage();
  return { loop: loop.read(), heap: heapUsed, rss };
}

/** Opens the door of `[metrics]`, where there is one. */
export async function openMetrics(
  config: MetricsConfig | undefined,
  from: MetricsSources,
): Promise<MetricsControl | Trouble> {
  const text = (): Promise<string> => figures(from).then(metricsText);
  if (config === undefined) return { text, at: "", close: () => {} };
  const allow = config.allow.flatMap((block) => parseCidr(block) ?? []);
  const server: MetricsServer | Trouble = await openMetricsServer({ ...config, allow, text });
  return isTrouble(server) ? server : { text, at: server.at, close: () => server.close() };
}

async function figures({ edge, shield, mode, started }: MetricsSources): Promise<Family[]> {
  const status = (await edge?.ask({ what: "status" })) as EdgeStatus | undefined;
  const { book, standing } = shield.shield;
  const { enforcer, lists } = shield;
  return figuresOf({
    edge: status,
    counts: shield.counts,
    entries: book.all(),
    isInForce: (entry) => shield.isInForce(entry),
    standing: standing.size,
    mode: mode.view().mode,
    kernel: enforcer.view(),
    kernelCounts: await enforcer.counts(),
    lists: lists.feeds.map(({ definition }, place) => [definition.name, lists.hits[place]] as const),
    countries: [...lists.byCountry],
    ...ownLoad(),
    started,
  });
}
