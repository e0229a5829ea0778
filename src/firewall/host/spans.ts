import { type Cidr, formatCidr, inCidr, parseCidr } from "../../base/index.ts";
import { ALL_PORTS, type Opening, type Ports } from "./opening.ts";

/** Ranges in order, what overlaps or touches joined: the form in which the kernel lists them. */
export function joinPorts(ranges: readonly Ports[]): Ports[] {
  const joined: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

/** What is left of `range` when `taken` are taken away. */
export function withoutPorts(range: Ports, taken: readonly Ports[]): Ports[] {
  const left: Ports[] = [];
  let at = range[0];
  for (const [low, high] of joinPorts(taken)) {
    if (high < at || low > range[1]) continue;
    if (low > at) left.push([at, low - 1]);
    at = Math.max(at, high + 1);
  }
  if (at <= range[1]) left.push([at, range[1]]);
  return left;
}

/** The blocks of one family in order, none within another, halves of a block as that block: nft refuses what overlaps. */
export function joinBlocks(addresses: readonly string[], family: 4 | 6): string[] {
  const blocks = addresses.map(mustParse).filter((block) => block.ip.family === family);
  blocks.sort((a, b) => Buffer.compare(a.ip.bytes, b.ip.bytes) || a.bits - b.bits);
  const joined: Cidr[] = [];
  for (const block of blocks) {
    if (joined.some((other) => contains(other, block))) continue;
    joined.push(block);
    for (let both = halves(joined); both !== undefined; both = halves(joined)) joined.splice(-2, 2, both);
  }
  return joined.map(formatCidr);
}

/** Is all of `inner` in `outer`? */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.bits >= outer.bits && inCidr(outer, inner.ip);
}

/** Does something let this in: a new connection from there to that port of that address of ours (undefined: any)? */
export function admits(
  openings: readonly Opening[],
  asked: { readonly protocol: string; readonly ports: Ports; readonly from: Cidr; readonly to?: string | undefined },
): boolean {
  return lacking(openings, asked).length === 0;
}

/** The ports asked for that nothing lets in from all of that block. */
export function lacking(
  openings: readonly Opening[],
  asked: { readonly protocol: string; readonly ports: Ports; readonly from: Cidr; readonly to?: string | undefined },
): Ports[] {
  const taken = openings
    .filter((o) => o.protocol === asked.protocol && o.sourcePorts.length === 0 && reaches(o, asked.to))
    .filter((o) => o.addresses.length === 0 || o.addresses.some((a) => contains(mustParse(a), asked.from)))
    .flatMap((o) => (o.ports.length === 0 ? [ALL_PORTS] : o.ports));
  return withoutPorts(asked.ports, taken);
}

function reaches({ local }: Opening, to: string | undefined): boolean {
  return local === "" || local === to;
}

/** The block that the last two are the halves of. */
function halves(blocks: readonly Cidr[]): Cidr | undefined {
  const [a, b] = blocks.slice(-2);
  if (b === undefined || a.bits !== b.bits || a.bits === 0) return undefined;
  const whole = parseCidr(formatCidr({ ip: a.ip, bits: a.bits - 1 }));
  return whole !== undefined && inCidr(whole, b.ip) && inCidr(whole, a.ip) ? whole : undefined;
}

/** The configuration has read it before: what is none here is a fault of ours. */
export function mustParse(address: string): Cidr {
  const block = parseCidr(address);
  if (block === undefined) throw new Error(`no address: ${address}`);
  return block;
}
