import { type Flow, isFailure, own } from "../base/index.ts";
import type { Fact, FactKind } from "../shield/index.ts";
import { H, type Message } from "../sip/index.ts";

/** What is observed here; the control thread adds when. */
export type Sighting = Omit<Fact, "at">;

/** Facts of one tick (10 ms) at most. Anybody may forge what is not proved, so it takes no room of what is. */
const PROVED = 256;
const UNPROVED = 64;
/** Of a User-Agent, a Call-ID or a dialled number as much as tells it from others. */
const CUT = 96;

type Counted = { -readonly [K in keyof Sighting]: Sighting[K] };

/** Gathers what stages observe until the next tick. Those that are alike become one with their number. */
export class Facts {
  #sightings = new Map<string, Counted>();
  #unproved = 0;
  /** Facts that had no room. */
  lost = 0;

  add(
    kind: FactKind,
    flow: Flow,
    m: Message | undefined,
    account: string,
    detail: string,
    proved = flow.reliable,
  ): void {
    const key = `${kind} ${flow.host} ${account} ${detail} ${proved}`;
    const known = this.#sightings.get(key);
    if (known !== undefined) {
      known.times++;
      return;
    }
    if (proved ? this.#sightings.size - this.#unproved >= PROVED : this.#unproved >= UNPROVED) {
      this.lost++;
      return;
    }
    if (!proved) this.#unproved++;
    this.#sightings.set(key, {
      kind,
      address: flow.host,
      transport: flow.transport,
      proved,
      account: cut(account),
      device: m === undefined ? "" : textOf(m, H.userAgent),
      detail: cut(detail),
      reference: m === undefined ? "" : `${cut(m.method)} ${textOf(m, H.callId)}`,
      times: 1,
    });
  }

  /** What there is since it was asked last; undefined when that is nothing. */
  take(): readonly Sighting[] | undefined {
    if (this.#sightings.size === 0) return undefined;
    const taken = [...this.#sightings.values()];
    this.#sightings = new Map();
    this.#unproved = 0;
    return taken;
  }
}

function textOf(m: Message, header: typeof H.userAgent | typeof H.callId): string {
  const text = m.get(header);
  return text === undefined || isFailure(text) ? "" : cut(text);
}

function cut(text: string): string {
  return own(text.length <= CUT ? text : text.slice(0, CUT));
}
