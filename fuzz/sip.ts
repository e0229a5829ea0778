/**
 * Mutation fuzzer of the sip room:
 *   node fuzz/sip.ts [--runs 100000] [--seed N]
 * Exit code 0: all held; 1: a counterexample, printed with the seed that makes it again; 2: usage.
 */
import { pathToFileURL } from "node:url";
import { readCorpusFile, readManifest } from "../corpus/manifest.ts";
import { parseIp } from "../src/base/index.ts";
import { stunReply } from "../src/sip/index.ts";
import { assertFraming, assertHeaderValue, assertInvariants } from "../src/sip/invariants.fixture.ts";
import { mutate, Random, words } from "./mutate.ts";
import { readOptions } from "./options.ts";
import { EXTRA_SEEDS } from "./seeds.ts";

/** Characters of an input; enough for every seed, small enough to be fast. */
const MOST = 6_000;

export interface Counterexample {
  readonly run: number;
  readonly input: string;
  readonly error: unknown;
}

/** The seeds: the whole corpus, and messages for what it has none of. */
export function readSeeds(): string[] {
  return [...readManifest().map((e) => readCorpusFile(e.file)), ...EXTRA_SEEDS];
}

/** Tries `runs` inputs and stops at the first that `property` throws at. */
export function fuzz(
  runs: number,
  seed: number,
  property: (input: string, random: Random) => void,
  seeds: readonly string[] = readSeeds(),
): Counterexample | undefined {
  const random = new Random(seed);
  for (let run = 0; run < runs; run++) {
    const input = mutate(seeds, random, MOST);
    try {
      property(input, random);
    } catch (error) {
      return { run, input, error };
    }
  }
  return undefined;
}

const SOURCE = parseIp("192.0.2.1");

/** All that must hold of any input, as a message, as a stream in pieces, as a datagram that may be STUN. */
export function sipHolds(input: string, random: Random): void {
  assertInvariants(input);
  for (let n = 0; n < 8; n++) assertHeaderValue(random.below(1_000), words(random));
  const pieces = Array.from({ length: 1 + random.below(6) }, () => 1 + random.below(random.below(2) === 0 ? 9 : 900));
  assertFraming(input + input, pieces);
  if (SOURCE !== undefined) stunReply(Buffer.from(input, "latin1"), SOURCE, 5060);
}

function main(): number {
  const options = readOptions(100_000);
  if (options === undefined) {
    process.stderr.write("usage: node fuzz/sip.ts [--runs 100000] [--seed N]\n");
    return 2;
  }
  const { runs, seed } = options;
  process.stdout.write(`seed ${seed}, ${runs} runs\n`);
  const from = process.hrtime.bigint();
  const found = fuzz(runs, seed, sipHolds);
  if (found !== undefined) {
    process.stderr.write(`run ${found.run} of --seed ${seed} does not hold:\n${String(found.error)}\n`);
    process.stderr.write(`input (JSON): ${JSON.stringify(found.input)}\n`);
    return 1;
  }
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  process.stdout.write(`all held: ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} runs/s\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main();
