/**
 * Fuzzer of the whole edge but its sockets:
 *   node fuzz/edge.ts [--runs 300000] [--seed N]
 * Exit code 0: all held; 1: a counterexample, printed with the seed that makes it again; 2: usage.
 */
import { pathToFileURL } from "node:url";
import { judgeEnd, judgeFaults } from "./edge-invariants.ts";
import { newPlay, type Play, step } from "./edge-play.ts";
import { Random } from "./mutate.ts";
import { readOptions } from "./options.ts";
import { readSeeds } from "./sip.ts";

/** Steps of one play; a play is decided by its seed alone. */
const STEPS = 1_000;

export interface Counterexample {
  /** Seed of the play, and how many steps of it were made. */
  readonly seed: number;
  readonly steps: number;
  readonly register: string;
  readonly from: string;
  readonly input: string;
  readonly error: unknown;
}

/** Plays `runs` steps, a thousand with each seed from `seed` on, and stops at the first that does not hold. */
export function fuzzEdge(
  runs: number,
  seed: number,
  onStep: (play: Play) => void = () => {},
): Counterexample | undefined {
  const corpus = readSeeds();
  for (let done = 0, at = seed; done < runs; done += STEPS, at++) {
    const found = playOne(at, Math.min(STEPS, runs - done), corpus, onStep);
    if (found !== undefined) return found;
  }
  return undefined;
}

function playOne(
  seed: number,
  most: number,
  corpus: readonly string[],
  onStep: (play: Play) => void,
): Counterexample | undefined {
  const play = newPlay(seed % 3, new Random(seed), corpus);
  try {
    while (play.steps < most) {
      step(play);
      onStep(play);
    }
    play.last = { from: "", text: "", hasPassword: false };
    judgeEnd(play.options, play.scene);
    judgeFaults(play.scene);
    return undefined;
  } catch (error) {
    const { from, text } = play.last;
    return { seed, steps: play.steps, register: play.options.register ?? "", from, input: text, error };
  }
}

function main(): number {
  const options = readOptions(300_000);
  if (options === undefined) {
    process.stderr.write("usage: node fuzz/edge.ts [--runs 300000] [--seed N]\n");
    return 2;
  }
  const { runs, seed } = options;
  process.stdout.write(`seed ${seed}, ${runs} runs\n`);
  const from = process.hrtime.bigint();
  const found = fuzzEdge(runs, seed);
  if (found !== undefined) {
    const error = found.error instanceof Error ? found.error.stack : String(found.error);
    process.stderr.write(`--seed ${found.seed} --runs ${found.steps} (${found.register}) does not hold:\n${error}\n`);
    process.stderr.write(`input from ${found.from || "nobody: time passed"} (JSON): ${JSON.stringify(found.input)}\n`);
    return 1;
  }
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  process.stdout.write(`all held: ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} runs/s\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main();
