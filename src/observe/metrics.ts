/** One family of samples; names as Prometheus wants them. No label is an address, an account or another word of a peer. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** In Prometheus' text format. Its library is loaded when it is first asked for. */
export async function metricsText(families: readonly Family[]): Promise<string> {
  const { Counter, Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, samples } of families) {
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const about = { name, help, labelNames, registers: [registry] };
    const metric = type === "counter" ? new Counter(about) : new Gauge(about);
    for (const { labels, value } of samples) metric.inc(labels, value);
  }
  return registry.metrics();
}
