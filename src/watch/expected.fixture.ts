import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fact } from "../shield/index.ts";

export interface Expected {
  readonly line: string;
  readonly wanted: string;
  /** Number of the line in its file. */
  readonly at: number;
}

/** The lines of a file in corpus/logs, each with what stands above it behind "#= ". */
export function readExpected(file: string): Expected[] {
  const lines = readFileSync(join(import.meta.dirname, "../../corpus/logs", file), "latin1").split("\n");
  return lines.flatMap((line, i) =>
    line.startsWith("#= ") ? [{ wanted: line.slice(3), line: lines[i + 1], at: i + 2 }] : [],
  );
}

/** A fact as the corpus writes it. */
export function shown(fact: Fact | undefined): string {
  if (fact === undefined) return "none";
  const { kind, address, transport, proved, account, detail } = fact;
  return `${kind} ${address} ${transport}${proved ? " proved" : ""} ${account || detail}`.trimEnd();
}
