import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCsv } from "./csv.ts";

/** Text, and the values of its rows; or where it is no CSV: [line, column, start of the words]. */
const CASES: [string, string, string[][] | [number, number, string]][] = [
  ["nothing", "", []],
  ["one value", "a", [["a"]]],
  [
    "LF",
    "a,b\nc,d\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "CRLF, last line open",
    "a,b\r\nc,d",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  ["byte order mark", "\ufeffa,b\n", [["a", "b"]]],
  [
    "empty values",
    ",\n,b,\n",
    [
      ["", ""],
      ["", "b", ""],
    ],
  ],
  ["empty value at the end of the text", "a,", [["a", ""]]],
  ["empty lines are left out", "\n\r\na\n\nb\n\n", [["a"], ["b"]]],
  ["quotes", '"a","b,c","d""e",""\n', [["a", "b,c", 'd"e', ""]]],
  ["only quotes", '""""', [['"']]],
  [
    "line end in quotes",
    '"a\r\nb",c\nd,e',
    [
      ["a\r\nb", "c"],
      ["d", "e"],
    ],
  ],
  ["spaces are kept", " a , b", [[" a ", " b"]]],
  ["open quote", 'a,b\nc,"d\ne', [2, 3, "the quote that opens here"]],
  ["text behind a quote", '"a"b', [1, 4, "found text behind"]],
  ["text behind a quote of two lines", '"a\nbc"d', [2, 4, "found text behind"]],
  ["quote inside a plain value", 'a\nb,c"d', [2, 4, 'found " inside']],
];

test("RFC 4180", async (t) => {
  for (const [name, text, expected] of CASES) {
    await t.test(name, () => {
      const rows = parseCsv(text);
      if (Array.isArray(rows))
        assert.deepEqual(
          rows.map((row) => row.map((field) => field.text)),
          expected,
        );
      else assert.deepEqual([rows.line, rows.column, rows.what.slice(0, String(expected[2]).length)], expected);
    });
  }
});

test("each value knows its line and column", () => {
  const rows = parseCsv('\ufeffuser,x\r\n"a\nb",c\r\n\r\nd,"e"\n');
  assert.ok(Array.isArray(rows));
  const places = rows.flat().map((f) => `${f.text} ${f.line}:${f.column}`);
  assert.deepEqual(places, ["user 1:1", "x 1:6", "a\nb 2:1", "c 3:4", "d 5:1", "e 5:3"]);
});

test("time is linear in the length", () => {
  for (const hostile of [
    '"'.repeat(2_000_001),
    "a\n".repeat(1_000_000),
    `"${"\n".repeat(2_000_000)}`,
    `"a\n",`.repeat(400_000),
  ]) {
    const start = performance.now();
    parseCsv(hostile);
    assert.ok(performance.now() - start < 2_000);
  }
});
