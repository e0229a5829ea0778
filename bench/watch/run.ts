/** `npm run bench:watch`: `watch regex` beside fail2ban-regex on one log, memory on a large one, and an idle follower. bench/README.md. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { versionOf } from "../process.ts";
import { generate } from "./generate.ts";
import { followLarge, idle, type Memory, regexLarge } from "./large.ts";
import { page } from "./page.ts";
import { compare, FAIL2BAN, REMPART, type Timed, timed, type Verdicts } from "./side-by-side.ts";

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "200000" },
    rounds: { type: "string", default: "5" },
    /** MiB of the large log. */
    large: { type: "string", default: "1024" },
    idle: { type: "string", default: "20" },
    out: { type: "string", default: join(import.meta.dirname, "../WATCH.md") },
  },
});

export interface Results {
  readonly lines: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly rempart: Timed;
  readonly fail2ban: Timed;
  readonly start: { readonly rempart: Timed; readonly fail2ban: Timed };
  readonly verdicts: Verdicts;
  readonly large: {
    readonly mebibytes: number;
    readonly lines: number;
    readonly regex: Memory;
    readonly follow: Memory;
  };
  readonly idle: { readonly seconds: number; readonly cpu: number };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  if (versionOf(["fail2ban-regex", "--version"]) === "")
    throw new Error("fail2ban is not here: apt-get install fail2ban");
  const folder = mkdtempSync(join(tmpdir(), "rempart-bench-watch-"));
  try {
    const log = join(folder, "full");
    const { lines, bytes } = generate(log, Number(values.lines));
    const one = join(folder, "one");
    generate(one, 1);
    const rounds = Number(values.rounds);
    // The same start, and one line: what is left is the reading.
    const start = { rempart: timed(REMPART, one, rounds), fail2ban: timed(FAIL2BAN, one, rounds) };
    const rempart = timed(REMPART, log, rounds);
    say(`rempart ${JSON.stringify(rempart)}`);
    const fail2ban = timed(FAIL2BAN, log, Math.min(rounds, 3));
    say(`fail2ban ${JSON.stringify(fail2ban)}`);
    const verdicts = compare(log);
    const large = join(folder, "large");
    const mebibytes = Number(values.large);
    const many = generate(large, Math.round((mebibytes * 2 ** 20 * lines) / bytes)).lines;
    const regex = await regexLarge(large);
    const follow = await followLarge(large);
    const seconds = Number(values.idle);
    const cpu = await idle(log, seconds);
    const about = { lines, bytes, rounds, rempart, fail2ban, start, verdicts };
    const text = page({ ...about, large: { mebibytes, lines: many, regex, follow }, idle: { seconds, cpu } });
    writeFileSync(values.out, text);
    process.stdout.write(text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
