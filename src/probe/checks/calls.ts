import type { Rule } from "../../findings/index.ts";
import { type Answer, ask, domainOf } from "../ask.ts";
import type { Check } from "../check.ts";
import { contactOf, offer } from "../request.ts";
import { type Line, proofOf, type Session } from "../session.ts";

const guest: Rule = {
  id: "guest-calls",
  severity: "critical",
  title: "A stranger can call without a password",
  why: "Whoever finds this calls on your bill: to premium numbers, at night, on all lines at once.",
  fix: "Asterisk: allowguest=no in sip.conf; no endpoint named anonymous in pjsip.conf. Let strangers reach a context that leads nowhere outside.",
  see: [
    "allow-guest",
    "anonymous-endpoint",
    "insecure-invite",
    "public-context-dials-out",
    "[dial] allow_anonymous",
    "[front] register",
  ],
};

const prefixes: Rule = {
  id: "prefix-calls",
  severity: "critical",
  title: "A stranger can call out with a dial prefix",
  why: "Scanners try each number with 0, 00, 011, 9 and + before it until one is carried to the outside.",
  fix: "Lead strangers into a context without outgoing patterns, and follow its include lines.",
  see: [
    "public-context-dials-out",
    "pattern-takes-all",
    "abroad-without-pin",
    "kamailio-gateway-open",
    "[shield.scenarios.prefix-search]",
  ],
};

/** What attackers put before a number. */
const PREFIXES = ["0", "00", "011", "9", "900", "+"];

/** Calls of a stranger to the operator's own number. Whatever reaches somebody is cancelled at once and never answered with sound. */
export const calls: Check = {
  rules: [guest, prefixes],
  sip: true,
  async run(s) {
    if (s.o.number === "") {
      s.missing.push("guest-calls, prefix-calls: no number of your own was named (--number)");
      return;
    }
    const line = await s.line();
    if (line === undefined) return;
    const plain = await callAs(s, line, s.o.number);
    if (plain.isReached) tellCall(s, line, guest, s.o.number, plain);
    const bare = s.o.number.replace(/^(?:\+|00)/, "");
    for (const prefix of PREFIXES) {
      const number = `${prefix}${bare}`;
      if (number === s.o.number) continue;
      const call = await callAs(s, line, number);
      if (call.isReached) tellCall(s, line, prefixes, number, call);
    }
  },
};

function callAs(s: Session, line: Line, number: string): Promise<Answer> {
  const headers = `Contact: <${contactOf(line.link)}>\r\n`;
  return ask(s, line, { method: "INVITE", uri: `sip:${number}@${domainOf(s)}`, headers, body: offer(line.link) });
}

function tellCall(s: Session, line: Line, rule: Rule, number: string, call: Answer): void {
  const says = `an INVITE to ${number} without credentials got ${call.responses.map((m) => m.status).join(", ")}`;
  s.report(rule, line.way, number, says, proofOf(call.request, call.responses));
}
