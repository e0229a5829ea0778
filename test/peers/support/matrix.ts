import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { type Target, titleOf } from "./asterisk.ts";
import { needsTree } from "./debian.ts";

/** What a phone system must be able to do behind Rempart, in each way of standing in front. Rows of docs/asterisk-matrix.md. */
export const SCENARIOS = {
  register: "register, re-register, unregister",
  phone: "call from phone to phone",
  echo: "call to an extension: echo, with sound",
  voicemail: "call to an extension: voicemail",
  "from-asterisk": "call from Asterisk to a phone",
  transfer: "attended transfer",
  prack: "PRACK: a reliable 183, either way and from phone to phone",
  within: "INFO, UPDATE and re-INVITE in a call, either way",
  message: "MESSAGE: from phone to phone, to Asterisk and back",
  failover: "failover under 50 calls/s",
  restart: "restart of Rempart in the middle of a call",
  strangers: "strangers reach Asterisk zero times",
  direct: "Asterisk takes no call but Rempart's",
  lamps: "lamps: SUBSCRIBE, NOTIFY, device state",
  notices: "voicemail notices: left message, NOTIFY",
} as const;

/** Where a scenario cannot be, and why; cells of the page that stay empty otherwise are not run yet. */
export const NEVER: readonly { readonly mode: string; readonly scenarios: readonly string[]; readonly why: string }[] =
  [{ mode: "edge", scenarios: ["lamps", "notices"], why: "in `edge` Asterisk does not know the phones" }];

export const MODES = ["relay", "edge", "mirror"] as const;

/** One cell of the matrix. */
export interface Cell {
  readonly mode: (typeof MODES)[number];
  readonly scenario: keyof typeof SCENARIOS;
  readonly target: Target;
  /** What it says when all went well, where "yes" would say too much. */
  readonly says?: string | undefined;
}

/** What became of one cell: a line of the file that the environment names. */
export interface Outcome {
  readonly mode: string;
  readonly scenario: string;
  readonly target: string;
  readonly passed: boolean;
  readonly says?: string | undefined;
}

/** Where outcomes are gathered; without it they are not. `test/peers/matrix.ts` sets it. */
export const GATHER = "REMPART_MATRIX";

/** A test that fills one cell. */
export function cell(c: Cell, run: (t: TestContext) => Promise<void>): void {
  test(titleOfCell(c), needsTree(), (t) => noted(c, () => run(t)));
}

/** Cells of one column, one after the other before what `open` has started once. */
export function column<S>(
  c: Pick<Cell, "mode" | "target">,
  open: (t: TestContext) => Promise<S>,
  scenarios: Readonly<Partial<Record<Cell["scenario"], (s: S, t: TestContext) => Promise<void>>>>,
  says: Readonly<Partial<Record<string, string>>> = {},
): void {
  test(`${c.mode}, ${titleOf(c.target)}`, needsTree(), async (t) => {
    const opened = await open(t);
    for (const [name, run] of Object.entries(scenarios)) {
      const one: Cell = { ...c, scenario: name as Cell["scenario"], says: says[name] };
      await t.test(titleOfCell(one), (inner) => noted(one, () => run(opened, inner)));
    }
  });
}

function titleOfCell(c: Cell): string {
  return `${c.mode}, ${titleOf(c.target)}: ${SCENARIOS[c.scenario]}`;
}

async function noted(c: Cell, run: () => Promise<void>): Promise<void> {
  let passed = false;
  try {
    await run();
    passed = true;
  } finally {
    const file = process.env[GATHER];
    const { mode, scenario, target, says } = c;
    const outcome: Outcome = { mode, scenario, target: titleOf(target), passed, says };
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(outcome)}\n`);
  }
}
