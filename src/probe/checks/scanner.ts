import type { Rule } from "../../findings/index.ts";
import { ask, domainOf } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { token } from "../request.ts";

const rule: Rule = {
  id: "scanner-not-blocked",
  severity: "note",
  title: "Nobody stops a scanner",
  why: "What answers a stranger's hundredth question as it did the first lets itself be searched for names and passwords.",
  fix: "Put a guard before it: rempart run in front, or rempart watch beside it.",
  see: ["no-security-log", "kamailio-no-flood-limit", 'mode = "enforce"'],
};

const REQUESTS = 80;
/** A share of answers below which it has noticed. */
const MOST_ANSWERED = 0.9;

/** What a scanner does, as fast as the run may: is it still answered at the end? */
export const scanner: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    let answered = 0;
    const began = performance.now();
    for (let i = 0; i < REQUESTS; i++) {
      const uri = `sip:${nobody(token())}@${domainOf(s)}`;
      const { final } = await ask(s, line, { method: "OPTIONS", uri }, { again: false, patience: 300 });
      if (final !== undefined) answered++;
    }
    const seconds = (performance.now() - began) / 1_000;
    if (answered < REQUESTS * MOST_ANSWERED) return;
    const says = `${answered} of ${REQUESTS} requests for names that nobody has were answered within ${seconds.toFixed(0)} s`;
    s.report(rule, line.way, "options", says, []);
  },
};
