import { answerChallenge } from "../../auth/index.ts";
import { isFailure } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import { H, type Message, parseMessage, reply } from "../../sip/index.ts";
import type { Check } from "../check.ts";
import { placeOwnCall } from "../own-call.ts";
import { within } from "../pace.ts";
import { excerpt } from "../proof.ts";
import { token } from "../request.ts";
import { read, type Session } from "../session.ts";

const rule: Rule = {
  id: "digest-leak",
  severity: "medium",
  title: "It answers a challenge to its BYE with the password's hash",
  why: "Who is called or calls asks for credentials when the other side hangs up, and tries passwords on the answer offline.",
  fix: "chan_sip: give every phone a remotesecret that is not its secret. PJSIP: no outbound_auth in endpoints of phones.",
  see: ["answers-with-secret", '[front] register = "edge"'],
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
    // Without qop: the answer then holds nothing of theirs, and is easily compared.
    const challenge = `WWW-Authenticate: Digest realm="${s.o.target.host}", nonce="${token()}", algorithm=MD5\r\n`;
    const byes: Message[] = [];
    const deaf = line.serve(call.callId, (m) => {
      if (m.method === "ACK") return;
      const isFirst = m.method === "BYE" && byes.length === 0;
      if (m.method === "BYE") byes.push(m);
      s.pace.note();
      s.send(line, reply(m, isFirst ? 401 : 200, { toTag: token(), headers: isFirst ? challenge : "" }));
      if (byes.length > 1) ended.resolve();
    });
    try {
      const first = await within(ended.promise, TALK, s.pace.signal);
      const answered = byes.slice(1).find((m) => /^(?:proxy-)?authorization:.*response=/im.test(m.text));
      if (answered !== undefined) {
        const isOurs = isMadeWith(s, answered, challenge);
        const proof = [
          ...excerpt("<", byes[0].text, "From", "CSeq"),
          "> SIP/2.0 401 Unauthorized",
          ...excerpt("<", answered.text, "CSeq", "Authorization", "Proxy-Authorization"),
        ];
        const whose = isOurs ? "made with the account's password" : "made with another password than the account's";
        const says = `its BYE came again with credentials, ${whose}`;
        s.report(rule, line.way, "bye", says, proof, isOurs ? {} : { severity: "note" });
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

/** Whether the credentials of a BYE come from the password that we know. */
function isMadeWith(s: Session, bye: Message, challenge: string): boolean {
  const given = read(bye, H.authorization) ?? read(bye, H.proxyAuthorization);
  const asked = parseMessage(`SIP/2.0 401 Unauthorized\r\n${challenge}\r\n`);
  if (given === undefined || isFailure(asked)) return false;
  const { uri, username } = given;
  return s.o.accounts.some(({ password }) => {
    const ours = answerChallenge(asked, { method: "BYE", uri, user: username, password, cnonce: "", nc: 1 });
    return password !== "" && ours?.includes(`response="${given.response}"`) === true;
  });
}
