import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCidr } from "./cidr.ts";
import { parseIp } from "./ip.ts";
import {
  blocksOf,
  countRanges,
  countTouching,
  findRange,
  NO_RANGES,
  RangeBuilder,
  type RangeTable,
} from "./range-table.ts";

function tableOf(...blocks: readonly string[]): RangeTable {
  const builder = new RangeBuilder();
  for (const text of blocks) {
    const block = parseCidr(text);
    assert.ok(block, text);
    builder.add(block);
  }
  return builder.build();
}

function has(table: RangeTable, address: string): boolean {
  const ip = parseIp(address);
  assert.ok(ip, address);
  return findRange(table, ip) >= 0;
}

for (const [what, blocks, inside, outside] of [
  ["one address", ["203.0.113.7"], ["203.0.113.7"], ["203.0.113.6", "203.0.113.8", "::1"]],
  ["the ends of a block", ["198.51.100.0/24"], ["198.51.100.0", "198.51.100.255"], ["198.51.99.255", "198.51.101.0"]],
  ["the first and the last of all", ["0.0.0.0", "255.255.255.255"], ["0.0.0.0", "255.255.255.255"], ["0.0.0.1"]],
  ["all of IPv4", ["0.0.0.0/0"], ["0.0.0.0", "255.255.255.255"], ["2001:db8::1"]],
  ["a block in a block", ["10.0.0.0/8", "10.1.0.0/16"], ["10.0.0.0", "10.1.2.3", "10.255.255.255"], ["11.0.0.0"]],
  ["a wide block after a narrow one", ["10.1.0.0/16", "10.0.0.0/8"], ["10.255.0.0"], ["9.255.255.255"]],
  ["an address of IPv6: its /64", ["2001:db8:1:2::7"], ["2001:db8:1:2::8"], ["2001:db8:1:3::7", "2001:db8:1:1::7"]],
  ["a /32 of IPv6", ["2001:db8::/32"], ["2001:db8::", "2001:db8:ffff:ffff::1"], ["2001:db9::", "2001:db7:ffff::"]],
  ["an address above 2^31 in each half", ["fd00:ffff:ffff:ffff::/64"], ["fd00:ffff:ffff:ffff::1"], ["fd01::"]],
] as const) {
  test(`ranges: ${what}`, () => {
    const table = tableOf(...blocks);
    for (const address of inside) assert.equal(has(table, address), true, address);
    for (const address of outside) assert.equal(has(table, address), false, address);
  });
}

test("blocks that touch become one range; a table is told as the widest blocks", () => {
  const table = tableOf(
    "192.0.2.0/25",
    "192.0.2.128/25",
    "192.0.3.0/24",
    "192.0.5.1",
    "2001:db8::/33",
    "2001:db8:8000::/33",
  );
  assert.equal(countRanges(table), 3);
  assert.deepEqual(blocksOf(table, NO_RANGES), ["192.0.2.0/23", "192.0.5.1", "2001:db8::/32"]);
});

test("what is spared is cut out of the blocks that are told, and counted", () => {
  const table = tableOf("192.0.2.0/30", "198.51.100.7", "198.51.100.9", "2001:db8::/62");
  const never = tableOf("192.0.2.2", "198.51.100.0/29", "2001:db8:0:1::1");
  assert.deepEqual(blocksOf(table, never), [
    "192.0.2.0/31",
    "192.0.2.3",
    "198.51.100.9",
    "2001:db8::/64",
    "2001:db8:0:2::/63",
  ]);
  assert.equal(countTouching(table, never), 3);
});

test("values: a range keeps its own, and neighbours of other values stay apart", () => {
  const builder = new RangeBuilder();
  const at = (last: number) => 0x0a000000n + BigInt(last);
  builder.addRange(4, at(0), at(9), 1);
  builder.addRange(4, at(10), at(20), 2);
  builder.addRange(4, at(15), at(30), 3);
  const table = builder.build();
  const value = (text: string) => findRange(table, parseIp(text) ?? assert.fail());
  assert.deepEqual(["10.0.0.9", "10.0.0.10", "10.0.0.20", "10.0.0.21", "10.0.0.31"].map(value), [1, 2, 2, 3, -1]);
});

test("property: what is found is what was entered, and what is told back is the same set", () => {
  const v4 = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 8, max: 32 }));
  const text4 = v4.map(([n, bits]) => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}/${bits}`);
  const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16));
  const text6 = fc
    .tuple(group, group, group, group, fc.integer({ min: 19, max: 64 }))
    .map(([a, b, c, d, bits]) => `${a}:${b}:${c}:${d}::/${bits}`);
  const asked = fc.array(fc.oneof(text4, text6), { maxLength: 20 });
  fc.assert(
    fc.property(asked, asked, (blocks, others) => {
      const table = tableOf(...blocks);
      const again = tableOf(...blocksOf(table, NO_RANGES));
      assert.deepEqual(again.v4, table.v4);
      assert.deepEqual(again.v6, table.v6);
      for (const text of [...blocks, ...others]) {
        const { ip } = parseCidr(text) ?? assert.fail(text);
        assert.equal(
          findRange(table, ip) >= 0,
          blocks.some((b) => contains(b, text)),
          text,
        );
      }
    }),
  );
});

/** Does the first block hold the first address of the second? */
function contains(outer: string, inner: string): boolean {
  const { ip } = parseCidr(inner) ?? assert.fail(inner);
  const bits = (n: { ip: { bytes: Uint8Array } }) =>
    [...n.ip.bytes].map((b) => b.toString(2).padStart(8, "0")).join("");
  const block = parseCidr(outer) ?? assert.fail(outer);
  return block.ip.family === ip.family && bits({ ip }).startsWith(bits(block).slice(0, block.bits));
}
