import type { GateRow } from "./gate.ts";

/** Bans of whole sources that differ in nothing but the source. */
type Banned = Pick<GateRow, "reason" | "answer"> & { readonly sources: string[] };

/**
 * Rows of the gate for their way from thread to thread, where property names and texts are copied along with every object: after a start
 * there may be 100,000 bans, nearly all of them of whole sources and for one of a few reasons.
 */
export interface PackedGateRows {
  readonly banned: readonly Banned[];
  readonly others: readonly GateRow[];
}

export function packGateRows(rows: readonly GateRow[]): PackedGateRows {
  const banned: Banned[] = [];
  const others: GateRow[] = [];
  for (const row of rows) {
    const { source, reason, answer } = row;
    if (!isWhole(row)) others.push(row);
    else {
      const same = banned.find((b) => b.reason === reason && b.answer === answer);
      if (same === undefined) banned.push({ reason, answer, sources: [source] });
      else same.sources.push(source);
    }
  }
  return { banned, others };
}

export function unpackGateRows({ banned, others }: PackedGateRows): GateRow[] {
  const rows: GateRow[] = [];
  for (const { sources, reason, answer } of banned)
    for (const source of sources)
      rows.push({ source, account: "", device: "", spared: undefined, action: "ban", reason, answer });
  rows.push(...others);
  return rows;
}

function isWhole({ source, account, device, spared, action }: GateRow): boolean {
  return source !== "" && account === "" && device === "" && spared === undefined && action === "ban";
}
