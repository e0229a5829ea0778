import { isFailure } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import { H, type Message, parseMessage } from "../../sip/index.ts";
import { type Answer, ask, askAs, credentials, domainOf, register } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { pause } from "../pace.ts";
import { token } from "../request.ts";
import { type Line, proofOf, read, type Session } from "../session.ts";

const md5: Rule = {
  id: "digest-md5-only",
  severity: "note",
  title: "It knows MD5 alone for passwords",
  why: "An answer to a challenge that somebody recorded can be tried against lists of passwords, with MD5 fastest of all.",
  fix: "Offer SHA-256 beside MD5 where the server knows it (Asterisk 22: auth_type = digest, supported_algorithms_uas).",
  see: ["digest-md5-alone", "[auth] algorithms"],
};

const qop: Rule = {
  id: "digest-no-qop",
  severity: "note",
  title: "Its challenge has no qop",
  why: "Without qop there is no count of uses and no word of the client's in the answer: it is easier to replay and to guess.",
  fix: "No server of today needs to leave it out; chan_sip always does: change to PJSIP.",
  see: ["Rempart always asks with qop=auth"],
};

const fixedNonce: Rule = {
  id: "digest-nonce-static",
  severity: "high",
  title: "It gives out the same nonce again",
  why: "An answer that was recorded once is good for as long as the nonce stays the same, for anybody.",
  fix: "A nonce has to be new each time and to depend on who asks; update the server.",
  see: ["kamailio-nonce-secret", "Rempart gives a nonce to one source, with a serial number"],
};

const anyNonce: Rule = {
  id: "digest-nonce-unchecked",
  severity: "high",
  title: "It takes an answer to a nonce that it never gave out",
  why: "Credentials made long ago, or for another server with the same realm, open the account.",
  fix: "Update the server; no setting of it should make this possible.",
  see: ["kamailio-nonce-secret", "Rempart takes only nonces of its own"],
};

const replay: Rule = {
  id: "digest-replay",
  severity: "note",
  title: "Credentials that were used once are taken again",
  why: "Whoever sees one registration on the wire can repeat it, with another Contact where that is not covered, as long as the nonce lives.",
  fix: "A server that counts uses (nc) refuses it. Where it does not: TLS, so that nobody sees it.",
  see: ["kamailio-nonce-replay", "udp-only", "Rempart counts uses and binds a nonce to its source"],
};

/** What its challenges are made of; with an account of the operator's, what else it takes. */
export const digest: Check = {
  rules: [md5, qop, fixedNonce, anyNonce, replay],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    const domain = s.o.accounts[0]?.domain || domainOf(s);
    const first = await ask(s, line, register(nobody(token()), domain));
    const own = s.o.accounts[0];
    // Some challenge only names that they have.
    const isAsked = own === undefined || first.status === 401 || first.status === 407;
    const asked = isAsked ? first : await ask(s, line, register(own.user, domain));
    const challenge = asked.final === undefined ? undefined : challengeOf(asked.final);
    if (asked.final === undefined || challenge === undefined) {
      s.missing.push(`digest: REGISTER got ${asked.status || "no answer"} and no challenge`);
      return;
    }
    const proof = proofOf(asked.request, asked.responses, "WWW-Authenticate", "Proxy-Authenticate");
    const lines = asked.final.text.split("\r\n").filter((l) => /^(?:www|proxy)-authenticate:/i.test(l));
    const isMd5 = lines.every((l) => !/algorithm="?SHA/i.test(l));
    if (isMd5) s.report(md5, line.way, "challenge", "its challenges name no other algorithm", proof);
    if (challenge.qop === "") s.report(qop, line.way, "challenge", "its challenge has no qop", proof);
    await repeated(s, line, isAsked ? nobody(token()) : own.user, domain, challenge.nonce);
    await withAccount(s, line);
  },
};

function challengeOf(m: Message): { readonly nonce: string; readonly qop: string } | undefined {
  const c = read(m, m.status === 407 ? H.proxyAuthenticate : H.wwwAuthenticate);
  return c === undefined || c.nonce === "" ? undefined : c;
}

/** A second later, and from another socket: is it still the same? */
async function repeated(s: Session, line: Line, user: string, domain: string, nonce: string): Promise<void> {
  await pause(s.o.patience / 2, s.pace.signal);
  const other = await s.fresh(line.way);
  if (other === undefined) return;
  const again = await ask(s, other, register(user, domain));
  const second = again.final === undefined ? undefined : challengeOf(again.final);
  if (second?.nonce !== nonce) return;
  const proof = proofOf(again.request, again.responses, "WWW-Authenticate", "Proxy-Authenticate");
  s.report(fixedNonce, line.way, "nonce", "two sockets, a second apart, got the same nonce", proof);
}

async function withAccount(s: Session, line: Line): Promise<void> {
  const account = s.o.accounts.find((a) => a.password !== "");
  if (account === undefined) {
    s.missing.push("digest-replay, digest-nonce-unchecked: need an account of your own (--accounts)");
    return;
  }
  const draft = register(account.user, domainOf(s, account));
  const done = await askAs(s, line, draft, account);
  if (done.challenge === undefined || done.credentials === undefined || !isTaken(done)) {
    s.missing.push(`digest-replay: the account ${account.user} was refused (${done.status || "no answer"})`);
    return;
  }
  const other = (await s.fresh(line.way)) ?? line;
  const again = await ask(s, other, { ...draft, headers: done.credentials });
  if (isTaken(again)) {
    const says = "the same Authorization, used before, was taken in a new request from another port";
    s.report(replay, line.way, "replay", says, proofOf(again.request, again.responses, "Authorization"));
  }
  const forged = await ask(s, line, { ...draft, headers: forgedCredentials(done.challenge, done, account) });
  if (isTaken(forged)) {
    const says = "an Authorization with a nonce of our own making was taken";
    s.report(anyNonce, line.way, "nonce", says, proofOf(forged.request, forged.responses, "Authorization"));
  }
}

function isTaken(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** Credentials that are right but for the nonce, which the server never gave out. */
function forgedCredentials(
  challenge: Message,
  done: Answer,
  account: { readonly user: string; readonly password: string },
): string {
  const nonce = challengeOf(challenge)?.nonce ?? "";
  const made = token().padEnd(nonce.length, "0").slice(0, Math.max(8, nonce.length));
  const m = parseMessage(challenge.text.replaceAll(nonce, made));
  return isFailure(m) ? "" : (credentials(m, done.request, account.user, account.password) ?? "");
}
