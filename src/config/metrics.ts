import * as z from "zod/mini";
import { hostPort, inCidr, parseCidr, parseIp } from "../base/index.ts";
import type { Fault } from "./faults.ts";
import { list, table, text } from "./shapes.ts";
import { CIDR, LISTEN_ADDRESS } from "./syntax.ts";

/** `[metrics]`: figures for Prometheus over HTTP. */
export interface MetricsConfig {
  readonly address: string;
  readonly port: number;
  /** Who may read, each in its one spelling; empty: whoever reaches the address, which is of this machine alone then. */
  readonly allow: readonly string[];
}

export const METRICS = table({
  listen: text(LISTEN_ADDRESS),
  allow: z._default(list(text(CIDR), "a list of addresses or blocks such as 192.0.2.10"), []),
});

export function metricsOf(raw: z.infer<typeof METRICS>): MetricsConfig {
  const { address, port } = LISTEN_ADDRESS.read(raw.listen) ?? { address: raw.listen, port: 0 };
  return { address, port, allow: raw.allow.map((block) => CIDR.read(block) ?? block) };
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"].flatMap((block) => parseCidr(block) ?? []);

/** How busy a site is concerns nobody outside: who else than this machine may read has to be said. */
export function metricsFaults(metrics: MetricsConfig | undefined): Fault[] {
  const ip = metrics === undefined ? undefined : parseIp(metrics.address);
  if (metrics === undefined || ip === undefined || metrics.allow.length > 0) return [];
  if (LOOPBACK.some((block) => inCidr(block, ip))) return [];
  const expected =
    'allow = ["192.0.2.10"] beside it, to say who may read, or an address of loopback such as 127.0.0.1:9469';
  return [{ path: ["metrics", "listen"], found: metrics.address, expected }];
}

/** As it stands in a file. */
export function showMetrics({ address, port, allow }: MetricsConfig) {
  return { listen: hostPort(address, port), allow };
}
