import assert from "node:assert/strict";
import { test } from "node:test";
import { inCountry, writeMmdb } from "../../test/support/mmdb.ts";
import { findRange, parseIp } from "../base/index.ts";
import { type CountryTable, readCountries } from "./country.ts";

function codeOf({ table, codes }: CountryTable, address: string): string | undefined {
  const value = findRange(table, parseIp(address) ?? assert.fail(address));
  return value < 0 ? undefined : codes[value];
}

const BLOCKS = {
  "203.0.113.0/24": inCountry("FR"),
  "203.0.113.64/26": inCountry("ES"),
  "0.0.0.0/9": inCountry("US"),
  "223.255.255.255": inCountry("AU"),
  "2001:db8::/32": inCountry("DE"),
  "2001:db8:1::/48": inCountry("AT"),
  "2a00:1:2:3:8000::/65": inCountry("GB"),
  "2a00:1:2:4::/65": inCountry("IT"),
};

for (const recordSize of [24, 28, 32] as const) {
  test(`countries: both families in one tree of ${recordSize} bits`, () => {
    const read = readCountries(writeMmdb(BLOCKS, { recordSize }));
    const asked = {
      "203.0.113.7": "FR",
      "203.0.113.64": "ES",
      "203.0.113.127": "ES",
      "203.0.113.128": "FR",
      "203.0.112.255": undefined,
      "0.0.0.0": "US",
      "0.127.255.255": "US",
      "0.128.0.0": undefined,
      "223.255.255.255": "AU",
      "2001:db8::1": "DE",
      "2001:db8:1:ffff::1": "AT",
      "2001:db8:2::": "DE",
      "2001:db9::": undefined,
      "::ffff:203.0.113.7": "FR",
      "2002:cb00:7107::1": undefined,
      "2a00:1:2:3:8000::1": undefined,
      "2a00:1:2:4:ffff::1": "IT",
    };
    for (const [address, code] of Object.entries(asked)) assert.equal(codeOf(read, address), code, address);
    assert.deepEqual([read.type, read.built], ["Test-Country", 1_700_000_000_000]);
  });
}

test("countries: a file of IPv4 alone, and the ways in which makers write a country", () => {
  const read = readCountries(
    writeMmdb(
      {
        "203.0.113.0/26": { registered_country: { iso_code: "FR" } },
        "203.0.113.64/26": { country_code: "ES" },
        "203.0.113.128/26": { country: "IT" },
        "203.0.113.192/26": { city: "nowhere" },
      },
      { ipVersion: 4 },
    ),
  );
  const asked = ["203.0.113.1", "203.0.113.65", "203.0.113.129", "203.0.113.193", "2001:db8::1"];
  assert.deepEqual(
    asked.map((a) => codeOf(read, a)),
    ["FR", "ES", "IT", undefined, undefined],
  );
});

const whole = writeMmdb(BLOCKS);
/** A tree of IPv4 whose root leads to itself on both sides. */
const circle = writeMmdb({ "128.0.0.0/1": inCountry("FR") }, { ipVersion: 4 });
circle.fill(0, 0, 6);
for (const [what, bytes] of [
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("203.0.113.0/24,FR\n".repeat(1_000))],
  ["a file that was cut", whole.subarray(0, whole.length >> 1)],
  ["a tree without its end", Buffer.concat([whole.subarray(0, 40), whole.subarray(whole.indexOf("MaxMind.com") - 3)])],
  ["a tree that bites its tail", circle],
  ["one that knows no country", writeMmdb({ "203.0.113.0/24": { city: "x" } })],
] as const) {
  test(`countries, refused: ${what}`, () => {
    assert.throws(() => readCountries(bytes), Error);
  });
}
