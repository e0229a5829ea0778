import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Findings, Severity } from "../../findings/index.ts";
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
    .option("--report <file>", "write what was found into a file, in the form of -o, and print the verdict alone")
    .option("--watch", "again each day; tells what has changed")
    .option("--every <length>", "with --watch: how often (default: 1d)")
    .option("--state <file>", "with --watch: where the last result is kept")
    .action((target: string, words: Words, command: Command) =>
      perform(
        command,
        () => examine(target, words, command.optsWithGlobals<Given>()),
        undefined,
        words.watch === true ? ["human", "json"] : ["human", "json", "sarif", "html"],
      ),
    );
}

type Given = { readonly output: Output; readonly console: Console };

async function examine(target: string, words: Words, given: Given): Promise<Outcome | Trouble> {
  const [{ readOptions }, { readFailOn }] = await Promise.all([import("../probe/options.ts"), import("../present.ts")]);
  const failOn = readFailOn("probe", words.failOn);
  if (isTrouble(failOn)) return failOn;
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
    if (words.watch === true) return await repeat(once, words, given, options.target.text, stop.signal);
    const done = await once();
    return silent(done) ?? (await outcomeOf(done, words, failOn, given.output));
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

/** Who answers nothing gets no grade. */
function silent({ findings, sent, isHeard, isWhole }: Run): Trouble | undefined {
  if (isHeard || !isWhole || findings.found.length > 0) return undefined;
  const why = findings.missing.find((m) => m.startsWith("nothing answered")) ?? "nothing answered";
  const next = "Ask from another network, or name port and transport: rempart probe sip:HOST:PORT --transport tcp";
  return trouble("PROBE_SILENT", why, `Nothing is known of it. ${sent} packets were sent, and that is all.`, next);
}

/** What was found, in its form; into a file where one is named: REPORT_UNWRITABLE. */
async function outcomeOf(
  { findings, sent, isHeard, isWhole }: Run,
  { report }: Words,
  failOn: Severity | "never",
  output: Output,
): Promise<Outcome | Trouble> {
  const [{ fails, textOf, verdict }, { jsonReport }] = await Promise.all([
    import("../present.ts"),
    import("../../findings/index.ts"),
  ]);
  const packets = `${sent} packets sent.`;
  const text = textOf(findings, output, [packets]);
  const data = { ...jsonReport(findings), sent };
  // Who hears nothing has proved nothing, whatever counts.
  const exit = fails(findings, failOn) || !isHeard || !isWhole ? 1 : 0;
  if (report === undefined) return { data, human: text, exit };
  const { writePrivate } = await import("../private-file.ts");
  const failed = writePrivate(report, Buffer.from(`${text}\n`));
  return failed ?? { data, human: `${verdict(findings)}. Written: ${report}. ${packets}`, exit };
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
    const outcome = await outcomeOf(run, {}, "never", output);
    if (isTrouble(outcome)) return outcome;
    const { data, human } = outcome;
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
