import { networkInterfaces } from "node:os";
import { type Cidr, inCidr, PrefixTable } from "../../base/index.ts";
import { readBlocks } from "../blocks.ts";

/** Who is never kept out, as the helper sees it: what it was told, and this machine's own addresses, which it finds itself. */
export class Never {
  #blocks: readonly Cidr[] = [];
  #own: readonly Cidr[] = [];
  #table = new PrefixTable<true>();
  readonly #found: true[] = [];

  constructor() {
    this.set([]);
  }

  /** This machine's addresses, as they were when the list was last set. */
  get own(): readonly Cidr[] {
    return this.#own;
  }

  set(told: readonly Cidr[]): void {
    this.#own = ownAddresses();
    this.#blocks = [...told, ...this.#own];
    this.#table = new PrefixTable();
    for (const block of this.#blocks) this.#table.add(block, true);
  }

  /** Is it on the list, or does it hold what is? */
  meets(block: Cidr): boolean {
    this.#table.find(block.ip, this.#found);
    if (this.#found.length > 0) return true;
    const width = block.ip.bytes.length * 8;
    return block.bits < width && this.#blocks.some((n) => n.bits >= block.bits && inCidr(block, n.ip));
  }
}

function ownAddresses(): Cidr[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return readBlocks(all.map((entry) => entry.address.split("%")[0]));
}
