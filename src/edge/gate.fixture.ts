import type { GateRow } from "./gate.ts";

/** A ban of that source that says nothing back. */
export function row(source: string, more: Partial<GateRow> = {}): GateRow {
  return {
    source,
    account: "",
    device: "",
    spared: undefined,
    action: "ban",
    reason: "scanner",
    answer: "silence",
    ...more,
  };
}
