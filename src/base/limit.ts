/** So many within so many milliseconds are too many. */
export interface Limit {
  readonly count: number;
  readonly within: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads "6 in 10 min", as an operator writes it. Undefined when it is none. */
export function parseLimit(text: string): Limit | undefined {
  const parts = /^ *(\d{1,6}) +in +(\d{1,6}) *(s|min|h|d) *$/.exec(text);
  if (parts === null) return undefined;
  const limit = { count: Number(parts[1]), within: Number(parts[2]) * UNITS[parts[3]] };
  return limit.count > 0 && limit.within > 0 ? limit : undefined;
}

/** The same text. */
export function formatLimit({ count, within }: Limit): string {
  const unit = ["d", "h", "min", "s"].find((u) => within % UNITS[u] === 0) ?? "s";
  return `${count} in ${within / UNITS[unit]} ${unit}`;
}
