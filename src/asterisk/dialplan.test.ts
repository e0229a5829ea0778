import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../test/support/linear.ts";
import { readConf } from "./conf.ts";
import { type Dialplan, linksOfStep, readDialplan } from "./dialplan.ts";
import { splitArguments } from "./links.ts";
import { matchesPattern, openEnded, patternLength } from "./pattern.ts";

function planOf(text: string): Dialplan {
  return readDialplan(readConf("extensions.conf", () => [{ path: "extensions.conf", text }]));
}

/** Requirement, a line of context a, "exten priority application(arguments)". */
const STEPS: readonly [string, string, readonly string[]][] = [
  ["exten", "exten => 100,1,Dial(PJSIP/alice,20)", ["100 1 dial(PJSIP/alice,20)"]],
  ["exten with =", "exten = 100,1,NoOp", ["100 1 noop()"]],
  ["same", "exten => _9X.,1,NoOp()\nsame => n(here),Dial(a,b)", ["_9X. 1 noop()", "_9X. n(here) dial(a,b)"]],
  ["a hint runs nothing", "exten => 100,hint,PJSIP/alice", ["100 hint ()"]],
  ["a caller behind /", "exten => 100/5551234,1,Answer()", ["100 1 answer()"]],
  ["an escaped semicolon", "exten => 1,1,System(a\\;b)", ["1 1 system(a;b)"]],
  ["brackets with a comma", "exten => _[0,2]X,1,Answer()", ["_[0,2]X 1 answer()"]],
  ["a parenthesis too few", `exten => 1,1,Dial(A/\${FILTER(0-9,\${EXTEN})`, [`1 1 dial(A/\${FILTER(0-9,\${EXTEN})`]],
  ["same without an extension", "same => n,Answer()", []],
  ["no priority", "exten => 100", []],
];

for (const [name, text, steps] of STEPS) {
  test(`dialplan: ${name}`, () => {
    const all = [...(planOf(`[a]\n${text}\n`).contexts.get("a")?.extensions.values() ?? [])].flatMap((e) => e.steps);
    assert.deepEqual(
      all.map((s) => `${s.exten} ${s.priority} ${s.app}(${s.args})`),
      steps,
    );
  });
}

/** Application, "by context exten" of what it leads to. */
const LINKS: readonly [string, readonly string[]][] = [
  ["Goto(n)", []],
  ["Goto(b,100,1)", ["Goto b 100"]],
  [`Goto(b,\${EXTEN},1)`, ["Goto b *"]],
  ["Goto(100,1)", ["Goto a 100"]],
  [`Goto(\${X},s,1)`, []],
  [`GotoIf($["\${A}" = "1"]?b,s,1:c,\${EXTEN},1)`, ["GotoIf b s", "GotoIf c *"]],
  ["GotoIf($[a?b]?yes:no)", []],
  ["GotoIfTime(9:00-17:00,mon-fri,*,*?Day,s,1)", ["GotoIf day s"]],
  [`Gosub(B,s,1(\${EXTEN},x))`, ["Gosub b s"]],
  ["GosubIf($[1]?b,s,1(a):c,s,1(b))", ["GosubIf b s", "GosubIf c s"]],
  ["Macro(out,1)", ["Macro macro-out s"]],
  ["ExecIf($[1]?Goto(b,1,1):Dial(Local/5@c))", ["Goto b 1", "Local c 5"]],
  [`Dial(PJSIP/a&Local/\${EXTEN}@out/n,20)`, ["Local out *"]],
  ["DISA(1234,inside)", ["DISA inside *"]],
  ["Background(hello,,,menu)", ["Background menu *"]],
];

for (const [call, links] of LINKS) {
  test(`dialplan, where it goes on: ${call}`, () => {
    const step = planOf(`[a]\nexten => _X.,1,${call}\n`).contexts.get("a")?.extensions.get("_X.")?.steps[0];
    assert.ok(step);
    const seen = linksOfStep(step, "a").map((l) => `${l.by} ${l.context} ${l.exten ?? "*"}`);
    assert.deepEqual(seen, links);
  });
}

test("dialplan: includes, switches, one context in two places, names in any case", () => {
  const plan = planOf(
    "[A]\ninclude => B,9:00-17:00,mon-fri,*,*\n[b]\nswitch => Realtime/x\n[a]\nexten => 1,1,NoOp()\n",
  );
  assert.deepEqual(
    plan.contexts.get("a")?.includes.map((l) => l.context),
    ["b"],
  );
  assert.equal(plan.contexts.get("a")?.extensions.size, 1);
  assert.equal(plan.contexts.get("b")?.switches[0].value, "Realtime/x");
});

/** Pattern, a number, whether it fits. */
const FITS: readonly [string, string, boolean][] = [
  ["100", "100", true],
  ["_1XX", "199", true],
  ["_1XX", "1999", false],
  ["_NZX", "210", true],
  ["_NZX", "110", false],
  ["_[3-5]X", "39", true],
  ["_[3-5]X", "69", false],
  ["_9.", "9", false],
  ["_9.", "91", true],
  ["_9!", "9", true],
  ["_+X.", "+44", true],
  ["_1-8-00", "1800", true],
];

test("dialplan: what a pattern stands for", () => {
  for (const [pattern, number, wanted] of FITS)
    assert.equal(matchesPattern(pattern, number), wanted, `${pattern} ${number}`);
  assert.deepEqual(["_9.", "_[.]X", "9.", "_X!"].map(openEnded), [true, false, false, true]);
  assert.deepEqual(["_9.", "_[3-5]XX", "100", "_X!", "_00X."].map(patternLength), [2, 3, 3, 1, 4]);
});

test("dialplan: arguments are split where Asterisk splits them", () => {
  assert.deepEqual(splitArguments(`a,\${F(b,c)},"d,e",f\\,g`), ["a", `\${F(b,c)}`, '"d,e"', "f\\,g"]);
});

const PIECES = [
  "exten => ",
  "same => ",
  "_X.",
  ",1,",
  "Goto(",
  "ExecIf(",
  "?",
  ":",
  ")",
  "${",
  "}",
  "[",
  "]",
  "\n",
  "[a]\n",
];

test("dialplan: no text makes it throw", () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60 });
  fc.assert(
    fc.property(text, (pieces) => {
      for (const [key, context] of planOf(pieces.join("")).contexts)
        for (const e of context.extensions.values()) for (const step of e.steps) linksOfStep(step, key);
    }),
    { numRuns: 1_000 },
  );
});

/** One line of the most that a line may hold, and lines that are many. */
const GROWING: readonly [string, (n: number) => string][] = [
  ["lines", (n) => `[a]\n${"exten => _9X.,1,Goto(b,$[1],1)\n".repeat(n)}`],
  ["brackets", (n) => `[a]\n${`exten => ${"[".repeat(4_000)},1,a\n`.repeat(n / 100)}`],
  ["ExecIf within ExecIf", (n) => `[a]\n${`exten => 1,1,${"ExecIf(1?".repeat(800)}\n`.repeat(n / 100)}`],
];

for (const [name, make] of GROWING) {
  test(`dialplan: ${name} cost what they are long`, () => {
    const read = (text: string) => (): void => {
      for (const [key, context] of planOf(text).contexts)
        for (const e of context.extensions.values()) for (const step of e.steps) linksOfStep(step, key);
    };
    assertLinear(16, read(make(500)), read(make(8_000)));
  });
}
