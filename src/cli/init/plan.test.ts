import assert from "node:assert/strict";
import { test } from "node:test";
import { askable, type Door, type Found } from "./find.ts";
import { planFor, stepsFor } from "./plan.ts";

const ANSWER = { status: 200, server: "Asterisk", allow: "", date: "", ms: 1 };

/** "udp 10.0.0.1 5060", with an answer where it ends in "+". */
function door(text: string): Door {
  const [transport = "", address = "", port = "", plus] = text.split(" ");
  const answer = plus === "+" ? ANSWER : undefined;
  return { transport: transport as Door["transport"], address, port: Number(port), configured: true, answer };
}

function found(here: boolean, doors: readonly string[], ours = "10.0.0.5"): Found {
  return { here, version: "Asterisk 22", site: undefined, doors: doors.map(door), ours };
}

/** Requirement, on this machine, doors, the backend's URI, where it moves to, how many are open to the world. */
const PLANS: readonly [string, boolean, readonly string[], string | undefined, string | undefined, number][] = [
  ["elsewhere: as it is", false, ["udp 10.0.0.11 5060 +"], "sip:10.0.0.11:5060", undefined, 0],
  ["here on a wildcard: moved to our address", true, ["udp 0.0.0.0 5060 +"], "sip:10.0.0.5:5080", "10.0.0.5:5080", 1],
  [
    "here on one address and 5060: moved, the wildcard of ours wants that port",
    true,
    ["udp 10.0.0.7 5060"],
    "sip:10.0.0.7:5080",
    "10.0.0.7:5080",
    0,
  ],
  ["here on another port: stays", true, ["udp 127.0.0.1 5160 +"], "sip:127.0.0.1:5160", undefined, 0],
  [
    "one that answers before one that does not",
    true,
    ["udp 10.0.0.1 5160", "tcp 10.0.0.1 5160 +"],
    "sip:10.0.0.1:5160;transport=tcp",
    undefined,
    0,
  ],
  ["UDP before TCP", true, ["tcp 10.0.0.1 5160 +", "udp 10.0.0.1 5160 +"], "sip:10.0.0.1:5160", undefined, 0],
  ["IPv6 in brackets", false, ["udp 2001:db8::1 5060 +"], "sip:[2001:db8::1]:5060", undefined, 1],
  ["TLS is on the port of TLS", true, ["tls 10.0.0.1 5061 +"], "sip:10.0.0.1:5080;transport=tls", "10.0.0.1:5080", 0],
  ["files without a socket", true, [], undefined, undefined, 0],
];

for (const [name, here, doors, uri, to, open] of PLANS) {
  test(`init, plan: ${name}`, () => {
    const plan = planFor(found(here, doors));
    assert.deepEqual([plan.uri, plan.moved?.to, plan.open.length], [uri, to, open]);
  });
}

test("init, plan: the steps name our address, the new place and who needs accounts", () => {
  const here = found(true, ["udp 0.0.0.0 5060 +"]);
  const relay = stepsFor(here, planFor(here), "relay").join("\n");
  assert.match(
    relay,
    /listen at 10\.0\.0\.5:5080 instead of udp 0\.0\.0\.0:5060: PJSIP: bind = .*chan_sip: udpbindaddr = /,
  );
  assert.match(relay, /permit = 10\.0\.0\.5\/255\.255\.255\.255/);
  assert.match(relay, /iptables -I INPUT -p udp --dport 5080 ! -s 10\.0\.0\.5 -j DROP/);
  assert.doesNotMatch(relay, /account add/);
  assert.match(stepsFor(here, planFor(here), "edge").join("\n"), /one peer for Rempart.*account add/s);
  assert.match(stepsFor(undefined, planFor(undefined), "edge").join("\n"), /^Give each phone an account/);
});

test("nothing is sent but to sockets of this machine, and to some of them", () => {
  const bind = (address: string) => ({ driver: "pjsip", transport: "udp", address, port: 5060 }) as const;
  const named = ["0.0.0.0", "::", "127.0.0.1", "10.0.0.5", "198.51.100.7", "10.0.0.6", "2001:db8::1"].map(bind);
  const asked = askable(named, ["10.0.0.5", "2001:db8::1"]).map((b) => b.address);
  assert.deepEqual(asked, ["0.0.0.0", "::", "127.0.0.1", "10.0.0.5", "2001:db8::1"]);
  assert.equal(askable(new Array(100_000).fill(bind("0.0.0.0")), []).length, 32);
});
