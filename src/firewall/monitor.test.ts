/** Which transactions that nft tells of were ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, readListing } from "./helper/listing.ts";
import { Attribution } from "./helper/monitor.ts";
import { addTo } from "./sum.ts";

function scene(named: boolean) {
  const changes: string[] = [];
  const unsure: string[] = [];
  const watcher = {
    onChange: (what: string, by: string) => changes.push(`${what} by ${by}`),
    onUnsure: (why: string) => unsure.push(why),
  };
  const attribution = new Attribution("rempart", watcher, named);
  const tell = (pid: number, ...lines: string[]): void => {
    for (const line of [...lines, `# new generation 7 by process ${pid} (nft)`]) attribution.line(line);
  };
  return { attribution, tell, changes, unsure };
}

const OURS = "add element inet rempart ban4 { 203.0.113.7 timeout 1m expires 1m }";
const GONE = "delete element inet rempart ban4 { 203.0.113.7 }";

test("by its number: what we did is ours, what others do to our table is told, what they do elsewhere is not", () => {
  const { attribution, tell, changes } = scene(true);
  attribution.ours(40)(true);
  tell(40, OURS);
  tell(41, "add rule inet filter input accept", "delete element inet rempart_two ban4 { 203.0.113.7 }");
  tell(42, "delete rule inet other x handle 3", GONE, OURS);
  tell(40, GONE);
  assert.deepEqual(changes, [`${GONE} by nft (process 42)`]);
});

test("in a container: each batch of ours excuses one transaction", () => {
  const { attribution, tell, changes } = scene(false);
  const done = attribution.ours(7);
  tell(70_001, OURS);
  done(true);
  tell(70_002, GONE);
  assert.equal(changes.length, 1);
  attribution.ours(8)(false);
  tell(70_003, GONE);
  assert.equal(changes.length, 2, "one that has failed excuses nothing");
});

test("what the kernel could not tell is told", () => {
  const { attribution, unsure } = scene(true);
  attribution.line("# ERROR: We lost some netlink events!");
  assert.equal(unsure.length, 1);
});

test("a listing: rules apart, sums of sets in any order", () => {
  const listing = (a: string, b: string): string =>
    `table inet rempart {\n\tset ban4 {\n\t\ttype ipv4_addr\n\t\telements = { ${a} timeout 1m expires 59s,\n\t\t\t     ${b} timeout 1m expires 3s }\n\t}\n\tset ban6 {\n\t\ttype ipv6_addr\n\t}\n\tchain doors {\n\t\taccept\n\t}\n}\n`;
  const one = readListing(listing("203.0.113.7", "203.0.113.8"));
  const sum = { count: 0, sum: 0 };
  for (const name of ["203.0.113.8", "203.0.113.7"]) addTo(sum, name);
  assert.deepEqual(one.sets, { ban4: sum, ban6: { count: 0, sum: 0 } });
  assert.deepEqual(readListing(listing("203.0.113.8", "203.0.113.7")), one);
  assert.notDeepEqual(readListing(listing("203.0.113.8", "203.0.113.9")).sets, one.sets);
  assert.equal(readListing(listing("203.0.113.8", "203.0.113.9")).rules, one.rules);
  assert.deepEqual(countsOf("table inet rempart {\n\tcounter banned {\n\t\tpackets 12 bytes 900\n\t}\n}\n"), {
    banned: 12,
  });
});
