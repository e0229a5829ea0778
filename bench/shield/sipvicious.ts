import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { passwordOf } from "../accounts.ts";
import {
  bansOf,
  bySource,
  newScene,
  type Scene,
  type SiteOptions,
  startListener,
  startRempart,
  WAYS,
} from "./scene.ts";

/** Where Debian's package has it. */
const INSTALLED = "/usr/share/sipvicious/sipvicious";

export function isSipviciousHere(): boolean {
  return existsSync(INSTALLED);
}

/** `agent`: it calls itself a phone, the first thing that is changed in it. `all`: its handwriting is a phone's too. */
export type Disguise = "none" | "agent" | "all";

/** Who exists and is looked for; who does not. None is a decoy. */
export const USERS: readonly string[] = ["2103", "2108", "2111"];
const RANGE = "2100-2119";

/** A tool of SIPVicious as it is called, without pace, source and target. */
export interface Attack {
  readonly name: string;
  readonly tool: "svmap" | "svwar" | "svcrack";
  readonly args: readonly string[];
}

export const ATTACKS: readonly Attack[] = [
  { name: "svmap", tool: "svmap", args: [] },
  ...["REGISTER", "INVITE", "OPTIONS"].flatMap((method) => [
    { name: `svwar ${method}`, tool: "svwar" as const, args: ["-m", method, "-e", RANGE] },
    { name: `svwar ${method} --force`, tool: "svwar" as const, args: ["-m", method, "-e", RANGE, "--force"] },
  ]),
  { name: "svcrack", tool: "svcrack", args: ["-u", USERS[0]] },
];

/** A copy of it that sends from this address, calls itself a phone where it is to, and does not stop for being answered slowly. */
function copyOf(t: Owner, source: string, disguise: Disguise): string {
  const folder = scratch(t);
  cpSync(INSTALLED, join(folder, "sipvicious"), { recursive: true });
  for (const name of ["svwar.py", "svcrack.py", "svmap.py", "libs/svhelper.py"]) {
    const file = join(folder, "sipvicious", name);
    let text = readFileSync(file, "latin1")
      .replaceAll("maxlastrecvtime=15", "maxlastrecvtime=3600")
      .replaceAll("self.bindingip = bindingip", `self.bindingip = "${source}"`);
    if (disguise !== "none") {
      text = text.replaceAll("friendly-scanner", "Yealink SIP-T46U 108.86.0.20").replaceAll('sipvicious"', 'Anna"');
    }
    if (disguise === "all") {
      text = text.replaceAll("branch=z9hG4bK-%s", "branch=z9hG4bKx%s");
    }
    writeFileSync(file, text, "latin1");
  }
  return folder;
}

/** Runs one attack from a source of its own, for `seconds` at most. */
export async function attack(
  t: Owner,
  scene: Scene,
  a: Attack,
  o: { readonly source: string; readonly disguise: Disguise; readonly pace: number; readonly seconds: number },
): Promise<{ readonly out: string; readonly sent: number; readonly answered: number }> {
  const folder = copyOf(t, o.source, o.disguise);
  const start = `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); from sipvicious import ${a.tool}; ${a.tool}.main()`;
  const words = ["-x", o.source, "-P", "5060", ...a.args];
  if (o.pace > 0) words.push("-t", String(o.pace));
  if (a.tool === "svcrack") words.push("-d", dictionary(folder));
  const program = [...scene.internet.within, "timeout", "-s", "INT", String(o.seconds), "python3", "-c", start];
  const child = spawn(program[0], [...program.slice(1), ...words, WAYS[4].edge], {
    env: { ...process.env, HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
  }
  await once(child, "close");
  const count = (what: "sent" | "got"): number => bySource(scene, what).get(o.source) ?? 0;
  return { out, sent: count("sent"), answered: count("got") };
}

/** Wrong ones, and at the end the right one. */
function dictionary(folder: string): string {
  const file = join(folder, "words");
  const wrong = Array.from({ length: 30 }, (_, i) => `guess${i}`);
  writeFileSync(file, `${[...wrong, passwordOf(USERS[0])].join("\n")}\n`);
  return file;
}

export interface Attempt {
  readonly name: string;
  readonly disguise: Disguise;
  readonly pace: number;
  readonly sent: number;
  readonly answered: number;
  /** Accounts that its report names. */
  readonly learned: readonly string[];
  /** "mute scanner": what was decided about it. */
  readonly decided: readonly string[];
  readonly out: string;
}

export interface Case {
  readonly attack: Attack;
  readonly disguise: Disguise;
  /** Seconds between two packets; 0: as fast as it is. */
  readonly pace: number;
}

export function casesOf(attacks: readonly Attack[], disguises: readonly Disguise[], paces: readonly number[]): Case[] {
  return attacks.flatMap((attack) =>
    disguises.flatMap((disguise) => paces.map((pace) => ({ attack, disguise, pace }))),
  );
}

export interface ScanOptions extends SiteOptions {
  readonly cases: readonly Case[];
  /** How long each lasts at most. */
  readonly seconds: number;
}

/** Fast ones at once: each takes a core to start. Those that wait most of the time all run beside them. */
const AT_ONCE = 8;

/** All of them, each from a source of its own, on one Rempart with a phone system behind it. */
export async function scan(t: Owner, o: ScanOptions): Promise<{ attempts: Attempt[]; arrived: string[] }> {
  const scene = newScene(t);
  const listener = startListener(t, scene);
  // It knows MD5 alone.
  const more = `${o.more ?? ""}[auth]\nalgorithms = ["MD5"]\n`;
  const daemon = await startRempart(t, scene, { accounts: 1, users: USERS, ...o, more });
  const attempts: Attempt[] = [];
  const run = async ({ attack: a, disguise, pace }: Case): Promise<void> => {
    const source = `198.18.${o.cases.findIndex((c) => c.attack === a && c.disguise === disguise && c.pace === pace) + 1}.7`;
    const { out, sent, answered } = await attack(t, scene, a, { source, disguise, pace, seconds: o.seconds });
    const bans = (await bansOf(daemon)).filter((b) => b.source === source);
    const decided = bans.map((b) => `${b.action} ${b.reason}`);
    attempts.push({ name: a.name, disguise, pace, sent, answered, learned: learnedIn(out), decided, out });
  };
  const fast = o.cases.filter((c) => c.pace === 0);
  const next = async (): Promise<void> => {
    for (let c = fast.shift(); c !== undefined; c = fast.shift()) await run(c);
  };
  const slow = o.cases.filter((c) => c.pace > 0).map(run);
  await Promise.all([...Array.from({ length: AT_ONCE }, next), ...slow]);
  return { attempts, arrived: listener.arrived() };
}

/** First column of the table that it prints: extensions. */
function learnedIn(out: string): string[] {
  return [...out.matchAll(/^\| (\d{4}) +\|/gm)].map(([, extension]) => extension);
}
