/**
 * Each attack of corpus/attacks as a capture: played on the edge but its sockets, what goes both ways is written down, and `replay` must find what
 * the file says (proved over TCP, where it is), and for the benign twin nothing else. UDP and TCP, IPv4 and IPv6. slow-connection has no packets.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { answerChallenge } from "../src/auth/index.ts";
import { isFailure } from "../src/base/index.ts";
import { Connection, pcap, type Recorded, udpPacket } from "../src/capture/capture.fixture.ts";
import { DOMAIN, newScene, PASSWORD, type Scene } from "../src/edge/host.fixture.ts";
import { Replay, type Site } from "../src/replay/index.ts";
import { SCENARIOS } from "../src/shield/index.ts";
import { parseMessage } from "../src/sip/index.ts";

const FOLDER = join(import.meta.dirname, "../corpus/attacks");
const START = 1_760_000_000_000;

interface Step {
  readonly from: string;
  readonly repeat: number;
  readonly every: number;
  readonly packet?: readonly string[];
  readonly register?: { readonly user: string; readonly password: string };
}

interface Attack {
  readonly about: string;
  readonly steps: readonly Step[];
  readonly verdicts: readonly string[];
}

type Way = "udp" | "tcp";

/** Addresses of a family of their own for those of the corpus: 198.51.100.7 is 2001:db8:c633:6407::1. */
function sixOf(host: string): string {
  const [a, b, c, d] = host.split(".").map(Number);
  return `2001:db8:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::1`;
}

/** Writes down what went both ways. */
class Tape {
  readonly records: Recorded[] = [];
  at = START;
  readonly #way: Way;
  readonly #family: 4 | 6;
  #port = 10_000;

  constructor(way: Way, family: 4 | 6) {
    this.#way = way;
    this.#family = family;
  }

  exchange(from: string, text: string, answers: readonly string[]): void {
    const [host, port] = from.split(":");
    const six = this.#family === 6;
    const server = { host: six ? "2001:db8:1::1" : "192.0.2.1", port: 5_060 };
    const client = { host: six ? sixOf(host) : host, port: this.#way === "udp" ? Number(port) : this.#port++ };
    const packets = this.#packets(client, server, text, answers);
    for (const bytes of packets) this.records.push({ at: this.at, bytes });
  }

  #packets(client: Parameters<typeof udpPacket>[0], server: typeof client, text: string, answers: readonly string[]) {
    if (this.#way === "udp") {
      const back = answers.map((text) => udpPacket(server, client, text));
      return [udpPacket(client, server, text), ...back];
    }
    const line = new Connection(client, server);
    return [...line.open(), ...line.send(text, 300), ...answers.flatMap((m) => line.answer(m))];
  }
}

/** Plays an attack and gives the capture. `refuse`: what a phone system says that names who is not there, in the place of our uniform answer. */
function record({ steps }: Attack, way: Way, family: 4 | 6, refuse: boolean): Buffer {
  const scene = newScene({ users: ["anna", "bert"], bound: [["anna", "203.0.113.99:5060"]] });
  const tape = new Tape(way, family);
  for (const step of steps) {
    for (let n = 0; n < step.repeat; n++) {
      const fill = (text: string): string => text.replaceAll("{n}", String(n)).replaceAll("{p}", String(20_000 + n));
      const from = fill(step.from);
      const say = (text: string): readonly string[] => {
        scene.taken();
        scene.receive(from, text);
        const heard = scene.taken().filter((sent) => sent.to === from);
        const answers = heard.map((sent) =>
          refuse ? sent.text.replace("401 Unauthorized", "404 Not Found") : sent.text,
        );
        tape.exchange(from, text, answers);
        return answers;
      };
      if (step.packet !== undefined) say(`${[...step.packet, "Content-Length: 0"].map(fill).join("\r\n")}\r\n\r\n`);
      else register(say, from, step.register?.user ?? "", fill(step.register?.password ?? "") || PASSWORD, n);
      pass(scene, step.every);
      tape.at += step.every;
    }
  }
  return pcap(tape.records);
}

function pass(scene: Scene, ms: number): void {
  scene.pass(Math.min(ms, 5_000));
}

function register(
  say: (text: string) => readonly string[],
  from: string,
  user: string,
  password: string,
  n: number,
): void {
  const uri = `sip:${DOMAIN}`;
  const text = (branch: string, more: string): string =>
    `REGISTER ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${from};branch=z9hG4bK${branch};rport\r\nMax-Forwards: 70\r\nFrom: <sip:${user}@${DOMAIN}>;tag=t${n}\r\nTo: <sip:${user}@${DOMAIN}>\r\nCall-ID: register-${user}-${from}-${n}\r\nCSeq: ${branch.startsWith("a") ? 1 : 2} REGISTER\r\nContact: <sip:${user}@${from}>\r\nUser-Agent: Desk Phone 1.0\r\n${more}Content-Length: 0\r\n\r\n`;
  const [answer] = say(text(`a${n}`, ""));
  const asked = parseMessage(answer);
  assert.ok(!isFailure(asked) && asked.status === 401, answer);
  const line = answerChallenge(asked, { method: "REGISTER", uri, user, password, cnonce: "c", nc: 1 });
  assert.ok(line !== undefined);
  say(text(`b${n}`, `${line.trimEnd()}\r\n`));
}

const SITE: Site = {
  domains: [DOMAIN],
  aliases: [],
  ports: [5_060],
  servers: [],
  decoys: ["100", "1000", "admin", "test", "user", "guest", "sip", "root"],
  scenarios: new Map(),
  never: [],
  neverHere: [],
  trunks: [],
  isRelay: false,
  nonceLife: 300_000,
};

function judge(file: Buffer, site: Partial<Site> = {}): Replay {
  const run = new Replay([{ ...SITE, ...site }], []);
  const sink = run.capture("x");
  sink.push(file);
  sink.end();
  run.end();
  return run;
}

function verdictsOf(run: Replay): string[] {
  return run.trials[0]
    .findings()
    .map(({ scenario, action, source, account }) =>
      [scenario, action, source, account].filter((word) => word !== "").join(" "),
    );
}

/** What the file says, for evidence that is proved or not, and for the address of the family. */
function expected({ verdicts }: Attack, way: Way, family: 4 | 6): string[] {
  return verdicts.map((text) => {
    const [scenario, action, ...rest] = text.split(" ");
    const isBanned = way === "tcp" && SCENARIOS.find((s) => s.name === scenario)?.proved === "ban";
    const isNarrow = rest.length > 1;
    const who = rest.map((word) =>
      family === 6 && /^[\d.]+$/.test(word) ? sixOf(word).replace("::1", "::/64") : word,
    );
    return [scenario, isBanned && !isNarrow ? "ban" : action, ...who].join(" ");
  });
}

for (const name of globSync("*/*.json", { cwd: FOLDER }).sort()) {
  const attack = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Attack;
  for (const way of ["udp", "tcp"] as const) {
    for (const family of [4, 6] as const) {
      test(`${name} over ${way}, IPv${family}: ${attack.about}`, () => {
        // Rempart's own answers are the same for who exists and who does not: only the other kind of phone system says.
        const file = record(attack, way, family, name.startsWith("unknown-users"));
        const run = judge(file);
        assert.deepEqual(verdictsOf(run).sort(), expected(attack, way, family).sort());
        assert.equal(run.servers.hosts.length, 1);
        assert.equal(run.counts.elsewhere, 0);
      });
    }
  }
}

const CRACK = JSON.parse(readFileSync(join(FOLDER, "wrong-password/attack.json"), "utf8")) as Attack;

test("another limit finds what the present one does not, and both are judged in one go", () => {
  const file = record(CRACK, "udp", 4, false);
  const none = new Map([["wrong-password", { mode: "enforce" as const, limits: [{ count: 7, within: 600_000 }] }]]);
  assert.deepEqual(verdictsOf(judge(file, { scenarios: none })), []);
  const run = new Replay([{ ...SITE, scenarios: none }, SITE], []);
  const sink = run.capture("x");
  sink.push(file);
  sink.end();
  run.end();
  assert.deepEqual(
    run.trials.map((t) => t.count),
    [0, 1],
  );
  const [found] = run.trials[1].findings();
  assert.deepEqual([found.at, found.noted, found.standing], [START + 5_000, 6, []]);
});

test("retransmissions are not counted, forged answers prove nothing, and the never-list is told about", () => {
  const file = record({ ...CRACK, steps: [{ ...CRACK.steps[0], repeat: 3 }] }, "udp", 4, false);
  const twice = Buffer.concat([file, file.subarray(24), file.subarray(24)]);
  assert.deepEqual(verdictsOf(judge(twice)), []);
  const others = record(CRACK, "udp", 4, false);
  // The answers to other addresses are not in the capture: a nonce that was not seen to be given is none.
  const oneSided = judge(others, { servers: ["198.51.100.99"] });
  assert.deepEqual(verdictsOf(oneSided), []);
  const spared = judge(others, { never: [{ ip: { family: 4, bytes: Uint8Array.of(198, 51, 100, 0) }, bits: 24 }] });
  assert.deepEqual(
    spared.trials[0].findings().map((f) => f.never),
    [true],
  );
});

test("what would have been kept out is counted from the verdict on", () => {
  const file = record({ ...CRACK, steps: [{ ...CRACK.steps[0], repeat: 10 }] }, "udp", 4, false);
  const [found] = judge(file).trials[0].findings();
  assert.equal(found.keptOut, 8, "four more attempts of two requests each");
});
