import { PBX } from "../src/edge/host.fixture.ts";
import type { DnsAnswer, DnsQuestion, Resolver } from "../src/ports/index.ts";
import { hostOf, PARTIES, SPARE } from "./edge-parties.ts";
import type { Random } from "./mutate.ts";

/** Addresses of everybody, of the inside in several spellings, and what is none. */
const ADDRESSES = [
  ...PARTIES.map(hostOf),
  `::ffff:${hostOf(PBX)}`,
  `64:ff9b::${hostOf(SPARE)}`,
  "127.0.0.1",
  "::1",
  "0.0.0.0",
  "2001:db8::7",
  "no address",
];

/** Name servers whose answers whoever owns a domain has written. */
export class NameServers implements Resolver {
  readonly #random: Random;
  #open: [DnsQuestion, (answer: DnsAnswer) => void][] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  ask(question: DnsQuestion, done: (answer: DnsAnswer) => void): void {
    this.#open.push([question, done]);
  }

  close(): void {
    for (const [, done] of this.#open.splice(0)) done({ kind: "failed" });
  }

  /** Answers some of what is asked. */
  answer(): void {
    const now = this.#open;
    this.#open = [];
    for (const entry of now) {
      if (this.#random.below(4) === 0) this.#open.push(entry);
      else entry[1](this.#made(entry[0]));
    }
  }

  #made({ type }: DnsQuestion): DnsAnswer {
    const random = this.#random;
    const dice = random.below(10);
    if (dice < 2) return { kind: "none" };
    if (dice < 3) return { kind: "failed" };
    const some = Array.from({ length: 1 + random.below(4) });
    if (type === "A" || type === "AAAA")
      return { kind: "addresses", addresses: some.map(() => random.pick(ADDRESSES)), ttl: random.below(1_000) };
    const name = (): string => random.pick(["a.far.example", "b.far.example", "", ".", hostOf(PBX)]);
    if (type === "SRV") {
      const port = (): number => random.pick([0, 5060, 5070, 65_535]);
      const records = some.map(() => ({
        priority: random.below(3),
        weight: random.below(3),
        port: port(),
        name: name(),
      }));
      return { kind: "servers", records };
    }
    const service = (): string => random.pick(["SIP+D2U", "SIP+D2T", "SIPS+D2T", "E2U+sip"]);
    const rule = () => ({ order: random.below(3), preference: random.below(3), flags: "s", regexp: "" });
    return { kind: "rules", records: some.map(() => ({ ...rule(), service: service(), replacement: name() })) };
  }
}
