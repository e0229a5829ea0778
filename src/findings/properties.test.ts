/** Whatever a text of a finding holds, it stays a text: in the terminal, in HTML, in JSON and SARIF, in the patch. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Edit, Finding, Findings } from "./finding.ts";
import { htmlPage } from "./html.ts";
import { humanText } from "./human.ts";
import { jsonReport } from "./json.ts";
import { patchOf } from "./patch.ts";
import { sarifLog } from "./sarif.ts";

const RUNS = { numRuns: 100 };
const PIECES = [
  "\u001b[2J",
  "\u009b31m",
  "\r\n",
  "\n--- a/x\n",
  "<script>",
  "</pre>",
  `"'&\``,
  "\u202e",
  "\0",
  "-->",
  "\ud800",
  "é",
];
const hostile = fc
  .array(fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom(...PIECES)), { maxLength: 4 })
  .map((parts) => parts.join(""));

const edits: fc.Arbitrary<Edit> = fc.record({
  file: fc.oneof(hostile, fc.constant("f/a.conf")),
  line: fc.integer({ min: -1, max: 6 }),
  count: fc.integer({ min: 0, max: 3 }),
  lines: fc.array(hostile, { maxLength: 3 }),
});

const finding: fc.Arbitrary<Finding> = fc.record({
  rule: hostile,
  place: fc.oneof(fc.record({ file: hostile, line: fc.nat(99) }), fc.record({ target: hostile })),
  says: hostile,
  key: hostile,
  proof: fc.array(hostile, { maxLength: 2 }),
  edits: fc.array(edits, { maxLength: 2 }),
});

const findings: fc.Arbitrary<Findings> = fc.record({
  job: fc.constantFrom("audit", "probe"),
  subject: hostile,
  rules: fc.array(
    fc.record({
      id: hostile,
      severity: fc.constantFrom("critical", "note"),
      title: hostile,
      why: hostile,
      fix: hostile,
      see: fc.array(hostile, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  found: fc.array(finding, { maxLength: 4 }),
  missing: fc.array(hostile, { maxLength: 2 }),
});

test("terminal: no control character but the line ends that we wrote", () => {
  fc.assert(
    fc.property(findings, (f) => {
      assert.doesNotMatch(humanText(f, { colours: false }).replaceAll("\n", ""), /[\p{C}\u2028\u2029]/u);
    }),
    RUNS,
  );
});

test("HTML: as many elements as with harmless texts, and no control character", () => {
  // Sorted, since another name may stand at another place; without what is said once for several of one place.
  const tags = (page: string): string =>
    (page.match(/<[^>]*>/g) ?? [])
      .map((t) => t.split(/[\s>]/)[0])
      .sort()
      .join("");
  // Empty stays empty (it may leave out an element), the same stays the same (rules are grouped by id).
  const harmless = (f: Findings): Findings =>
    JSON.parse(JSON.stringify(f, (_, v) => (typeof v === "string" && v !== "" && !WORDS.has(v) ? hexOf(v) : v)));
  fc.assert(
    fc.property(findings, (f) => {
      const page = htmlPage(f, 0, "0");
      assert.doesNotMatch(page.replaceAll("\n", ""), /[\p{C}\u2028\u2029]/u);
      assert.equal(tags(page), tags(htmlPage(harmless(f), 0, "0")));
    }),
    RUNS,
  );
});

test("JSON and SARIF: no control character in any text, and nothing that throws", () => {
  fc.assert(
    fc.property(findings, (f) => {
      for (const data of [jsonReport(f), sarifLog(f, "0")])
        JSON.stringify(data, (_, v) => {
          if (typeof v === "string" && /\n\n/.test(v) === false) assert.doesNotMatch(v, /[\p{C}\u2028\u2029]/u);
          return v;
        });
    }),
    RUNS,
  );
});

test("patch: only the files that were read, and no line that is not of a patch", () => {
  const files = {
    text: (file: string) => (file === "f/a.conf" ? "1\n2\n3\n4" : undefined),
    name: (file: string) => (file.startsWith("f/") ? file.slice(2) : undefined),
  };
  fc.assert(
    fc.property(findings, (f) => {
      const { text, left } = patchOf(f, files);
      const lines = text === "" ? [] : text.slice(0, -1).split("\n");
      assert.deepEqual(lines.slice(0, 2), text === "" ? [] : ["--- a/a.conf", "+++ b/a.conf"]);
      for (const line of lines.slice(2))
        assert.match(line, /^(?:[ +-]|@@ -\d+,\d+ \+\d+,\d+ @@$|\\ No newline at end of file$)/);
      for (const line of left) assert.doesNotMatch(line, /\p{C}/u);
    }),
    RUNS,
  );
});

const WORDS = new Set(["audit", "probe", "critical", "note"]);

function hexOf(text: string): string {
  return `x${Buffer.from(text, "utf16le").toString("hex")}`;
}
