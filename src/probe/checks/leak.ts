import type { Rule } from "../../findings/index.ts";
import { type Message, reply } from "../../sip/index.ts";
import type { Check } from "../check.ts";
import { placeOwnCall } from "../own-call.ts";
import { within } from "../pace.ts";
import { excerpt } from "../proof.ts";
import { token } from "../request.ts";

const rule: Rule = {
  id: "digest-leak",
  severity: "medium",
  title: "It answers a challenge to its BYE with the password's hash",
  why: "Who is called or calls asks for credentials when the other side hangs up, and tries passwords on the answer offline.",
  fix: "Give the phone system no password of its own for phones; let no challenge from a phone's side through.",
  see: ["outbound-auth", "Rempart passes no challenge on to where no credentials belong"],
};

/** As long as the own number may talk before it hangs up. */
const TALK = 20_000;

/** In an answered call of one's own, its BYE is challenged once: credentials in the next one are a leak. */
export const leak: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    const call = await placeOwnCall(s, line, 9);
    if (typeof call === "string") {
      s.missing.push(`digest-leak: ${call}`);
      return;
    }
    const ended = Promise.withResolvers<void>();
    const nonce = token();
    const byes: Message[] = [];
    const deaf = line.serve(call.callId, (m) => {
      if (m.method === "ACK") return;
      const isFirst = m.method === "BYE" && byes.length === 0;
      if (m.method === "BYE") byes.push(m);
      const challenge = `WWW-Authenticate: Digest realm="${s.o.target.host}", nonce="${nonce}", algorithm=MD5, qop="auth"\r\n`;
      s.pace.note();
      s.send(line, reply(m, isFirst ? 401 : 200, { toTag: token(), headers: isFirst ? challenge : "" }));
      if (byes.length > 1) ended.resolve();
    });
    try {
      const first = await within(ended.promise, TALK, s.pace.signal);
      const answered = byes.find((m) => /^(?:proxy-)?authorization:.*response=/im.test(m.text));
      if (answered !== undefined) {
        const proof = [
          ...excerpt("<", byes[0].text, "From", "CSeq"),
          "> SIP/2.0 401 Unauthorized",
          ...excerpt("<", answered.text, "CSeq", "Authorization"),
        ];
        s.report(rule, line.way, "bye", "its BYE came again with credentials after our challenge", proof);
      } else if (!first && byes.length === 0) {
        s.missing.push(
          `digest-leak: ${s.o.number} did not hang up within ${TALK / 1_000} s (name a number that answers and ends the call)`,
        );
      }
    } finally {
      deaf();
      if (byes.length === 0) await call.hangUp();
    }
  },
};
