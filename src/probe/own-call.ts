import { canonicalIp } from "../base/index.ts";
import type { Message } from "../sip/index.ts";
import { ask, askAs, domainOf, headerOf, routesOf, targetOf } from "./ask.ts";
import { contactOf, offer, print, token } from "./request.ts";
import { isInner, type Line, type Session } from "./session.ts";

/** A call of the operator's own account to the own number, answered there. */
export interface OwnCall {
  readonly callId: string;
  /** Where its sound is taken, as the answer said; port 0 when it did not. */
  readonly media: { readonly host: string; readonly port: number };
  hangUp(): Promise<void>;
}

/** As long as it may ring. */
const RINGING = 15_000;

/** Places it, with our sound at `port`; else why there is none, in words. It has to be hung up. */
export async function placeOwnCall(s: Session, line: Line, port: number): Promise<OwnCall | string> {
  const account = s.o.accounts.find((a) => a.password !== "");
  if (account === undefined) return "needs an account of your own (--accounts)";
  if (s.o.number === "") return "needs a number of your own that answers (--number)";
  const domain = domainOf(s, account);
  const from = `<sip:${account.user}@${domain}>;tag=${token()}`;
  const headers = `Contact: <${contactOf(line.link, account.user)}>\r\n`;
  const draft = {
    method: "INVITE",
    uri: `sip:${s.o.number}@${domain}`,
    from,
    headers,
    body: offer(line.link, port, "sendrecv"),
  };
  const answer = await askAs(s, line, draft, account, { patience: RINGING, keep: true });
  if (answer.final === undefined || answer.status > 299) {
    return `the call of ${account.user} to ${s.o.number} was not answered (${answer.status || "silence"})`;
  }
  const { callId, cseq } = answer.request;
  const uri = targetOf(answer.final) || answer.request.uri;
  const to = headerOf(answer.final, "to");
  const routes = routesOf(answer.final);
  return {
    callId,
    media: mediaOf(answer.final, s.o.target.address),
    hangUp: async () => {
      // A run that has ended may send nothing more but this.
      if (s.pace.signal.aborted) {
        s.pace.note();
        s.send(line, print(line.link, { method: "BYE", uri, from, to, callId, cseq: cseq + 1, headers: routes }).text);
        return;
      }
      await ask(s, line, { method: "BYE", uri, from, to, callId, cseq: cseq + 1, headers: routes });
    },
  };
}

/** A server behind a NAT may name an address that nobody outside reaches: then its sound is taken where it is itself. */
function mediaOf(m: Message, target: string): OwnCall["media"] {
  const body = m.text.slice(m.bodyStart, m.bodyEnd);
  const said = /^c=IN IP[46] ([0-9a-f:.]+)/im.exec(body)?.[1] ?? target;
  const host = isInner(said) || canonicalIp(said) === undefined ? target : said;
  const port = Number(/^m=audio (\d{1,5}) /m.exec(body)?.[1] ?? 0);
  return { host, port: port > 65_535 ? 0 : port };
}
