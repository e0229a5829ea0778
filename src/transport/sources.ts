import { parseIp } from "../base/index.ts";

/** What counts as one source: an IPv4 address or an IPv6 /64, since one site has a whole /64 to play with. */
export function sourceOf(host: string): string {
  const ip = parseIp(host);
  if (!ip || ip.family === 4) return host;
  return Buffer.from(ip.bytes.subarray(0, 8)).toString("hex");
}

/** The place of one connection among those of its source. */
export interface Seat {
  readonly source: string;
  /** False while a binding lives on it: phones of one office are not each other's rivals. */
  counts: boolean;
  gone: boolean;
}

/** Counts connections per source, but for those that are held; a source at 0 takes no memory. */
export class Sources {
  readonly #counts = new Map<string, number>();

  count(source: string): number {
    return this.#counts.get(source) ?? 0;
  }

  enter(source: string): Seat {
    this.#add(source, 1);
    return { source, counts: true, gone: false };
  }

  /** A connection that is held does not count; one that is no longer held does again, and may bring its source over the cap. */
  hold(seat: Seat, held: boolean): void {
    if (seat.gone || seat.counts === !held) return;
    seat.counts = !held;
    this.#add(seat.source, held ? -1 : 1);
  }

  leave(seat: Seat): void {
    if (seat.counts && !seat.gone) this.#add(seat.source, -1);
    seat.gone = true;
  }

  #add(source: string, n: number): void {
    const count = this.count(source) + n;
    if (count > 0) this.#counts.set(source, count);
    else this.#counts.delete(source);
  }
}
