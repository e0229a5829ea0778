import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../test/support/linear.ts";
import { type OpenFiles, readConf } from "./conf.ts";

/** Opens what is in a table, like a folder. */
function files(all: Readonly<Record<string, string>>): OpenFiles {
  return (name) => (Object.hasOwn(all, name) ? [{ path: name, text: all[name] }] : "no such file");
}

/** "name: key=value ..." of each section, "name!" for a template. */
function shown(all: Readonly<Record<string, string>>): string[] {
  return readConf("a", files(all)).sections.map((s) => {
    const settings = s.settings.map((each) => ` ${each.key}=${each.value}`).join("");
    return `${s.name}${s.template ? "!" : ""}:${settings}`;
  });
}

/** Requirement, text of file a, sections. */
const READS: readonly [string, string, readonly string[]][] = [
  ["sections and settings", "[x]\nA = 1\nb=>2\n[y]\n", ["x: a=1 b=2", "y:"]],
  ["CRLF and blanks", "[ x ]\r\n  a  =  1 2 \r\n", ["x: a=1 2"]],
  ["a comment to the end of a line", "; whole\n[x] ; after\na=1;2\n", ["x: a=1"]],
  ["an escaped semicolon is none", "[x]\na=1\\;2 ; c\n", ["x: a=1;2"]],
  ["a comment of several lines", "[x]\na=1 ;-- b\nb=2\n--; c=3\nd=4\n", ["x: a=1 c=3 d=4"]],
  ["a comment within a line", "[x]\na=1 ;-- b --;2\n", ["x: a=1 2"]],
  ["comments nest", "[x]\n;-- a\n;-- b --;\nc=1\n--;\nd=2\n", ["x: d=2"]],
  [";--- is a plain comment", "[x]\n;--- a\nb=1\n", ["x: b=1"]],
  ["a template gives its settings, in order", "[t](!)\na=1\nb=2\n[x](t)\na=3\n", ["t!: a=1 b=2", "x: a=1 b=2 a=3"]],
  ["several templates", "[t](!)\na=1\n[u](!,t)\nb=2\n[x](u,t)\n", ["t!: a=1", "u!: a=1 b=2", "x: a=1 b=2 a=1"]],
  ["a section is a template too", "[x]\na=1\n[y](X)\n", ["x: a=1", "y: a=1"]],
  ["(+) adds", "[x]\na=1\n[y]\n[x](+)\nb=2\n", ["x: a=1 b=2", "y:"]],
  [
    "(+) with a filter adds to the one that fits",
    "[x]\ntype=aor\n[x]\ntype=auth\n[x](+type=^auth$)\nb=2\n[x](+type=ao&type=r)\nc=3\n",
    ["x: type=aor c=3", "x: type=auth b=2"],
  ],
  ["one name twice stays two (PJSIP)", "[x]\ntype=aor\n[x]\ntype=auth\n", ["x: type=aor", "x: type=auth"]],
  ["a value may hold = and #", "[x]\na=b=c\n# no\nb=#1\n", ["x: a=b=c b=#1"]],
  ["names of Object are names", "[__proto__](constructor)\nconstructor=1\n", ["__proto__: constructor=1"]],
];

for (const [name, text, sections] of READS) {
  test(`conf: ${name}`, () => assert.deepEqual(shown({ a: text }), sections));
}

test("conf: an include goes on in the section it stands in, and its last section goes on behind it", () => {
  const all = { a: '[x]\na=1\n#include "b"\nd=1\n#tryinclude <c>\n', b: "b=1\n[y]\nc=1\n" };
  assert.deepEqual(shown(all), ["x: a=1 b=1", "y: c=1 d=1"]);
  assert.deepEqual(readConf("a", files(all)).faults, [], "#tryinclude of what is not there is no fault");
});

/** Requirement, text of file a, fault. */
const FAULTS: readonly [string, string, RegExp][] = [
  ["a section without ]", "[x\n", /^a:1: a section without \]$/],
  ["templates without )", "[x](t\n", /^a:1: a list of templates without \)$/],
  ["no text", "[x]\n\0\n", /^a:1: not read: this is no text$/],
  ["a template that is not there", "[x](t)\n", /^a:1: \[x\] is made from \[t\], which does not stand before it$/],
  ["a section made from itself", "[x](x)\n", /^a:1: \[x\] is made from \[x\]/],
  ["(+) that fits nothing", "[x]\na=1\n[x](+a=2)\nb=1\n", /^a:3: \[x\]\(\+a=2\) adds to a section that is not there$/],
  ["(+) to nothing", "[x](+)\n", /^a:1: \[x\]\(\+\) adds to a section that is not there$/],
  ["no section", "\na=1\n", /^a:2: a setting before the first section$/],
  ["neither", "[x]\nhello\n", /^a:2: neither a section nor key = value$/],
  ["a value without a key", "[x]\n=1\n", /^a:2: a value without a key$/],
  ["an include of nothing", "#include\n", /^a:1: #include names no file$/],
  ["an include that is not there", "#include b\n", /^a:1: #include b: no such file$/],
  ["a program", "#exec /bin/true\n", /^a:1: #exec \/bin\/true: a program is not run$/],
  ["another directive", "#define x\n", /^a:1: an unknown directive$/],
  ["a comment without an end", ";-- a\n", /^a:2: a comment that begins with ;-- does not end$/],
  ["a line too long", `[x]\na=${"b".repeat(8_192)}\n`, /^a:2: a line of more than 8192 characters$/],
];

for (const [name, text, fault] of FAULTS) {
  test(`conf, fault: ${name}`, () => {
    const { faults } = readConf("a", files({ a: text }));
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0], fault);
  });
}

test("conf: files that include each other, and templates that multiply, end in a fault", () => {
  const circle = readConf("a", files({ a: "#include b\n[x]\n#include b\n", b: "#include a\n[y]\n#include a\n" }));
  assert.equal(circle.faults.length, 4);
  assert.match(circle.faults[0], /^b:1: #include a: not followed again: a > b > a$/);
  const grown = Array.from({ length: 40 }, (_, i) => `[t${i + 1}](t${i},t${i})\n`);
  const conf = readConf("a", files({ a: `[t0](!)\na=1\n${grown.join("")}` }));
  assert.match(conf.faults.join("\n"), /more than 100000 settings/);
  assert.ok(conf.sections.reduce((sum, s) => sum + s.settings.length, 0) <= 100_000);
});

const PIECES = ["[", "]", "(", ")", "!", "+", ",", "=", "=>", ";", ";--", "--;", "\\;", "#include a", "#tryinclude a"];
const TEXT = fc.array(fc.oneof(fc.constantFrom(...PIECES, "\n", "\n[x]\n", " "), fc.string()), { maxLength: 60 });

test("conf: no text makes it throw", () => {
  fc.assert(
    fc.property(TEXT, (pieces) => {
      readConf("a", files({ a: pieces.join("") }));
    }),
    { numRuns: 2_000 },
  );
});

/** Texts that grow, by what they are made of. */
const GROWING: readonly [string, (n: number) => string][] = [
  ["sections", (n) => "[x](!)\na=1\n[y](x)\nb=2\n".repeat(n)],
  ["settings", (n) => `[x]\n${"key = value ; comment\n".repeat(n)}`],
  ["comments that open", (n) => ";-- a\n".repeat(n)],
  ["semicolons in one line", (n) => `[x]\n${`${"\\;".repeat(2_000)}\n`.repeat(n / 50)}`],
  // What it gives is bounded by its limit, so that this does not grow with the square.
  ["sections of one large template", (n) => `[t](!)\n${"a=1\n".repeat(n)}${"[x](t)\n".repeat(n)}`],
  ["faults", (n) => "[\n".repeat(n)],
];

for (const [name, make] of GROWING) {
  test(`conf: ${name} cost what they are long`, () => {
    const [small, large] = [make(500), make(8_000)];
    const read = (text: string) => (): void => void readConf("a", files({ a: text }));
    assertLinear(16, read(small), read(large));
  });
}
