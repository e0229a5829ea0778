import { type Trouble, trouble } from "../../base/index.ts";
import type { PacketCounts } from "../../ports/index.ts";

/** Without a line about any caller for so long, while packets come, ms; and how many of them are traffic. */
const DAY = 86_400_000;
const TRAFFIC = 100;

/**
 * Notices that packets reach the phone system while its log speaks of nobody. Only the kernel's own counter of those ports says so: that of the whole
 * machine counts sound too, and without the kernel nothing is said. Pure.
 */
export class Silence {
  #since: number;
  #packets = 0;
  #last = 0;

  /** `now`: wall ms of the start. */
  constructor(now: number) {
    this.#since = now;
  }

  /** `last`: when a line about a caller was read last, 0 for never. */
  look(now: number, last: number, counts: PacketCounts): Trouble | undefined {
    const seen = counts.seen ?? this.#last;
    // The table was made anew.
    this.#packets += seen < this.#last ? seen : seen - this.#last;
    this.#last = seen;
    if (last > this.#since) {
      this.#since = last;
      this.#packets = 0;
    }
    if (now - this.#since < DAY || this.#packets < TRAFFIC) return undefined;
    const what = `${this.#packets} packets have reached the phone system within a day, and its log has shown no caller`;
    const next =
      "See that the log which is read is the one that is written: rempart status; asterisk -rx 'logger show channels'";
    return trouble("WATCH_SILENT", what, "Nobody is kept out by mistake; attackers may not be seen.", next);
  }
}
