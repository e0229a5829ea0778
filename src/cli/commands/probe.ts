import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Findings } from "../../findings/index.ts";
import { type Console, type Outcome, type Output, perform } from "../perform.ts";
import type { Words } from "../probe/options.ts";

/** `rempart probe sip:HOST --i-have-permission`: what an attacker would try from outside. */
export function probe(parent: Command): void {
  parent
    .command("probe")
    .description("Try from outside what an attacker would; only with the operator's permission")
    .argument("<target>", "sip:HOST or sip:HOST:PORT")
    .option("--i-have-permission", "the operator of the target allows it; without it nothing is sent")
    .option("--transport <list>", "some of udp,tcp,tls,ws,wss, each with :PORT or without (default: all)")
    .option("--only <ids>", "look for these alone, by the ids of findings")
    .option("--accounts <file>", "accounts of your own, user,password a line")
    .option("--number <number>", "a number of your own that may be called")
    .option("--rtp <ports>", "PORT or FROM-TO, where calls have their sound")
    .option("--from <address>", "address of this machine to ask from")
    .option("--packets <n>", "most packets that are sent (default: 2000)")
    .option("--rate <n>", "most packets in a second (default and most: 20)")
    .option("--log <file>", "write down all that is sent and heard, credentials cut")
    .option("--fail-on <severity>", "exit 1 from this severity on: critical, high, medium, low or note (default: low)")
    .option("--watch", "again each day; tells what has changed")
    .option("--every <length>", "with --watch: how often (default: 1d)")
    .option("--state <file>", "with --watch: where the last result is kept")
    .action((target: string, words: Words, command: Command) =>
      perform(command, () => examine(target, words, command.optsWithGlobals<{ output: Output; console: Console }>())),
    );
}

type Given = { readonly output: Output; readonly console: Console };

async function examine(target: string, words: Words, given: Given): Promise<Outcome | Trouble> {
  const [{ readOptions }, { SEVERITIES }] = await Promise.all([
    import("../probe/options.ts"),
    import("../../findings/index.ts"),
  ]);
  const least = SEVERITIES.findIndex((s) => s === (words.failOn ?? "low"));
  if (least < 0) {
    const what = `--fail-on: found ${JSON.stringify(words.failOn)}, expected ${SEVERITIES.join(", ")}`;
    return trouble("USAGE", what, "Nothing was sent.", "See how it is written: rempart probe --help");
  }
  const options = await readOptions(target, words);
  if (isTrouble(options)) return options;
  const log = openLog(words.log);
  if (isTrouble(log)) return log;
  // The first Ctrl+C ends the run and shows what was found; the second ends the program.
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const { probe: run } = await import("../../probe/index.ts");
    const once = (): Promise<Run> => run({ ...options, signal: stop.signal, log });
    return words.watch === true
      ? await repeat(once, words, given, options.target.text, stop.signal)
      : await outcomeOf(await once(), least);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

interface Run {
  readonly findings: Findings;
  readonly sent: number;
  readonly isHeard: boolean;
  readonly isWhole: boolean;
}

async function outcomeOf(run: Run, least: number): Promise<Outcome> {
  const [{ dataOf, severityOf, showFindings }, { SEVERITIES }] = await Promise.all([
    import("../probe/show.ts"),
    import("../../findings/index.ts"),
  ]);
  const { findings, sent, isHeard, isWhole } = run;
  const counts = findings.found.some((f) => SEVERITIES.indexOf(severityOf(findings, f)) <= least);
  return {
    data: dataOf(findings, sent),
    human: showFindings(findings, sent),
    exit: counts || !isHeard || !isWhole ? 1 : 0,
  };
}

const DAY = 86_400;

/** Again and again, until it is interrupted; prints the whole result first, then changes. */
async function repeat(
  once: () => Promise<Run>,
  words: Words,
  { output, console }: Given,
  subject: string,
  signal: AbortSignal,
): Promise<Outcome | Trouble> {
  const [{ readLength }, state] = await Promise.all([import("../length.ts"), import("../probe/repeat.ts")]);
  const seconds = words.every === undefined ? DAY : readLength(words.every);
  if (isTrouble(seconds)) return seconds;
  const file = words.state ?? state.stateFile(subject);
  for (let isFirst = true; ; isFirst = false) {
    const before = state.readKept(file, subject);
    if (isTrouble(before)) return before;
    const run = await once();
    const now = state.keptOf(run.findings, before, new Date().toISOString());
    const changes = state.changesOf(before, now);
    const failed = state.keep(file, now);
    if (isTrouble(failed)) return failed;
    const { data, human } = await outcomeOf(run, 0);
    const told = state.showChanges(changes);
    const text = isFirst ? `${human}\n\n${told}` : `${now.at}\n${told}`;
    const json = { ...(data as object), changes };
    console.out(output === "json" ? `${JSON.stringify(json)}\n` : `${text}\n`);
    if (signal.aborted) break;
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
  }
  return { data: undefined, human: "", exit: 0 };
}

/** Appends to a file that only its owner may read. */
function openLog(file: string | undefined): ((text: string) => void) | Trouble {
  if (file === undefined) return () => {};
  try {
    const descriptor = openSync(file, "a", 0o600);
    return (text) => void writeSync(descriptor, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return trouble(
      "USAGE_FILE",
      `--log: ${why}`,
      "Nothing was sent.",
      "Name a file that may be written: rempart probe --help",
    );
  }
}
