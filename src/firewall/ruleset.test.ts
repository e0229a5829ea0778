/** What stands in the table, and in which order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cidr, formatCidr, parseCidr } from "../base/index.ts";
import { cover } from "./blocks.ts";
import { dropText, fillText, listText, putText, removalText, type Spec, tableText } from "./ruleset.ts";

const DOOR = { protocol: "udp", family: 4, address: "", port: 5060, side: "public" } as const;
const SPEC: Spec = {
  table: "rempart",
  doors: [
    DOOR,
    { ...DOOR, protocol: "tcp", family: 6, address: "2001:db8::1" },
    { ...DOOR, address: "10.0.0.1", side: "private" },
  ],
  drops: true,
  stranger: { rate: 20, burst: 40 },
  strangers: { rate: 2_000, burst: 400 },
  mutes: false,
};
const block = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);

/** The lines of one chain. */
function chain(text: string, name: string): string[] {
  const lines = text.split("\n");
  const from = lines.indexOf(`chain ${name} {`);
  return lines.slice(from + 1, lines.indexOf("}", from));
}

test("order: never, bans, standing, lists of others, one stranger, all strangers", () => {
  const lines = chain(tableText(SPEC), "strangers");
  const order = ["@never4", "@never6", "@ban4", "@ban6", "@net4", "@net6", "@standing4", "@standing6", "jump lists"];
  assert.deepEqual(
    lines.map((line) => [...order, "@stranger4", "@stranger6", "2000/second"].find((word) => line.includes(word))),
    [...order, "@stranger4", "@stranger6", "2000/second"],
  );
  for (const line of lines) assert.equal(/drop$/.test(line), /banned|capped|drowned/.test(line), line);
});

test("only public listeners, at their address; private ones stand before, for they may share a port with a wildcard", () => {
  const [hook, ...rules] = chain(tableText(SPEC), "doors");
  assert.equal(hook, "type filter hook prerouting priority raw; policy accept;");
  assert.deepEqual(rules, [
    "ip daddr 10.0.0.1 udp dport 5060 accept",
    "meta nfproto ipv4 udp dport 5060 goto strangers",
    "ip6 daddr 2001:db8::1 tcp dport 5060 goto strangers",
  ]);
});

test("observe: nothing drops", () => {
  const spec = { ...SPEC, drops: false };
  assert.doesNotMatch(tableText(spec) + listText(spec, "voip", ["voip"]), /drop\b/);
});

test("a rate of 0 is no limit", () => {
  const text = tableText({ ...SPEC, stranger: { rate: 0, burst: 1 }, strangers: { rate: 0, burst: 1 } });
  assert.doesNotMatch(text, /limit rate|capped drop|drowned drop/);
});

test("without an edge: what comes is counted first, and a muted source is held back behind never, bans and standing", () => {
  const text = tableText({ ...SPEC, mutes: true });
  const lines = chain(text, "strangers");
  const order = ["name seen", "@never4", "@ban6", "@standing6", "@mute4", "@mute6", "jump lists"];
  const places = order.map((word) => lines.findIndex((line) => line.includes(word)));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(!places.includes(-1), lines.join("\n"));
  assert.match(lines[places[4]], /limit rate over 30\/minute burst 1 packets \} counter name muted drop$/);
  const observed = chain(tableText({ ...SPEC, mutes: true, drops: false }), "strangers");
  assert.match(observed[places[4]], /counter name muted accept$/);
  assert.doesNotMatch(tableText(SPEC), /mute|trickle|seen/, "behind an edge none of it is there");
});

test("elements: hosts by address, /64 by its first one, blocks as blocks, each family in its set", () => {
  const rows = [
    [block("203.0.113.7"), 660],
    [block("2001:db8:1:2::/64"), 60],
  ] as const;
  assert.equal(
    fillText("rempart", "ban", rows),
    "add element inet rempart ban4 { 203.0.113.7 timeout 660s }\nadd element inet rempart ban6 { 2001:db8:1:2:: timeout 60s }\n",
  );
  assert.equal(
    putText("rempart", "standing", rows.slice(0, 1)),
    "add element inet rempart standing4 { 203.0.113.7 }\ndelete element inet rempart standing4 { 203.0.113.7 }\nadd element inet rempart standing4 { 203.0.113.7 timeout 660s }\n",
  );
  assert.equal(
    fillText("rempart", "net", [[block("198.51.100.0/24"), 0]]),
    "add element inet rempart net4 { 198.51.100.0/24 }\n",
  );
  assert.equal(
    dropText("rempart", "ban", [block("203.0.113.7")]),
    "add element inet rempart ban4 { 203.0.113.7 }\ndelete element inet rempart ban4 { 203.0.113.7 }\n",
  );
});

test("a list: sets, a counter and rules of its own; an empty one takes them away and leaves others", () => {
  const there = listText(SPEC, "voip", ["apiban", "voip"]);
  assert.match(there, /add set inet rempart list_voip_4 \{ type ipv4_addr; flags interval; \}/);
  assert.match(there, /add rule inet rempart lists ip saddr @list_apiban_4 counter name list_apiban drop/);
  const gone = listText(SPEC, "voip", ["apiban"]);
  assert.doesNotMatch(gone, /saddr @list_voip/);
  assert.match(gone, /delete counter inet rempart list_voip/);
});

test("taking it away names our table alone", () => {
  assert.equal(removalText("rempart_two"), "add table inet rempart_two\ndelete table inet rempart_two\n");
});

test("ranges that another holds are left out", () => {
  const texts = ["198.51.100.0/24", "198.51.0.0/16", "198.51.100.7", "198.52.0.0/16", "2001:db8::/32", "2001:db8::/32"];
  const kept = cover(texts.map((text) => ({ block: block(text) })));
  assert.deepEqual(
    kept.map((row) => formatCidr(row.block)),
    ["198.51.0.0/16", "198.52.0.0/16", "2001:db8::/32"],
  );
});
