import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenConfig } from "../../config/index.ts";
import { judgeAddresses } from "./addresses.ts";
import { judgeName } from "./names.ts";

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
