import { parseIp } from "../base/index.ts";

/** What counts as one source: an IPv4 address or an IPv6 /64, since one site has a whole /64 to play with. */
export function sourceOf(host: string): string {
  const ip = parseIp(host);
  if (!ip || ip.family === 4) return host;
  return Buffer.from(ip.bytes.subarray(0, 8)).toString("hex");
}

/** Counts connections per source; a source at 0 takes no memory. */
export class Sources {
  readonly #counts = new Map<string, number>();

  count(source: string): number {
    return this.#counts.get(source) ?? 0;
  }

  add(source: string): void {
    this.#counts.set(source, this.count(source) + 1);
  }

  remove(source: string): void {
    const left = this.count(source) - 1;
    if (left > 0) this.#counts.set(source, left);
    else this.#counts.delete(source);
  }
}
