import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenConfig } from "../../config/index.ts";
import { judgeAddresses } from "./addresses.ts";
import { judgeName } from "./names.ts";
import { judgeSides } from "./sides.ts";

/** How asking ended (exit code, system's code, ms), level, words. */
const NAMES: readonly [string, number | null | undefined, string, number, string, RegExp][] = [
  ["found at once", 0, "", 12, "ok", /^pbx is found in 12 ms$/],
  [
    "found late",
    0,
    "",
    1_200,
    "warn",
    /^pbx is found in 1200 ms: an Asterisk on this machine asks for it in each call/,
  ],
  ["not found", 2, "", 40, "warn", /^pbx has no address/],
  ["no end", undefined, "ETIMEDOUT", 3_000, "warn", /^pbx is not found within 3000 ms/],
  ["nobody to ask", undefined, "ENOENT", 1, "note", /not known: no getent$/],
];

for (const [name, status, code, ms, level, what] of NAMES) {
  test(`doctor, own name: ${name}`, () => {
    const found = judgeName("pbx", status, code, ms);
    assert.equal(found.level, level);
    assert.match(found.what, what);
    assert.equal(found.run, level === "ok" ? undefined : 'a line "127.0.1.1 pbx" in /etc/hosts');
  });
}

function listen(address: string, more: Partial<ListenConfig> = {}): ListenConfig {
  const family = address.includes(":") ? 6 : 4;
  return { transport: "udp", family, address, port: 5_060, side: "public", advertise: "", ...more };
}

/** Listeners, addresses of the machine, level, addresses that are named. */
const ADDRESSES: readonly [string, readonly ListenConfig[], readonly string[], string, RegExp][] = [
  [
    "a public one by the wildcard",
    [listen("0.0.0.0")],
    ["10.0.0.1", "203.0.113.5"],
    "ok",
    /10\.0\.0\.1, 203\.0\.113\.5$/,
  ],
  ["a private one alone", [listen("0.0.0.0")], ["10.0.0.1"], "note", /at 10\.0\.0\.1: nothing of that/],
  ["one of the other family does not count", [listen("0.0.0.0")], ["2001:db8::1"], "note", /none but loopback/],
  ["advertised", [listen("10.0.0.1", { advertise: "203.0.113.5" })], ["10.0.0.1"], "ok", /at 203\.0\.113\.5$/],
  ["a name that is advertised", [listen("10.0.0.1", { advertise: "sip.example.org" })], [], "ok", /sip\.example\.org$/],
  ["the private side is not for phones", [listen("203.0.113.5", { side: "private" })], [], "note", /none but/],
];

for (const [name, listeners, own, level, what] of ADDRESSES) {
  test(`doctor, addresses: ${name}`, () => {
    const found = judgeAddresses(listeners, own);
    assert.equal(found.level, level);
    assert.match(found.what, what);
  });
}

const TWO = { "203.0.113.1": "wan0", "10.0.0.1": "lan0" };
const RULE = 'iifname "wan0" fib daddr . iif type != { local, broadcast, multicast } drop';

/** Private addresses, public ones, interfaces, rp_filter, rules, level, words, what to do. */
const SIDES: readonly [
  string,
  readonly string[],
  readonly string[],
  Record<string, string>,
  Record<string, number>,
  string,
  string,
  RegExp,
  RegExp?,
][] = [
  ["on loopback", ["127.0.0.1"], ["0.0.0.0"], TWO, {}, "", "ok", /on loopback/],
  ["strict for all", ["10.0.0.1"], ["203.0.113.1"], TWO, { all: 1, wan0: 0 }, "", "ok", /not reached by wan0/],
  [
    "strict for the interface",
    ["10.0.0.1"],
    ["203.0.113.1"],
    TWO,
    { all: 0, wan0: 1 },
    "",
    "ok",
    /not reached by wan0/,
  ],
  [
    "loose for the interface, which counts more than strict for all",
    ["10.0.0.1"],
    ["203.0.113.1"],
    TWO,
    { all: 1, wan0: 2 },
    "",
    "warn",
    /on wan0 can send to 10\.0\.0\.1 .*rp_filter = 2/,
    /^sysctl -w net\.ipv4\.conf\.all\.rp_filter=1 net\.ipv4\.conf\.wan0\.rp_filter=1; /,
  ],
  ["off, and nft does it", ["10.0.0.1"], ["203.0.113.1"], TWO, { all: 0, wan0: 0 }, RULE, "ok", /not reached by wan0/],
  [
    "nft does it for another interface",
    ["10.0.0.1"],
    ["0.0.0.0"],
    { ...TWO, "198.51.100.1": "wan1.7" },
    { all: 0, wan0: 0, "wan1.7": 0 },
    RULE,
    "warn",
    /on wan1\.7 can send/,
    /net\.ipv4\.conf\.all\.rp_filter=1 net\/ipv4\/conf\/wan1\.7\/rp_filter=1/,
  ],
  [
    "an interface whose setting cannot be read",
    ["10.0.0.1"],
    ["0.0.0.0"],
    TWO,
    {},
    "",
    "warn",
    /rp_filter = unknown/,
    /sysctl/,
  ],
  [
    "IPv6 knows no rp_filter",
    ["fd00::1"],
    ["203.0.113.1"],
    { "203.0.113.1": "wan0", "fd00::1": "lan0" },
    { all: 1, wan0: 1 },
    "",
    "warn",
    /IPv6 has no rp_filter/,
    /nft/,
  ],
  [
    "both sides on one interface",
    ["10.0.0.5"],
    ["10.0.0.5"],
    { "10.0.0.5": "eth0" },
    { all: 1 },
    "",
    "note",
    /only that/,
    /see that/,
  ],
  [
    "no interface but the private one",
    ["10.0.0.5"],
    ["203.0.113.5"],
    { "10.0.0.5": "eth0" },
    {},
    "",
    "ok",
    /any public/,
  ],
];

for (const [name, inside, outside, interfaces, filters, rules, level, what, run] of SIDES) {
  test(`doctor, private side: ${name}`, () => {
    const filterOf = (of: string): number | undefined => filters[of];
    const found = judgeSides({ inside, outside, interfaces: new Map(Object.entries(interfaces)), filterOf, rules });
    assert.equal(found.level, level, found.what);
    assert.match(found.what, what);
    assert.equal(found.run !== undefined, run !== undefined);
    if (run !== undefined) assert.match(found.run ?? "", run);
  });
}
