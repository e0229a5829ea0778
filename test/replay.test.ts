/**
 * Each attack of corpus/attacks as a capture: played on the edge but its sockets, what goes both ways is written down, and `replay` must find what
 * the file says (proved over TCP, where it is), and for the benign twin nothing else. UDP and TCP, IPv4 and IPv6. slow-connection has no packets.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
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

// What a connection does that says nothing whole is not in the messages of a capture.
for (const name of globSync("*/*.json", { cwd: FOLDER, exclude: ["slow-connection/*"] }).sort()) {
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

test("a nonce that another address was given proves nothing, and what is forged with it mutes nobody", () => {
  const client = { host: "198.51.100.7", port: 5_060 };
  const victim = { host: "203.0.113.50", port: 5_060 };
  const server = { host: "192.0.2.1", port: 5_060 };
  const text = (n: number, more: string): string =>
    `REGISTER sip:${DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK${n}${more.length};rport\r\nMax-Forwards: 70\r\nFrom: <sip:anna@${DOMAIN}>;tag=1\r\nTo: <sip:anna@${DOMAIN}>\r\nCall-ID: ${n}\r\nCSeq: 1 REGISTER\r\n${more}Content-Length: 0\r\n\r\n`;
  const credentials = (nonce: string): string =>
    `Authorization: Digest username="anna",realm="x",nonce="${nonce}",uri="sip:x",response="00"\r\n`;
  const refusal = (n: number, more: string, nonce: string): string =>
    text(n, more)
      .replace(`REGISTER sip:${DOMAIN} SIP/2.0`, "SIP/2.0 401 Unauthorized")
      .replace(more, "")
      .replace("Content-Length", `WWW-Authenticate: Digest realm="x",nonce="${nonce}"\r\nContent-Length`);
  const records: Recorded[] = [];
  let at = START;
  const put = (bytes: Buffer): void => {
    at += 100;
    records.push({ at, bytes });
  };
  for (let n = 0; n < 20; n++) {
    put(udpPacket(client, server, text(n, "")));
    put(udpPacket(server, client, refusal(n, "", `nonce${n}`)));
    const more = credentials(`nonce${n}`);
    put(udpPacket(victim, server, text(1_000 + n, more)));
    put(udpPacket(server, victim, refusal(1_000 + n, more, `other${n}`)));
  }
  const run = judge(pcap(records));
  assert.deepEqual(verdictsOf(run), []);
  assert.equal(run.trials[0].facts, 20, "they were seen, as what anybody may have sent");
});

test("a log: standing narrows what follows, as in the daemon", () => {
  const event = (name: string, account: string, second: number, more: string): string =>
    `[2026-03-01 08:00:${String(second).padStart(2, "0")}] SECURITY[1] res_security_log.c: SecurityEvent="${name}",EventTV="x",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="${account}",SessionID="c${second}",LocalAddress="IPV4/TLS/203.0.113.1/5061",RemoteAddress="IPV4/TLS/198.51.100.7/5061"${more}\n`;
  const wrong = [1, 2, 3, 4, 5, 6].map((s) => event("ChallengeResponseFailed", "200", s, ',Challenge="x"')).join("");
  const good = event("SuccessfulAuth", "100", 0, ',UsingPassword="1"');
  const found = (log: string): string[] => {
    const run = new Replay([SITE], []);
    const sink = run.log("full", Date.UTC(2026, 3, 1));
    sink.push(Buffer.from(log, "latin1"));
    sink.end();
    run.end();
    return verdictsOf(run);
  };
  assert.deepEqual(found(wrong), ["wrong-password ban 198.51.100.7"]);
  assert.deepEqual(found(good + wrong), ["wrong-password mute 198.51.100.7 200"]);
});

for (const name of ["asterisk", "freeswitch", "kamailio"])
  test(`a log of ${name} is read by the reader of its lines`, () => {
    const run = new Replay([SITE], []);
    const sink = run.log(name, Date.UTC(2026, 3, 1));
    sink.push(readFileSync(join(import.meta.dirname, "../corpus/logs", `${name}.txt`)));
    sink.end();
    run.end();
    assert.equal(run.files[0].kind, `log of ${name}`);
    assert.ok(run.counts.understood > 10 && run.trials[0].facts > 0, `${run.counts.understood} lines`);
  });

test("a leap of time within a file is damage: nobody is found by it, and none is lost", () => {
  const file = record({ ...CRACK, steps: [{ ...CRACK.steps[0], every: 150_000 }] }, "udp", 4, false);
  assert.deepEqual(verdictsOf(judge(file)), []);
  for (const [from, wrong] of [
    [24, 0xffffffff],
    [24, 0],
  ] as const) {
    const damaged = Buffer.from(file);
    damaged.writeUInt32LE(wrong, from);
    assert.deepEqual(verdictsOf(judge(damaged)), [], `first at ${wrong}`);
  }
  const quick = Buffer.from(record(CRACK, "udp", 4, false));
  quick.writeUInt32LE(0xffffffff, 24 + 16 + quick.readUInt32LE(24 + 8));
  assert.equal(judge(quick).counts.timeless, 1);
  assert.deepEqual(verdictsOf(judge(quick)), ["wrong-password ban 198.51.100.7"]);
});

test("property: a damaged capture is judged without a throw, whatever is damaged", () => {
  const files = ["udp", "tcp"].map((way) => record(CRACK, way as Way, 4, false));
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 40 }),
      (from, changes) => {
        const bytes = Buffer.from(from);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const run = judge(bytes);
        assert.ok(run.trials[0].count < 20);
      },
    ),
    { numRuns: 300 },
  );
});
