import type { Trouble } from "../base/index.ts";
import type { EventFile } from "./event-file.ts";

/** Names of events: they are stable, and docs/events.md says what each holds. */
export type EventName =
  | "start"
  | "stop"
  | "mute"
  | "ban"
  | "guard"
  | "unban"
  | "over"
  | "enforce"
  | "trunk"
  | "backend"
  | "source"
  | "pin"
  | "enforcement_leak"
  | "enforcement_changed";

/** One event as it is written and shown; further fields by its name. */
export interface Event {
  /** Counts from 1 with each start of the daemon. */
  readonly seq: number;
  readonly time: string;
  readonly event: EventName;
  readonly [field: string]: unknown;
}

/** Events that are kept for `rempart events`. */
const KEPT = 1_000;
const MINUTE = 60_000;
/**
 * Events of one name within a minute that are told one by one; then their number is. Mutes can be caused with forged packets, and `over` follows
 * each of them: anybody could fill the disk.
 */
const MOST = 600;
const MOST_FORGED = 20;
const FORGED: ReadonlySet<EventName> = new Set<EventName>(["mute", "over"]);

interface Count {
  told: number;
  more: number;
}

/** What happens, for people and programs that watch: kept for a while, and written to a file where one is configured. */
export class Events {
  readonly #file: EventFile | undefined;
  readonly #kept: Event[] = [];
  readonly #counts = new Map<EventName, Count>();
  readonly #timer: NodeJS.Timeout;
  #seq = 0;

  constructor(file: EventFile | undefined) {
    this.#file = file;
    this.#timer = setInterval(() => this.summarise(), MINUTE);
    this.#timer.unref();
  }

  /** `fields` are plain values and hold no secret. */
  tell(event: EventName, fields: Readonly<Record<string, unknown>>): void {
    const count = this.#counts.get(event) ?? { told: 0, more: 0 };
    this.#counts.set(event, count);
    if (count.told >= (FORGED.has(event) ? MOST_FORGED : MOST)) count.more++;
    else {
      count.told++;
      this.#put(event, fields);
    }
  }

  /** Those after number `seq` that are still kept, oldest first, `most` at once; and how many are not kept any more. */
  since(seq: number, most: number): { readonly events: readonly Event[]; readonly missed: number } {
    const first = this.#seq - this.#kept.length + 1;
    const from = Math.max(0, seq + 1 - first);
    return { events: this.#kept.slice(from, from + most), missed: Math.max(0, first - seq - 1) };
  }

  /** A minute is over: says how many there were beyond those that were told. */
  summarise(): void {
    for (const [event, { more }] of this.#counts) if (more > 0) this.#put(event, { more });
    this.#counts.clear();
  }

  /** Opens the file anew; what was open is written on when that fails. */
  reopen(): Trouble | undefined {
    return this.#file?.reopen();
  }

  close(): void {
    clearInterval(this.#timer);
    this.summarise();
    this.#file?.close();
  }

  #put(event: EventName, fields: Readonly<Record<string, unknown>>): void {
    const told: Event = { seq: ++this.#seq, time: new Date().toISOString(), event, ...fields };
    if (this.#kept.length === KEPT) this.#kept.shift();
    this.#kept.push(told);
    this.#file?.write(JSON.stringify(told));
  }
}
