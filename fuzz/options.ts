import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
}

/** What the command line says; undefined when it says something else. */
export function readOptions(usualRuns: number): FuzzOptions | undefined {
  try {
    const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
    const runs = Number(values.runs ?? usualRuns);
    const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
    return Number.isSafeInteger(runs) && runs > 0 && Number.isSafeInteger(seed) && seed >= 0
      ? { runs, seed }
      : undefined;
  } catch {
    return undefined;
  }
}
