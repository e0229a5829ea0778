import type { Owner } from "../../test/support/owner.ts";
import { versionOf } from "../process.ts";
import { banned } from "./banned.ts";
import { crowd } from "./crowd.ts";
import { drop, quantile } from "./drop.ts";
import { fail2ban, isFail2banHere } from "./fail2ban.ts";
import { DEFENDERS, type Defender, type FloodCell, floods } from "./flood.ts";
import { forged } from "./forged.ts";
import { guarded } from "./guarded.ts";
import { worst } from "./phones.ts";
import { count, type Line, ms, percent } from "./report.ts";
import { restore } from "./restore.ts";
import { ATTACKS, type Attempt, casesOf, isSipviciousHere, scan } from "./sipvicious.ts";
import { storm } from "./storm.ts";

/** What a run is to do. */
export interface Plan {
  readonly seconds: number;
  readonly stormSeconds: number;
  readonly slow: boolean;
  readonly sources: number;
  readonly crowd: number;
  readonly say: (text: string) => void;
}

export interface Measure {
  readonly name: string;
  run(t: Owner, plan: Plan): Promise<readonly Line[]>;
}

/** By the kernel, and by the edge alone. */
const WAYS = [true, false] as const;
const by = (kernel: boolean): string => (kernel ? "kernel" : "the edge alone");

async function runSipvicious(t: Owner, plan: Plan): Promise<readonly Line[]> {
  if (!isSipviciousHere()) throw new Error("SIPVicious is not here: apt-get install sipvicious");
  const kernel = true;
  const cases = casesOf(ATTACKS, ["none", "agent", "all"], [0, 3]);
  // svcrack with a packet each 3 s has guessed six times after 21 s, and takes some to start.
  const quick = await scan(t, { kernel, cases, seconds: 45 });
  const hidden = { kernel, cases: casesOf(ATTACKS, ["agent", "all"], [30]), seconds: 600 };
  const { attempts: late, arrived } = plan.slow ? await scan(t, hidden) : { attempts: [], arrived: [] };
  const all = [...quick.attempts, ...late];
  for (const a of all)
    plan.say(`${a.name}, disguise ${a.disguise}, pace ${a.pace}: ${a.sent} sent, ${a.answered} answered, ${a.decided}`);
  const learned = all.flatMap((a) => a.learned);
  const shown = all.filter((a) => a.disguise !== "all" && a.sent > 0);
  const cracks = all.filter((a) => a.name === "svcrack" && a.disguise === "all" && a.answered >= 7);
  const most = (of: readonly Attempt[]): number => Math.max(...of.map((a) => a.answered));
  const reached = [...quick.arrived, ...arrived].length;
  const isKnown = shown.every((a) => a.decided.length > 0);
  return [
    {
      what: `SIPVicious, ${all.length} runs: accounts learned`,
      needed: "0",
      found: String(learned.length),
      ok: learned.length === 0,
    },
    { what: "SIPVicious: packets at the phone system", needed: "0", found: String(reached), ok: reached === 0 },
    {
      what: "SIPVicious with its handwriting, also as a phone: recognised by its first packet",
      needed: "all",
      found: `${shown.filter((a) => a.decided.length > 0).length} of ${shown.length}`,
      ok: isKnown,
    },
    {
      what: "svcrack that writes like a phone: answers until the ban (challenge and 6 tries)",
      needed: "7, and what is under way",
      found: `${most(cracks)}`,
      ok: cracks.length > 0 && cracks.every((a) => a.decided.includes("ban wrong-password")) && most(cracks) <= 12,
    },
  ];
}

async function runStorm(t: Owner, plan: Plan): Promise<readonly Line[]> {
  const o = { good: 480, bad: 20, seconds: plan.stormSeconds, pause: 10, kernel: true };
  const r = await storm(t, o);
  const ok = r.failed === 0 && r.wrongly.length === 0 && r.named === o.bad;
  const found = `${count(r.registered)} registrations of good phones, ${r.failed} failed, p99 ${ms(r.p99)}; ${r.wrongly.length} wrong verdicts; ${r.named} of ${o.bad} named`;
  const what = `500 phones behind one address for ${plan.stormSeconds / 60} min, 20 with old passwords (${count(r.tries)} tries)`;
  return [{ what, needed: "0 failed, 0 bans, 0 mutes of good phones, 20 named", found, ok }];
}

async function runFlood(t: Owner, plan: Plan): Promise<readonly Line[]> {
  const defenders: Defender[] = ["kernel", "edge", "observe"];
  if (versionOf(["kamailio", "-v"]) !== "") defenders.push("kamailio");
  const kinds = ["options", "register", "invite", "garbage"] as const;
  const o = { defenders, kinds, sources: [1, 50_000], seconds: plan.seconds };
  const cells = await floods(t, o, (cell) => plan.say(`${cell.defender} ${lineOf(cell).what}: ${lineOf(cell).found}`));
  return cells.map(lineOf);
}

function lineOf(cell: FloodCell): Line {
  const { p50, p99, done, failed, resent } = worst(cell.services);
  const from = cell.sources === 1 ? "1 source" : `${count(cell.sources)} sources`;
  const flood = cell.kind === "none" ? "no flood" : `${cell.kind} from ${from}, ${count(cell.sent)}/s`;
  const banned = cell.defender === "kamailio" ? "" : `, ${cell.banned} banned`;
  const through = cell.kind === "none" ? "" : `; ${count(cell.passed)}/s let through${banned}`;
  const found = `${failed} of ${done + failed} failed, ${resent} sent again, p50 ${ms(p50)}, p99 ${ms(p99)}${through}`;
  const line = { what: `${DEFENDERS[cell.defender]}: ${flood}`, found };
  const isGood = failed === 0 && p99 < 20 && cell.banned === 0;
  if (cell.defender === "kernel") return { ...line, needed: "0 failed, p99 < 20 ms, 0 banned", ok: isGood };
  return { ...line, needed: "" };
}

async function runForged(t: Owner): Promise<readonly Line[]> {
  const r = await forged(t, { seconds: 5, rate: 200, kernel: true });
  const { failed, done, p99 } = worst(r.services);
  const found = `${failed} of ${done + failed} failed, p99 ${ms(p99)}, ${r.wrongly.length} wrong verdicts`;
  const what = `${count(r.sent)} packets of attackers in the name of a trunk and of registered offices`;
  return [{ what, needed: "0 effect on them", found, ok: failed === 0 && r.wrongly.length === 0 }];
}

/** Sources where one wants to know that it is no other. */
const FEW = 20;
/** Wrong passwords, µs between two: as fast as a flood, and as a patient attacker sends them. */
const GUESSING = [
  { pace: 500, sources: 200, packets: 1_000 },
  { pace: 20_000, sources: 20, packets: 100 },
];
/** How long each source guesses, µs. */
const FAIL2BAN_FOR = 15_000_000;

async function runDrop(t: Owner, plan: Plan): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const kernel of WAYS) {
    for (const family of [4, 6] as const) {
      const r = await drop(t, { sources: family === 4 && kernel ? plan.sources : FEW, packets: 600, family, kernel });
      const times = kernel ? r.kernel : r.edge;
      const leaks = kernel ? r.kernelLeaks : r.edgeLeaks;
      const ok = leaks === 0 && quantile(times, 0.5) < 10 && quantile(times, 0.99) < 50;
      lines.push(
        dropLine(`From the deciding packet to drop, ${by(kernel)}, IPv${family}`, r.sources, times, leaks, ok),
      );
    }
  }
  return lines;
}

/** Nobody in front of the phone system: who reads its log keeps them out. */
async function runWatch(t: Owner): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const from = "From the sixth wrong password in Asterisk's log to drop,";
  for (const { pace, sources, packets } of GUESSING) {
    const r = await guarded(t, { sources, packets, pace });
    const ok = r.kernelLeaks === 0 && quantile(r.kernel, 0.99) < 100;
    const what = `${from} rempart watch, ${count(1_000_000 / pace)} a second`;
    lines.push(dropLine(what, r.sources, r.kernel, r.kernelLeaks, ok, "p99 < 100 ms"));
  }
  if (!isFail2banHere()) return lines;
  for (const { pace } of GUESSING) {
    const f = await fail2ban(t, { sources: 4, packets: FAIL2BAN_FOR / pace, pace });
    const what = `${from} fail2ban, ${count(1_000_000 / pace)} a second, 15 s each`;
    lines.push(dropLine(what, f.sources, f.kernel, f.kernelLeaks));
  }
  return lines;
}

function dropLine(
  what: string,
  sources: number,
  times: readonly number[],
  leaks: number,
  ok?: boolean,
  needed = "p50 < 10 ms, p99 < 50 ms",
): Line {
  const all = [...times, ...Array.from({ length: leaks }, () => Number.POSITIVE_INFINITY)];
  const figures = `p50 ${ms(quantile(all, 0.5))}, p99 ${ms(quantile(all, 0.99))}`;
  const found = `${figures} of ${sources} sources${leaks > 0 ? `; ${leaks} not while it lasted` : ""}`;
  return {
    what,
    needed: ok === undefined ? "" : needed,
    found,
    ...(ok === undefined ? {} : { ok }),
  };
}

async function runCrowd(t: Owner, plan: Plan): Promise<readonly Line[]> {
  // The kernel would let 2,000 strangers' packets a second through: they would not all be seen within minutes.
  const r = await crowd(t, { sources: plan.crowd, rate: 8_000, kernel: false });
  const [few, , many] = r.judged;
  const shown = r.judged
    .map((j) => `${count(j.sources)}: ${count(j.perSecond)}/s, heap ${j.heap.toFixed(0)} MiB`)
    .join("; ");
  return [
    {
      what: `${count(r.sources)} forged sources: heap of the control thread`,
      needed: "under 300 MB, 0 banned",
      found: `${r.control.toFixed(0)} MiB; the whole process ${r.before.toFixed(0)} MiB before, ${r.largest.toFixed(0)} at most, ${r.after.toFixed(0)} after; ${count(r.book)} in the book, ${r.banned} banned`,
      ok: r.control * 1.048576 < 300 && r.banned === 0,
    },
    {
      what: "Facts judged after so many sources, proved ones among them",
      needed: "heap under 300 MB, cost constant",
      found: shown,
      ok: many.heap * 1.048576 < 300 && many.perSecond > few.perSecond / 2,
    },
  ];
}

async function runBanned(t: Owner): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const kernel of WAYS) {
    const r = await banned(t, { seconds: 5, rate: 300_000, kernel });
    const found = `${percent(r.busy)} of a core, idle ${percent(r.idle)}; ${count(r.sent)}/s sent, ${count(r.passed)}/s let through`;
    const line = { what: `Processor time while banned sources send, ${by(kernel)}`, found };
    lines.push(
      kernel ? { ...line, needed: "within 5 % of idle", ok: r.busy - r.idle < 0.05 } : { ...line, needed: "" },
    );
  }
  return lines;
}

async function runRestore(t: Owner): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const kernel of WAYS) {
    const r = await restore(t, { bans: 100_000, kernel });
    const more = kernel
      ? `; dropped by the kernel ${r.kernel === undefined ? "never" : `${ms(r.kernel)} after the start`}`
      : "";
    const found = `start ${ms(r.withBans)}, without bans ${ms(r.without)}, ${r.answers} answers to a banned source${more}`;
    const took = kernel ? (r.kernel ?? Number.POSITIVE_INFINITY) : r.withBans;
    const line = { what: `100,000 bans restored and enforced, ${by(kernel)}`, needed: "under 2 s, 0 answers", found };
    lines.push({ ...line, ok: took < 2_000 && r.answers === 0 });
  }
  return lines;
}

/** In the order of the page. */
export const MEASURES: readonly Measure[] = [
  { name: "sipvicious", run: runSipvicious },
  { name: "storm", run: runStorm },
  { name: "flood", run: runFlood },
  { name: "forged", run: runForged },
  { name: "drop", run: runDrop },
  { name: "watch", run: runWatch },
  { name: "crowd", run: runCrowd },
  { name: "banned", run: runBanned },
  { name: "restore", run: runRestore },
];
