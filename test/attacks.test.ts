/**
 * Each attack of corpus/attacks, as packets on the edge but its sockets: what it brings about is what its file says, and its benign twin brings about
 * nothing (or what its file says).
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { answerChallenge } from "../src/auth/index.ts";
import { DOMAIN, newScene, PASSWORD, type Scene } from "../src/edge/host.fixture.ts";
import { SCENARIOS, Shield, type Verdict } from "../src/shield/index.ts";
import { TOO_SLOW } from "../src/transport/index.ts";

const FOLDER = join(import.meta.dirname, "../corpus/attacks");

interface Step {
  /** "host:port"; {n} is the number of the repetition, {p} a port of its own. */
  readonly from: string;
  readonly repeat: number;
  /** Milliseconds. */
  readonly every: number;
  /** Lines of a message, or of what is none. */
  readonly packet?: readonly string[];
  /** What came of a connection: half a message and no end in time, no handshake in time, or pushed out in the middle of it by others. */
  readonly connection?: "half message" | "no handshake" | "pushed out";
  /** A REGISTER and its answer to the challenge; an empty password is the right one. */
  readonly register?: { readonly user: string; readonly password: string };
}

interface Attack {
  readonly about: string;
  readonly steps: readonly Step[];
  readonly verdicts: readonly string[];
}

function load(name: string): Attack {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Attack;
}

/** Plays it and gives what was decided, each once. */
function play({ steps }: Attack): string[] {
  const scene = newScene({ users: ["anna", "bert"], bound: [["anna", "203.0.113.99:5060"]] });
  const shield = new Shield(new Map(), []);
  const decided: Verdict[] = [];
  let at = 0;
  const pass = (ms: number): void => {
    // The edge's tick, without the hours in between.
    scene.pass(Math.min(ms, 5_000));
    at += ms;
    for (const sighting of scene.core.facts.take() ?? []) decided.push(...shield.judge({ ...sighting, at }));
  };
  for (const step of steps) {
    for (let n = 0; n < step.repeat; n++) {
      const fill = (text: string): string => text.replaceAll("{n}", String(n)).replaceAll("{p}", String(20_000 + n));
      const from = fill(step.from);
      if (step.connection !== undefined) connection(scene, from, step.connection);
      else if (step.packet !== undefined)
        scene.receive(from, `${[...step.packet, "Content-Length: 0"].map(fill).join("\r\n")}\r\n\r\n`);
      else register(scene, from, step.register?.user ?? "", fill(step.register?.password ?? "") || PASSWORD, n);
      pass(step.every);
    }
  }
  const words = ({ scenario, action, target }: Verdict) => [scenario, action, target.source, target.account];
  return [
    ...new Set(
      decided.map((v) =>
        words(v)
          .filter((word) => word !== "")
          .join(" "),
      ),
    ),
  ];
}

/** A connection from there that has come to its end. */
function connection(scene: Scene, from: string, end: NonNullable<Step["connection"]>): void {
  if (end === "half message") scene.host.flowClosed(scene.connect(from), "halfMessage");
  else scene.host.atDoor("halfHandshake", from.slice(0, from.lastIndexOf(":")), end === "no handshake" ? TOO_SLOW : "");
}

/** A phone registers: the challenge first, then with what it takes for its password. */
function register(scene: Scene, from: string, user: string, password: string, n: number): void {
  const uri = `sip:${DOMAIN}`;
  const text = (branch: string, more: string): string =>
    [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${from};branch=z9hG4bK${branch};rport`,
      "Max-Forwards: 70",
      `From: <sip:${user}@${DOMAIN}>;tag=t${n}`,
      `To: <sip:${user}@${DOMAIN}>`,
      `Call-ID: register-${user}-${from}-${n}`,
      `CSeq: ${branch.startsWith("a") ? 1 : 2} REGISTER`,
      `Contact: <sip:${user}@${from}>`,
      "User-Agent: Desk Phone 1.0",
      `${more}Content-Length: 0`,
    ].join("\r\n") + "\r\n\r\n";
  scene.heard(from);
  scene.receive(from, text(`a${n}`, ""));
  const [asked] = scene.heard(from);
  assert.equal(asked.status, 401);
  const line = answerChallenge(asked, { method: "REGISTER", uri, user, password, cnonce: "c", nc: 1 });
  assert.ok(line !== undefined);
  scene.receive(from, text(`b${n}`, `${line.trimEnd()}\r\n`));
}

for (const file of globSync("*/*.json", { cwd: FOLDER }).sort()) {
  const attack = load(file);
  test(`${file}: ${attack.about}`, () => assert.deepEqual(play(attack), attack.verdicts));
}

test("every scenario has its attack and its benign twin", () => {
  const named = SCENARIOS.map((s) => s.name);
  const there = globSync("*/{attack,benign}.json", { cwd: FOLDER }).sort();
  assert.deepEqual(there, named.flatMap((name) => [`${name}/attack.json`, `${name}/benign.json`]).sort());
});
