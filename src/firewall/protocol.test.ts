/** What the helper does not take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lineReader } from "./lines.ts";
import { MOST_ROWS, readRequest } from "./protocol.ts";

const SPEC = {
  table: "rempart",
  drops: true,
  stranger: { rate: 20, burst: 40 },
  strangers: { rate: 0, burst: 1 },
  mutes: false,
  doors: [{ protocol: "udp", family: 4, address: "203.0.113.1", port: 5060, side: "public" }],
};
const begin = (spec: object) => ({ do: "begin", id: 1, what: "table", spec: { ...SPEC, ...spec } });
const put = (more: object) => ({ do: "put", set: "ban", fresh: true, rows: [["203.0.113.7", 60]], ...more });

test("requests as the daemon makes them are taken", () => {
  for (const request of [
    begin({}),
    { do: "begin", id: 2, what: "list", list: "voip-bl" },
    put({}),
    put({ set: "net", rows: [["203.0.113.0/24", 60]] }),
    put({ rows: [["2001:db8::/64", 60]] }),
    put({ set: "never", rows: [["0.0.0.0/0", 0]] }),
    { do: "drop", set: "standing", rows: ["203.0.113.7"] },
    { do: "commit" },
    { do: "sums", id: 7 },
  ])
    assert.equal(typeof readRequest(JSON.stringify(request)), "object", JSON.stringify(request));
});

for (const [name, request] of Object.entries({
  "no JSON": "add table",
  "no object": 7,
  "an unknown request": { do: "flush" },
  "an id that is none": { do: "counts", id: "1; flush ruleset" },
  "a table of somebody else's": begin({ table: "filter" }),
  "a table with more in its name": begin({ table: "rempart; flush ruleset" }),
  "a port that is none": begin({ doors: [{ ...SPEC.doors[0], port: 70_000 }] }),
  "an address that is none": begin({ doors: [{ ...SPEC.doors[0], address: "203.0.113.1 accept" }] }),
  "an address of the other family": begin({ doors: [{ ...SPEC.doors[0], family: 6 }] }),
  "a protocol that is none": begin({ doors: [{ ...SPEC.doors[0], protocol: "icmp" }] }),
  "a rate that is no number": begin({ stranger: { rate: "20/second accept", burst: 1 } }),
  "a list with more in its name": { do: "begin", id: 1, what: "list", list: "a { }" },
  "a source with more behind it": put({ rows: [["203.0.113.7 } ; flush ruleset", 60]] }),
  everybody: put({ set: "net", rows: [["0.0.0.0/0", 60]] }),
  "a block where a source belongs": put({ rows: [["203.0.113.0/24", 60]] }),
  "a ban without an end": put({ rows: [["203.0.113.7", 0]] }),
  "a time that is none": put({ rows: [["203.0.113.7", -1]] }),
  "a set of nobody's": put({ set: "stranger" }),
  "too many rows": put({ rows: Array.from({ length: MOST_ROWS + 1 }, () => ["203.0.113.7", 60]) }),
  "a drop of the never-list": { do: "drop", set: "never", rows: ["203.0.113.7"] },
})) {
  test(`refused: ${name}`, () => {
    assert.equal(typeof readRequest(typeof request === "string" ? request : JSON.stringify(request)), "string");
  });
}

test("lines are cut wherever they come apart, and a line without end is told", () => {
  const lines: string[] = [];
  let tooLong = 0;
  const read = lineReader(
    8,
    (line) => lines.push(line),
    () => tooLong++,
  );
  for (const piece of ["a", "b\nc", "\n\nd\n", "12345678"]) read(piece);
  assert.deepEqual([lines, tooLong], [["ab", "c", "", "d"], 0]);
  read("9");
  assert.equal(tooLong, 1);
});
