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
  failover: "failover under 50 calls/s",
  restart: "restart of Rempart in the middle of a call",
  strangers: "strangers reach Asterisk zero times",
  direct: "Asterisk takes no call but Rempart's",
} as const;

export const MODES = ["relay", "edge", "mirror"] as const;

/** One cell of the matrix. */
export interface Cell {
  readonly mode: (typeof MODES)[number];
  readonly scenario: keyof typeof SCENARIOS;
  readonly target: Target;
}

/** What became of one cell: a line of the file that the environment names. */
export interface Outcome {
  readonly mode: string;
  readonly scenario: string;
  readonly target: string;
  readonly passed: boolean;
}

/** Where outcomes are gathered; without it they are not. `test/peers/matrix.ts` sets it. */
export const GATHER = "REMPART_MATRIX";

/** A test that fills one cell. */
export function cell(c: Cell, run: (t: TestContext) => Promise<void>): void {
  const target = titleOf(c.target);
  test(`${c.mode}, ${target}: ${SCENARIOS[c.scenario]}`, needsTree(), async (t) => {
    let passed = false;
    try {
      await run(t);
      passed = true;
    } finally {
      const file = process.env[GATHER];
      const outcome: Outcome = { mode: c.mode, scenario: c.scenario, target, passed };
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(outcome)}\n`);
    }
  });
}
