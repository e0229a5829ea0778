import type { Cidr, Failure } from "../base/index.ts";
import { isFailure, parseCidr } from "../base/index.ts";
import { CaptureReader, type Damage, Dissector, type Wire } from "../capture/index.ts";
import type { Fact } from "../shield/index.ts";
import { type Message, parseMessage } from "../sip/index.ts";
import { Logs } from "./logs.ts";
import { Servers } from "./servers.ts";
import type { Site } from "./site.ts";
import { Trial } from "./trial.ts";
import { Witness } from "./witness.ts";

/** Messages that are looked at before it is said who is the server, and their characters. */
const FIRST = 2_000;
const FIRST_CHARS = 8_388_608;
/** A file whose time leaps so far ahead is damaged there, ms. */
const LEAP = 31_622_400_000;
const MINUTE = 60_000;

/** What was in the files. */
export interface Counts {
  messages: number;
  requests: number;
  /** What stood in the place of a message. */
  notSip: number;
  /** Messages between others than the server and its callers. */
  elsewhere: number;
  lines: number;
  /** Lines that say something about a caller. */
  understood: number;
  /** What leaps by more than a year within a file. */
  timeless: number;
  /** What is older than what was read before, by more than a minute. */
  older: number;
}

/** What one file was. */
export interface FileReport {
  readonly name: string;
  /** "capture", or "log of asterisk" and the like. */
  readonly kind: string;
  readonly bytes: number;
  readonly damage: Damage | undefined;
}

interface Case {
  readonly site: Site;
  readonly trial: Trial;
  witness: Witness | undefined;
}

/** Feeds what was captured or logged to one or more settings of the shield at once. Pure: bytes in, findings out; time comes from the files. */
export class Replay {
  readonly counts: Counts = {
    messages: 0,
    requests: 0,
    notSip: 0,
    elsewhere: 0,
    lines: 0,
    understood: 0,
    timeless: 0,
    older: 0,
  };
  readonly files: FileReport[] = [];
  readonly dissector: Dissector;
  readonly servers: Servers;
  readonly #cases: readonly Case[];
  readonly #ports: Set<number>;
  readonly #here: ReadonlySet<string>;
  /** Kept until it is known who is the server. */
  #first: { readonly w: Wire; readonly m: Message | Failure | undefined }[] | undefined;
  #firstChars = 0;
  #now = 0;
  /** A file begins. */
  #begins = true;
  /** Times of the first and the last that was read. */
  from = 0;
  readonly #logs: Logs;

  /** `sites`: settings to hold it against; they may differ in all but `servers`. `here`: addresses of this machine. */
  constructor(sites: readonly [Site, ...Site[]], here: readonly string[]) {
    this.#ports = new Set(sites.flatMap((s) => [...s.ports, ...portsOf(s.servers)]));
    this.#here = new Set(here);
    this.servers = new Servers(sites[0].servers, here);
    this.dissector = new Dissector(this.#ports, (w) => this.#onWire(w));
    this.#cases = sites.map((site) => ({ site, trial: new Trial(site.scenarios), witness: undefined }));
    this.#logs = new Logs((fact) => this.#onLogged(fact), this.counts);
    this.#first = this.servers.isGuess ? [] : undefined;
    for (const { site, trial } of this.#cases) trial.setNever(site.never);
    if (this.#first === undefined) this.#settle();
  }

  get trials(): readonly Trial[] {
    return this.#cases.map((c) => c.trial);
  }

  /** The latest time that was read. */
  get to(): number {
    return this.#now;
  }

  /** A capture: give it the pieces of the file in order, then `end`. */
  capture(name: string): { push(piece: Buffer): void; end(): void } {
    const reader = new CaptureReader(this.dissector.take);
    this.#begins = true;
    let bytes = 0;
    return {
      push: (piece) => {
        bytes += piece.length;
        reader.push(piece);
      },
      end: () => {
        reader.end();
        this.files.push({ name, kind: "capture", bytes, damage: reader.damage });
      },
    };
  }

  /** A log of a phone system; whose, its first lines say. `before`: when it was written at the latest, for lines without a year. */
  log(name: string, before: number): { push(piece: Buffer): void; end(): void } {
    const file = this.#logs.file(before);
    this.#begins = true;
    let bytes = 0;
    return {
      push: (piece) => {
        bytes += piece.length;
        file.push(piece);
      },
      end: () => this.files.push({ name, kind: `log of ${file.end()}`, bytes, damage: undefined }),
    };
  }

  /** All was read: what still waited for an answer is judged. */
  end(): void {
    this.#decide();
    for (const { witness } of this.#cases) witness?.settle(Number.POSITIVE_INFINITY);
  }

  #onWire(seen: Wire): void {
    const w = { ...seen, at: this.#time(seen.at) };
    const m = w.fault === "" ? parseMessage(w.text) : undefined;
    this.counts.messages++;
    if (m === undefined || isFailure(m)) this.counts.notSip++;
    else if (m.isRequest) this.counts.requests++;
    if (this.#first === undefined) {
      this.#judge(w, m);
      return;
    }
    this.servers.look(w, m);
    this.#first.push({ w, m });
    this.#firstChars += w.text.length;
    if (this.#first.length >= FIRST || this.#firstChars > FIRST_CHARS) this.#decide();
  }

  /** Enough was seen to say who is the server. */
  #decide(): void {
    const first = this.#first;
    if (first === undefined) return;
    this.#first = undefined;
    this.servers.decide();
    this.#settle();
    for (const { w, m } of first) this.#judge(w, m);
  }

  #settle(): void {
    const { ends, hosts } = this.servers;
    for (const port of portsOf(ends)) this.#ports.add(port);
    const isHere = hosts.some((host) => this.#here.has(host));
    for (const c of this.#cases) {
      const servers = hosts.flatMap((host): Cidr[] => (isLoopback(host) ? [] : (parseCidr(host) ?? [])) as Cidr[]);
      c.trial.setNever([...c.site.never, ...(isHere ? c.site.neverHere : []), ...servers]);
      c.witness = new Witness(c.site, this.servers, (fact) => c.trial.judge(fact));
    }
  }

  #judge(w: Wire, m: Message | Failure | undefined): void {
    let isOurs = false;
    for (const { trial, witness } of this.#cases) {
      trial.pass(w.at);
      if (witness?.take(w, m) !== true) continue;
      isOurs = true;
      if (this.servers.directionOf(w) === "in") trial.admits(w.from, w.at);
    }
    if (!isOurs) this.counts.elsewhere++;
  }

  #onLogged(seen: Fact): void {
    const fact = { ...seen, at: this.#time(seen.at) };
    for (const { site, trial } of this.#cases) {
      trial.pass(fact.at);
      trial.admits(fact.address, fact.at);
      // A phone system says that there is nobody of that name: then he may be a decoy.
      const isDecoy = fact.kind === "unknownUser" && site.decoys.includes(fact.account.split("@")[0]);
      trial.judge(isDecoy ? { ...fact, kind: "decoy" } : fact);
    }
  }

  /** A clock that does not jump: what is older than what was read before is of the same moment. */
  #time(at: number): number {
    if (this.#now === 0) this.from = at;
    // Only a file that begins may be of another year; and when the first was wrong, all that follow are right.
    const ahead = at - this.#now;
    const isLeap = this.#now !== 0 && !this.#begins && Math.abs(ahead) > LEAP;
    this.#begins = false;
    if (isLeap) this.counts.timeless++;
    else if (ahead < -MINUTE) this.counts.older++;
    if (isLeap ? ahead < 0 : ahead > 0) this.#now = at;
    return this.#now;
  }
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}

function portsOf(ends: readonly string[]): number[] {
  return ends.map((end) => Number(end.split(" ")[1] ?? 0)).filter((port) => port > 0);
}
