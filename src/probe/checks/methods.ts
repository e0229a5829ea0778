import type { Rule, Severity } from "../../findings/index.ts";
import { ask, domainOf, register } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { contactOf, token } from "../request.ts";
import { proofOf } from "../session.ts";

const methodsRule: Rule = {
  id: "unauthenticated-methods",
  severity: "medium",
  title: "It serves requests of strangers that change or tell something",
  why: "SUBSCRIBE tells who is in a call, MESSAGE brings spam to phones, REFER makes the phone system call somebody.",
  fix: "Ask for a password before SUBSCRIBE, MESSAGE and REFER, or refuse them from outside.",
  see: ["anonymous-endpoint", "allow-guest", "kamailio-identity-unchecked", "[front] register"],
};

const registrar: Rule = {
  id: "open-registrar",
  severity: "critical",
  title: "Anybody can register without a password",
  why: "A stranger who registers a name gets its calls, and calls in its name.",
  fix: "Kamailio: #!define WITH_AUTH. Asterisk: an auth section for every endpoint.",
  see: ["account-without-secret", "kamailio-register-open", '[front] register = "edge"'],
};

const LASTS = "Expires: 60\r\n";

/** What each method asks for, as header lines; and how bad it is when a stranger gets it. */
const TRIES: readonly {
  readonly method: string;
  readonly severity: Severity;
  readonly headers: string;
  readonly body: string;
}[] = [
  {
    method: "SUBSCRIBE",
    severity: "medium",
    headers: `Event: dialog\r\n${LASTS}Accept: application/dialog-info+xml\r\n`,
    body: "",
  },
  {
    method: "SUBSCRIBE",
    severity: "medium",
    headers: `Event: presence\r\n${LASTS}Accept: application/pidf+xml\r\n`,
    body: "",
  },
  {
    method: "MESSAGE",
    severity: "medium",
    headers: "Content-Type: text/plain\r\n",
    body: "A test of this phone system, with permission.",
  },
  { method: "REFER", severity: "high", headers: "Refer-To: <sip:nobody@probe.invalid>\r\n", body: "" },
];

/** SUBSCRIBE, MESSAGE, REFER and REGISTER without credentials. To the own number where one is named, else to nobody. */
export const methods: Check = {
  rules: [methodsRule, registrar],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    const domain = domainOf(s);
    const uri = `sip:${s.o.number === "" ? nobody(token()) : s.o.number}@${domain}`;
    const contact = `Contact: <${contactOf(line.link)}>\r\n`;
    for (const { method, severity, headers, body } of TRIES) {
      const answer = await ask(s, line, { method, uri, headers: contact + headers, body });
      if (answer.status < 200 || answer.status > 299) continue;
      const what = /Event: (\w+)/.exec(headers)?.[1] ?? "";
      const says = `${method}${what === "" ? "" : ` for ${what}`} without credentials got ${answer.status}`;
      s.report(methodsRule, line.way, `${method}${what}`, says, proofOf(answer.request, answer.responses, "Event"), {
        severity,
      });
      if (method !== "SUBSCRIBE") continue;
      const { callId, from } = answer.request;
      const to = answer.final?.raw("to") ?? answer.request.to;
      await ask(s, line, {
        method,
        uri,
        callId,
        from,
        to,
        cseq: 2,
        headers: `${contact}Event: ${what}\r\nExpires: 0\r\n`,
      });
    }
    const name = nobody(token());
    const own = `Contact: <${contactOf(line.link, name)}>\r\n`;
    const answer = await ask(s, line, register(name, domain, `${own}${LASTS}`));
    if (answer.status < 200 || answer.status > 299) return;
    const says = `a name that nobody has registered with ${answer.status}, without credentials; it was taken back`;
    s.report(registrar, line.way, "register", says, proofOf(answer.request, answer.responses, "Contact"));
    await ask(s, line, register(name, domain, `${own}Expires: 0\r\n`));
  },
};
