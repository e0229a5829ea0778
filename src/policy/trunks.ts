import { type Cidr, PrefixTable, parseCidr, parseIp } from "../base/index.ts";

/** A group of addresses that need no password: a carrier. Plain data. */
export interface Trunk {
  readonly name: string;
  /** Addresses and blocks. */
  readonly addresses: readonly string[];
  /** "udp", "tcp", "tls" …; empty for any. */
  readonly transport: string;
  /** Only requests whose From names this domain; empty for any. */
  readonly fromDomain: string;
}

/** Trunks by the addresses they send from. */
export class Trunks {
  readonly #byName = new Map<string, Trunk>();
  #table = new PrefixTable<Trunk>();
  /** What the last look-up found: one array for all of them. */
  readonly #found: Trunk[] = [];

  get size(): number {
    return this.#byName.size;
  }

  /** Takes trunks out by name and puts others in; the same name is replaced. */
  change(put: readonly Trunk[], removed: readonly string[]): void {
    for (const name of removed) this.#byName.delete(name);
    for (const trunk of put) this.#byName.set(trunk.name, trunk);
    this.#table = new PrefixTable();
    for (const trunk of this.#byName.values()) for (const block of blocksOf(trunk)) this.#table.add(block, trunk);
  }

  /**
   * The trunk that a request from this address, over this transport, with this host in From belongs to: of several the one with
   * the longest prefix. An address proves nothing over UDP, where it can be forged: a trunk gets no more than calls inwards.
   */
  find(host: string, transport: string, fromHost: string): Trunk | undefined {
    if (this.#byName.size === 0) return undefined;
    const ip = parseIp(host);
    if (ip === undefined) return undefined;
    this.#table.find(ip, this.#found);
    for (let i = this.#found.length - 1; i >= 0; i--) {
      const trunk = this.#found[i];
      if (trunk.transport !== "" && trunk.transport !== transport) continue;
      if (trunk.fromDomain === "" || trunk.fromDomain === fromHost) return trunk;
    }
    return undefined;
  }

  /** Does any trunk have this address? */
  has(host: string): boolean {
    const ip = this.#byName.size === 0 ? undefined : parseIp(host);
    if (ip === undefined) return false;
    this.#table.find(ip, this.#found);
    return this.#found.length > 0;
  }
}

function blocksOf(trunk: Trunk): Cidr[] {
  return trunk.addresses.flatMap((text) => parseCidr(text) ?? []);
}
