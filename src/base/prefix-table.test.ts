import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cidr, inCidr, parseCidr } from "./cidr.ts";
import { formatIp, type Ip } from "./ip.ts";
import { PrefixTable } from "./prefix-table.ts";

/** Addresses that share their first bits more often than chance would have it. */
const bytesOf = (length: number) =>
  fc.array(fc.constantFrom(0, 1, 128, 192, 255), { minLength: length, maxLength: length });
const v4 = bytesOf(4).map((bytes): Ip => ({ family: 4, bytes: Uint8Array.from(bytes) }));
const v6 = bytesOf(16).map((bytes): Ip => ({ family: 6, bytes: Uint8Array.from(bytes) }));
const address = fc.oneof(v4, v6);
const block = fc.oneof(fc.tuple(v4, fc.nat(32)), fc.tuple(v6, fc.nat(128))).map(([ip, bits]): Cidr => {
  const cidr = ip.family === 6 && isMapped(ip) ? undefined : parseCidr(`${formatIp(ip)}/${bits}`);
  return cidr ?? { ip: { family: 4, bytes: new Uint8Array(4) }, bits: 0 };
});

function isMapped({ bytes }: Ip): boolean {
  return bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255;
}

/** The naive model: every entry is looked at. */
function naive(entries: readonly Cidr[], ip: Ip): number[] {
  const found = entries.map((cidr, i) => ({ cidr, i })).filter(({ cidr }) => inCidr(cidr, ip));
  return found.sort((a, b) => a.cidr.bits - b.cidr.bits || a.i - b.i).map(({ i }) => i);
}

test("property: a look-up finds what looking at every entry finds, the longest prefix last", () => {
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 40 }),
      fc.array(address, { minLength: 1, maxLength: 20 }),
      (blocks, all) => {
        const table = new PrefixTable<number>();
        for (const [i, cidr] of blocks.entries()) table.add(cidr, i);
        const out: number[] = [];
        for (const ip of [...all, ...blocks.map((b) => b.ip)]) {
          table.find(ip, out);
          assert.deepEqual(out, naive(blocks, ip), formatIp(ip));
        }
      },
    ),
  );
});

test("a look-up among 1,000 entries costs no more than twice one among 10", () => {
  const of = (count: number): PrefixTable<number> => {
    const table = new PrefixTable<number>();
    for (let i = 0; i < count; i++) {
      const cidr = parseCidr(`10.${i >> 8}.${i & 255}.0/24`);
      if (cidr) table.add(cidr, i);
    }
    return table;
  };
  const out: number[] = [];
  const asked: Ip = { family: 4, bytes: Uint8Array.of(10, 0, 5, 7) };
  const time = (table: PrefixTable<number>): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round++) {
      const from = process.hrtime.bigint();
      for (let i = 0; i < 20_000; i++) table.find(asked, out);
      best = Math.min(best, Number(process.hrtime.bigint() - from));
    }
    return best;
  };
  const [few, many] = [of(10), of(1_000)];
  time(few);
  assert.ok(time(many) < 2 * time(few));
});
