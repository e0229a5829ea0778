import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN } from "../accounts.ts";
import { LOAD_CORE } from "../process.ts";
import { type Scene, WAYS } from "./scene.ts";

const FOLDER = join(import.meta.dirname, "../build");
const PROGRAM = join(FOLDER, "strike");

/** Compiles the attacker; throws with the compiler's words. */
export function buildStrike(): void {
  mkdirSync(FOLDER, { recursive: true });
  const flags = ["-O2", "-Wall", "-Wextra", "-Wno-comment"];
  execFileSync("cc", [...flags, "-o", PROGRAM, join(import.meta.dirname, "strike.c")], { stdio: "inherit" });
}

export interface FloodOptions {
  /** Written in turn; `########` becomes a number. */
  readonly texts: readonly string[];
  /** Source that is written on the packets, the first of `sources`. */
  readonly from: string;
  readonly sources: number;
  readonly seconds: number;
  /** Packets per second; none: as many as can be. */
  readonly rate?: number;
  readonly family?: 4 | 6;
}

export interface Flooded {
  readonly sent: number;
  readonly seconds: number;
}

/** Sends datagrams with forged sources from the internet of the scene to its edge. */
export async function flood(scene: Scene, o: FloodOptions): Promise<Flooded> {
  const words = ["--mac", scene.mac, "--to", WAYS[o.family ?? 4].edge, "--from", o.from, "--sources", o.sources];
  words.push("--seconds", o.seconds);
  if (o.rate !== undefined) words.push("--rate", o.rate);
  // The phones have the core first: they are measured, and what floods them takes what is left.
  const out = await run(
    [...scene.internet.within, "nice", "-n", "10", PROGRAM, ...words.map(String), "flood"],
    o.texts.map((text) => `${text}\0`).join(""),
  );
  return JSON.parse(out) as Flooded;
}

/** One source of `guess`: when its wrong passwords left and when the last answer came, in µs from the sixth wrong password. */
export interface Guesser {
  readonly source: string;
  /** When the sixth left, wall ms; 0: there was none. */
  readonly at: number;
  readonly answers: number;
  readonly last: number;
  readonly sent: readonly number[];
}

export interface GuessOptions {
  readonly from: string;
  readonly sources: number;
  /** Wrong passwords of each, and µs between two. */
  readonly packets: number;
  readonly pace: number;
  readonly family?: 4 | 6;
  /** The account of the first; each has its own. */
  readonly account?: number;
}

/** Source after source answers its challenge with wrong passwords. */
export async function guess(scene: Scene, o: GuessOptions): Promise<Guesser[]> {
  const words = ["--to", WAYS[o.family ?? 4].edge, "--from", o.from, "--sources", o.sources, "--packets", o.packets];
  words.push("--pace", o.pace, "--domain", DOMAIN, "--account", o.account ?? 0);
  // Each in a /24 or /48 of its own: they are no neighbours.
  words.push("--step", o.family === 6 ? 65_536 : 256);
  const out = await run([...scene.internet.within, PROGRAM, ...words.map(String), "guess"], "");
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Guesser);
}

async function run(words: readonly string[], stdin: string): Promise<string> {
  const child = spawn("taskset", ["-c", String(LOAD_CORE), ...words], { stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stdin.end(stdin, "latin1");
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the attacker ended with ${code}`);
  return out;
}
