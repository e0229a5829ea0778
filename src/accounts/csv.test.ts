import assert from "node:assert/strict";
import { test } from "node:test";
import { assertLinear } from "../../test/support/linear.ts";
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

/** Texts that a careless reader would walk over again and again, `n` times their part. */
const HOSTILE: [string, (n: number) => string][] = [
  ["quotes", (n) => `"${'""'.repeat(n)}"`],
  ["lines", (n) => "a\n".repeat(n)],
  ["lines in quotes", (n) => `"${"\n".repeat(n)}"`],
  ["a quote that is never closed", (n) => `"${'""\n'.repeat(n)}`],
  ["quotes opened on every line", (n) => `"a\n",`.repeat(n)],
  ["one long value", (n) => "a".repeat(n)],
  ["one long row", (n) => "a,".repeat(n)],
  ["one long row of quotes", (n) => '"a",'.repeat(n)],
];

for (const [name, text] of HOSTILE) {
  test(`time is linear in the length: ${name}`, () => {
    const [small, large] = [text(10_000), text(80_000)];
    assertLinear(
      8,
      () => parseCsv(small),
      () => parseCsv(large),
    );
  });
}
