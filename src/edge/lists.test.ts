import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flow, NO_RANGES, parseCidr, RangeBuilder, type RangeTable } from "../base/index.ts";
import { row } from "./gate.fixture.ts";
import { Gate } from "./gate.ts";
import { type CountryRow, type ListRow, Lists } from "./lists.ts";
import { flowFrom } from "./network.fixture.ts";

function tableOf(...blocks: readonly string[]): RangeTable {
  const builder = new RangeBuilder();
  for (const text of blocks) builder.add(parseCidr(text) ?? assert.fail(text));
  return builder.build();
}

const list = (enforced: boolean, ...blocks: readonly string[]): ListRow => ({ table: tableOf(...blocks), enforced });

/** FR in 203.0.113.0/24 and 2001:db8::/32, ES in 198.51.100.0/24. */
function countries(more: Partial<CountryRow> = {}): CountryRow {
  const builder = new RangeBuilder();
  builder.addRange(4, 0xcb007100n, 0xcb0071ffn, 0);
  builder.addRange(4, 0xc6336400n, 0xc63364ffn, 1);
  builder.addRange(6, 0x20010db800000000n, 0x20010db8ffffffffn, 0);
  return {
    table: builder.build(),
    codes: ["FR", "ES"],
    denied: [true, false],
    unknownDenied: false,
    countryless: tableOf("192.168.0.0/16", "fe80::/10"),
    enforced: true,
    ...more,
  };
}

function listsOf(lists: readonly ListRow[], country?: CountryRow, never = NO_RANGES): Lists {
  const all = new Lists();
  all.set({ lists, country, never });
  return all;
}

for (const [what, lists, country, never, host, refused, hits] of [
  ["nothing is configured", [], undefined, [], "203.0.113.7", false, undefined],
  ["a listed address", [list(true, "203.0.113.7")], undefined, [], "203.0.113.7", true, { lists: [1], countries: {} }],
  ["its neighbour", [list(true, "203.0.113.7")], undefined, [], "203.0.113.8", false, undefined],
  [
    "a listed block of IPv6",
    [list(true, "2001:db8::/32")],
    undefined,
    [],
    "2001:db8:1::9",
    true,
    { lists: [1], countries: {} },
  ],
  [
    "an observed list",
    [list(false, "203.0.113.7")],
    undefined,
    [],
    "203.0.113.7",
    false,
    { lists: [1], countries: {} },
  ],
  [
    "on two lists, the second enforced",
    [list(false, "203.0.113.0/24"), list(true, "203.0.113.7")],
    undefined,
    [],
    "203.0.113.7",
    true,
    { lists: [1, 1], countries: {} },
  ],
  ["never-list", [list(true, "203.0.113.0/24")], countries(), ["203.0.113.7"], "203.0.113.7", false, undefined],
  ["a country that is denied", [], countries(), [], "203.0.113.7", true, { lists: [], countries: { FR: 1 } }],
  ["the same by IPv6", [], countries(), [], "2001:db8::7", true, { lists: [], countries: { FR: 1 } }],
  ["another country", [], countries(), [], "198.51.100.7", false, undefined],
  [
    "an observed country",
    [],
    countries({ enforced: false }),
    [],
    "203.0.113.7",
    false,
    { lists: [], countries: { FR: 1 } },
  ],
  ["no country is known", [], countries(), [], "192.0.2.7", false, undefined],
  [
    "no country is known, and that is denied",
    [],
    countries({ unknownDenied: true }),
    [],
    "192.0.2.7",
    true,
    { lists: [], countries: { "": 1 } },
  ],
  [
    "the same by IPv6",
    [],
    countries({ unknownDenied: true }),
    [],
    "2001:db9::7",
    true,
    { lists: [], countries: { "": 1 } },
  ],
  ["a private network has no country", [], countries({ unknownDenied: true }), [], "192.168.1.7", false, undefined],
] as const) {
  test(`lists: ${what} (${host})`, () => {
    const all = listsOf(lists, country, tableOf(...never));
    assert.equal(all.refuses(host), refused);
    assert.deepEqual(all.takeHits(), hits);
    assert.equal(all.takeHits(), undefined, "told once");
  });
}

test("lists: standing spares a source, an office of IPv6 by its /64, and only as long as it lasts", () => {
  const all = listsOf([list(true, "203.0.113.0/24", "2001:db8::/32")], countries());
  all.setStanding(["203.0.113.7", "2001:db8:1:2::/64"], []);
  const asked = ["203.0.113.7", "203.0.113.8", "2001:db8:1:2::99", "2001:db8:1:3::99"];
  assert.deepEqual(
    asked.map((host) => all.refuses(host)),
    [false, true, false, true],
  );
  all.setStanding([], ["203.0.113.7"]);
  assert.equal(all.refuses("203.0.113.7"), true);
});

test("lists: another table counts from the next packet on, also for addresses that were asked for before", () => {
  const all = listsOf([list(true, "203.0.113.7")]);
  assert.deepEqual(
    ["203.0.113.7", "203.0.113.8"].map((host) => all.refuses(host)),
    [true, false],
  );
  all.set({ lists: [list(true, "203.0.113.8")], country: undefined, never: NO_RANGES });
  assert.deepEqual(
    ["203.0.113.7", "203.0.113.8"].map((host) => all.refuses(host)),
    [false, true],
  );
  assert.deepEqual(all.takeHits(), { lists: [2], countries: {} });
});

test("gate: what lists name is not let in, and what backends send always is", () => {
  const gate = new Gate();
  gate.lists.set({ lists: [list(true, "203.0.113.7")], country: undefined, never: NO_RANGES });
  const flow = (side: "public" | "private"): Flow => flowFrom("203.0.113.7", side);
  assert.equal(gate.admits(flow("public"), 0), false);
  assert.equal(gate.admits(flow("private"), 0), true);
  gate.put([row("203.0.113.7", { action: "mute" })]);
  assert.equal(gate.admits(flow("public"), 0), false, "the packet that is left to a muted source");
});
