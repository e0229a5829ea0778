import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "./gate.fixture.ts";
import { Gate } from "./gate.ts";
import { flowFrom as flow } from "./network.fixture.ts";

const BAD = "198.51.100.7";

for (const [what, entry, host, let_in] of [
  ["a banned address", row(BAD), BAD, false],
  ["its neighbour", row(BAD), "198.51.100.8", true],
  ["an address of a banned /24", row("198.51.100.0/24"), BAD, false],
  ["one beside it", row("198.51.100.0/24"), "198.51.101.7", true],
  ["any address of a banned /64", row("2001:db8:1:2::/64"), "2001:db8:1:2:3:4:5:6", false],
  ["the next /64", row("2001:db8:1:2::/64"), "2001:db8:1:3::1", true],
  ["an address of a banned /48", row("2001:db8:1::/48"), "2001:db8:1:3::1", false],
] as const) {
  test(`gate: ${what}`, () => {
    const gate = new Gate();
    gate.put([entry]);
    assert.equal(gate.admits(flow(host), 0), let_in);
    gate.remove([entry]);
    assert.equal(gate.admits(flow(host), 0), true, "and when it is taken back");
  });
}

test("a muted source: one packet in two seconds", () => {
  const gate = new Gate();
  gate.put([row(BAD, { action: "mute" })]);
  assert.deepEqual(
    [0, 1, 1_999, 2_000, 2_001, 4_000].map((now) => gate.admits(flow(BAD), now)),
    [true, false, false, true, false, true],
  );
  assert.equal(gate.refused, 3);
});

test("what is decided of a source takes the place of what was, whether or not it spared anybody", () => {
  const strangers = row(BAD, { action: "mute", spared: ["anna@x"] });
  const gate = new Gate();
  gate.put([strangers]);
  assert.equal(gate.isMuted(flow(BAD), "bert@x", "", 0), false, "the first packet of two seconds");
  assert.equal(gate.isMuted(flow(BAD), "bert@x", "", 1), true);
  gate.put([row(BAD)]);
  gate.remove([row(BAD)]);
  assert.deepEqual([gate.admits(flow(BAD), 2), gate.isMuted(flow(BAD), "bert@x", "", 2)], [true, false]);
  gate.put([row(BAD)]);
  gate.put([strangers]);
  assert.equal(gate.admits(flow(BAD), 3), true);
  gate.remove([strangers]);
  assert.equal(gate.isMuted(flow(BAD), "bert@x", "", 4), false);
});

test("the private side has no gate: a phone system is never kept out", () => {
  const gate = new Gate();
  gate.put([row(BAD)]);
  assert.equal(gate.admits(flow(BAD, "private"), 0), true);
});

test("one account, one device, or all without standing at a source", () => {
  const gate = new Gate();
  const muted = (account: string, device: string): boolean => {
    gate.isMuted(flow(BAD), account, device, 0);
    return gate.isMuted(flow(BAD), account, device, 1);
  };
  const account = row(BAD, { account: "anna@x", action: "mute" });
  gate.put([account]);
  assert.deepEqual([muted("anna@x", "any"), muted("bert@x", "any")], [true, false]);
  assert.equal(gate.admits(flow(BAD), 0), true, "the others of it are let in");
  gate.remove([account]);
  const device = row(BAD, { account: "anna@x", device: "Old 1.0", action: "mute" });
  gate.put([device]);
  assert.deepEqual([muted("anna@x", "Old 1.0"), muted("anna@x", "New 2.0")], [true, false]);
  gate.remove([device]);
  const rest = row(BAD, { spared: ["anna@x"], action: "mute" });
  gate.put([rest]);
  assert.deepEqual([muted("anna@x", ""), muted("bert@x", ""), muted("", "")], [false, true, true]);
  gate.remove([rest]);
  assert.equal(muted("bert@x", ""), false);
});

test("a guarded account is tried once a minute", () => {
  const gate = new Gate();
  gate.put([row("", { account: "anna@x", action: "guard" })]);
  assert.deepEqual(
    [0, 1, 59_999, 60_000, 60_001].map((now) => gate.mayTry("anna@x", now)),
    [true, false, false, true, false],
  );
  assert.equal(gate.mayTry("bert@x", 1), true);
});

test("a flood is told once in its window, unless a password was shown in it", () => {
  const gate = new Gate();
  const send = (from: number, count: number): number => {
    let told = 0;
    for (let i = 0; i < count; i++) if (gate.isFlooding(flow(BAD), from + i)) told++;
    return told;
  };
  assert.equal(send(0, 30), 0);
  assert.equal(send(2_100, 1), 0, "thirty in two seconds are free");
  assert.equal(send(2_101, 2_100), 1);
  gate.shown(flow(BAD), 5_000);
  assert.equal(send(4_500, 2_100), 0, "an office that comes back");
});

test("a scanner is held back from its second packet on, for two seconds, where the shield says so and nobody is known there", () => {
  const known = new Gate();
  known.setHolds(true);
  known.lists.setStanding([BAD], []);
  const shown = new Gate();
  shown.setHolds(true);
  shown.shown(flow(BAD), 0);
  const watching = new Gate();
  for (const gate of [known, shown, watching]) {
    gate.hold(flow(BAD), 0);
    assert.equal(gate.admits(flow(BAD), 1), true);
  }
  const gate = new Gate();
  gate.setHolds(true);
  gate.hold(flow(BAD), 0);
  assert.deepEqual(
    [0, 1_999, 2_000].map((now) => gate.admits(flow(BAD), now)),
    [false, false, true],
  );
  assert.equal(gate.admits(flow("198.51.100.8"), 1), true, "its neighbour");
  // The verdict is a mute: its first packet has been.
  gate.hold(flow(BAD), 5_000);
  gate.put([row(BAD, { action: "mute" })]);
  assert.deepEqual(
    [5_001, 6_999, 7_000, 7_001].map((now) => gate.admits(flow(BAD), now)),
    [false, false, true, false],
  );
});

test("a scanner's packets in the name of a muted source do not take the one packet in two seconds from it", () => {
  const gate = new Gate();
  gate.setHolds(true);
  gate.put([row(BAD, { action: "mute" })]);
  assert.equal(gate.admits(flow(BAD), 0), true);
  gate.hold(flow(BAD), 1_999);
  assert.equal(gate.admits(flow(BAD), 2_000), true);
});
