import type { Events, Logger } from "../observe/index.ts";
import type { Entry, Verdict } from "../shield/index.ts";

/** Mutes and leaks that are logged one by one within a minute; anybody can cause mutes with forged packets. */
const LOGGED = 10;

/** How entries stand, for words about them. */
export interface Told {
  isInForce(entry: Entry): boolean;
  /** A moment of the shield's clock on the wall's. */
  wall(at: number): number;
}

/** What log and events say of the shield's doings. */
export class ShieldWords {
  readonly #of: Told;
  readonly #events: Events;
  readonly #log: Logger;
  #mutes = 0;
  #leaks = 0;

  constructor(of: Told, events: Events, log: Logger) {
    this.#of = of;
    this.#events = events;
    this.#log = log;
  }

  verdict({ scenario, action, target, because, proved, spared, changes }: Verdict): void {
    const puts = changes.filter((c) => c.what === "put");
    if (puts.length === 0 && !spared) return;
    if (spared) this.#events.tell(action, { scenario, ...target, because, proved, enforced: false, never: true });
    // The block of neighbours, too.
    for (const { entry } of puts) {
      const about = { scenario: entry.reason, ...this.#about(entry), because: entry.because, proved };
      this.#events.tell(entry.action, about);
    }
    if (action === "mute" && ++this.#mutes > LOGGED) return;
    const entry = puts[0]?.entry;
    const { source, account, device } = target;
    const until = entry === undefined ? undefined : this.#time(entry.until);
    const enforced = entry !== undefined && this.#of.isInForce(entry);
    const about = { event: action, scenario, source, account, device, because, proved, enforced, until };
    if (spared) this.#log.warn(about, "a source on the never-list does what attackers do; nothing follows");
    else
      this.#log.warn(
        about,
        enforced ? "an attacker was recognised" : "an attacker was recognised; nothing is kept out (observe)",
      );
  }

  /** The operator has banned somebody. */
  byHand(entry: Entry): void {
    this.#events.tell("ban", { ...this.#about(entry), scenario: "operator", reason: entry.reason });
  }

  takenOut(entry: Entry, by: "operator" | "never" | "standing"): void {
    this.#events.tell("unban", { ...this.#about(entry), scenario: entry.reason, by });
  }

  over({ action, source, account, device, reason }: Entry): void {
    this.#events.tell("over", { action, scenario: reason, source, account, device });
  }

  leak(source: string): void {
    this.#events.tell("enforcement_leak", { source });
    if (++this.#leaks > LOGGED) return;
    const about = { event: "enforcement_leak", source };
    this.#log.error(about, "packets of a banned source got past the kernel; it is told again");
  }

  /** A minute is over. */
  summarise(): void {
    const more = this.#mutes - LOGGED;
    this.#mutes = 0;
    this.#leaks = 0;
    if (more > 0) this.#log.warn({ event: "mute", more }, "further sources were muted within the last minute");
  }

  /** What events tell of an entry. */
  #about(entry: Entry) {
    const { source, account, device, spares, strike, until } = entry;
    const enforced = this.#of.isInForce(entry);
    return { source, account, device, spares, strike, enforced, until: this.#time(until) };
  }

  #time(at: number): string {
    return new Date(this.#of.wall(at)).toISOString();
  }
}
