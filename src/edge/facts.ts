import { BoundedMap, type Flow, isFailure, own } from "../base/index.ts";
import type { Fact, FactKind } from "../shield/index.ts";
import { H, type Message } from "../sip/index.ts";
import { excerpt } from "./excerpt.ts";

/** What is observed here; the control thread adds when. */
export type Sighting = Omit<Fact, "at">;

/** Facts of one tick (10 ms) at most. Anybody may forge what is not proved, so it takes no room of what is. */
const PROVED = 256;
const UNPROVED = 64;
/** Of them so many come with their message: an attacker sends as many as he likes, and a few explain him. */
const WITH_MESSAGE = { proved: 32, unproved: 8 };
/** Times that proved ones are told at once, within one tick. */
const AT_ONCE = 4;
/** Of a User-Agent, a Call-ID or a dialled number as much as tells it from others. */
const CUT = 96;

/** Requests for somebody that are noted in a tick. */
const ASKED = 512;
/** A success is told again after so many ms, of so many pairs of address and account. */
const AGAIN = 600_000;
const SOURCES = 65_536;

type Counted = { -readonly [K in keyof Sighting]: Sighting[K] };

/** Gathers what stages observe until the next tick. Those that are alike become one with their number. */
export class Facts {
  #sightings = new Map<string, Counted>();
  #unproved = 0;
  #messages = 0;
  #unprovedMessages = 0;
  /** Proved ones of this tick that have been told, how often some were, and whether there are new ones. */
  #gone = 0;
  #times = 0;
  #isFresh = false;
  readonly #asked: { flow: Flow; m: Message; aor: string; exists: boolean; times: number }[] = [];
  /** By AOR: where it was used last, and when that was told. */
  readonly #told = new BoundedMap<string, { readonly host: string; readonly at: number }>(SOURCES);
  readonly #decoys: ReadonlySet<string>;
  /** Facts that had no room. */
  lost = 0;

  /** `decoys`: users that nobody here is, for attackers to ask for. */
  constructor(decoys: readonly string[]) {
    this.#decoys = new Set(decoys);
  }

  /** What a message tells. `account`: "user@domain" that it is about; `detail`: what was seen. */
  add(
    kind: FactKind,
    flow: Flow,
    m: Message | undefined,
    account: string,
    detail: string,
    proved = flow.reliable,
  ): void {
    const key = `${kind} ${flow.host} ${account} ${detail} ${proved}`;
    if (this.#again(key)) return;
    const device = m === undefined ? "" : deviceOf(m);
    const reference = m === undefined ? "" : `${cut(m.method)} ${textOf(m, H.callId)}`;
    const message = m === undefined || kind === "success" ? "" : this.#messageOf(m, proved);
    const about = { account: own(account), device, detail: cut(detail), reference, message };
    this.#put(key, { kind, address: flow.host, transport: flow.transport, proved, ...about, times: 1 });
  }

  /** What somebody did before a first message, over a connection: he receives at that address. */
  addDoor(kind: FactKind, host: string, detail: string): void {
    const key = `${kind} ${host} ${detail}`;
    if (this.#again(key)) return;
    const about = { account: "", device: "", detail: cut(detail), reference: "", message: "" };
    this.#put(key, { kind, address: host, transport: "tcp", proved: true, ...about, times: 1 });
  }

  /**
   * Somebody was asked for. What is to be told when nobody here is that is only noted, and written down at the tick: who counts microseconds
   * finds an account that exists no quicker. HOT.
   */
  asked(flow: Flow, m: Message, aor: string, exists: boolean): void {
    const last = this.#asked.at(-1);
    if (last !== undefined && last.flow === flow && last.aor === aor) last.times++;
    else if (this.#asked.length < ASKED) this.#asked.push({ flow, m, aor, exists, times: 1 });
    else this.lost++;
  }

  /** Somebody that nobody here is was asked for. */
  addUnknown(flow: Flow, m: Message, aor: string, proved = flow.reliable): void {
    const isDecoy = this.#decoys.has(aor.slice(0, aor.lastIndexOf("@")));
    this.add(isDecoy ? "decoy" : "unknownUser", flow, m, aor, "", proved);
  }

  /** An account was used with its password. Told again after a while, for standing lasts a day. HOT. */
  success(flow: Flow, m: Message, aor: string, now: number): void {
    const told = this.#told.get(aor);
    if (told !== undefined && told.host === flow.host && now - told.at < AGAIN) return;
    this.#told.set(own(aor), { host: flow.host, at: now });
    this.add("success", flow, m, aor, "", true);
  }

  /** What there is since it was asked last; undefined when that is nothing. */
  take(): readonly Sighting[] | undefined {
    for (const { flow, m, aor, exists, times } of this.#asked) {
      if (!exists) for (let i = 0; i < times; i++) this.addUnknown(flow, m, aor);
    }
    this.#asked.length = 0;
    this.#gone = 0;
    this.#times = 0;
    this.#isFresh = false;
    if (this.#sightings.size === 0) return undefined;
    const taken = [...this.#sightings.values()];
    this.#sightings = new Map();
    this.#unproved = 0;
    this.#messages = 0;
    this.#unprovedMessages = 0;
    return taken;
  }

  #messageOf(m: Message, proved: boolean): string {
    const room = proved ? this.#messages++ < WITH_MESSAGE.proved : this.#unprovedMessages++ < WITH_MESSAGE.unproved;
    return room ? excerpt(m) : "";
  }

  /**
   * What is proved and new, without waiting for the tick: a ban is to be in the kernel within milliseconds. A few times in a tick, so that nobody makes
   * work of it; the rest waits. What was only asked for waits too (see `asked`). HOT.
   */
  takeProved(): readonly Sighting[] | undefined {
    if (!this.#isFresh || this.#times === AT_ONCE) return undefined;
    this.#isFresh = false;
    this.#times++;
    const taken: Sighting[] = [];
    for (const [key, sighting] of this.#sightings) {
      if (!sighting.proved) continue;
      taken.push(sighting);
      this.#sightings.delete(key);
    }
    this.#gone += taken.length;
    return taken;
  }

  /** Was it seen in this tick? Then it counts once more. */
  #again(key: string): boolean {
    const known = this.#sightings.get(key);
    if (known !== undefined) known.times++;
    return known !== undefined;
  }

  #put(key: string, sighting: Counted): void {
    const { kind, proved } = sighting;
    // What speaks for somebody has room always: it takes a password, and comes once in ten minutes.
    if (kind === "success") {
      this.#sightings.set(key, sighting);
      return;
    }
    if (proved ? this.#sightings.size - this.#unproved + this.#gone >= PROVED : this.#unproved >= UNPROVED) {
      this.lost++;
      return;
    }
    if (proved) this.#isFresh = true;
    else this.#unproved++;
    this.#sightings.set(key, sighting);
  }
}

/** What a device calls itself, cut; "" for nothing. */
export function deviceOf(m: Message): string {
  return textOf(m, H.userAgent);
}

function textOf(m: Message, header: typeof H.userAgent | typeof H.callId): string {
  const text = m.get(header);
  return text === undefined || isFailure(text) ? "" : cut(text);
}

function cut(text: string): string {
  return own(text.length <= CUT ? text : text.slice(0, CUT));
}
