import { randomInt } from "node:crypto";
import type { Rule } from "../../findings/index.ts";
import type { Message } from "../../sip/index.ts";
import type { OwnAccount } from "../accounts.ts";
import { type Answer, ask, credentials, domainOf, register } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { shown } from "../proof.ts";
import { contactOf, offer, token } from "../request.ts";
import { type Line, proofOf, type Session } from "../session.ts";
import { compare, tells } from "../statistics.ts";

const rule: Rule = {
  id: "user-enumeration",
  severity: "medium",
  title: "Its answers tell which names exist",
  why: "An attacker asks for names until he has a list of those that exist, and then guesses passwords for these alone.",
  fix: "Answer alike: alwaysauthreject=yes in sip.conf; no anonymous endpoint beside named ones in pjsip.conf.",
  see: ["tells-who-exists", "allow-guest", "anonymous-endpoint", "[shield.scenarios.unknown-users]"],
};

const timing: Rule = {
  id: "user-enumeration-timing",
  severity: "low",
  title: "The time of its answers tells which names exist",
  why: "The answer is the same, but takes another time for a name that exists: with patience that is a list of names.",
  fix: "Put a server before it that answers all names alike and in the same time.",
  see: ["tells-who-exists", "Rempart answers all names alike, in the same time"],
};

/** What scanners try first. */
const LIKELY = ["100", "101", "200", "1000", "1001", "2000", "admin"];
/** Own accounts that are looked at. */
const MOST_OWN = 3;
const METHODS = ["REGISTER", "REGISTER with a wrong password", "INVITE"] as const;
type Method = (typeof METHODS)[number];

/** Answers to names that exist, or likely do, beside answers to names that nobody has: what they say, and when they come. */
export const enumeration: Check = {
  rules: [rule, timing],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    const own = s.o.accounts.slice(0, MOST_OWN);
    const names = [...own, ...LIKELY.map((user) => ({ user, password: "", domain: "" }))];
    for (const method of METHODS) await byAnswer(s, line, method, names);
    if (own.length === 0) s.missing.push("user-enumeration-timing: needs a name that exists for sure (--accounts)");
    else for (const method of METHODS.slice(0, 2)) await byTime(s, line, method, own[0]);
  },
};

/** Is there a name whose answer differs from what all unknown ones get? Whatever differs once has to differ each time it is asked. */
async function byAnswer(s: Session, line: Line, method: Method, names: readonly OwnAccount[]): Promise<void> {
  const first = await lookOf(s, line, method, nobody(token()));
  const second = await lookOf(s, line, method, nobody(token()));
  // Unknown names do not get one answer among themselves: there is nothing to compare with.
  if (first === undefined || second === undefined || first.look !== second.look) return;
  for (const { user, domain } of names) {
    const seen = await lookOf(s, line, method, user, domain);
    if (seen === undefined || seen.look === first.look) continue;
    if (!(await holds(s, line, method, [first.look, seen.look], user, domain))) continue;
    const says = `${method} for ${user}: ${seen.look}; for names that nobody has: ${first.look}`;
    const headers = ["From", "WWW-Authenticate", "Proxy-Authenticate"];
    const proof = [
      ...proofOf(first.request, first.responses, ...headers),
      ...proofOf(seen.request, seen.responses, ...headers),
    ];
    s.report(rule, line.way, method, says, proof);
    return;
  }
}

/** As often as a difference has to be seen again: servers that take turns pass by chance once in 65,536. */
const ROUNDS = 16;

/** Whether it is the name that makes the difference. In an order by chance: servers that take turns would pass any other. */
async function holds(
  s: Session,
  line: Line,
  method: Method,
  [unknown, known]: readonly [string, string],
  user: string,
  domain: string,
): Promise<boolean> {
  for (let i = 0; i < ROUNDS; i++) {
    const order = randomInt(2) === 0 ? [true, false] : [false, true];
    for (const isKnown of order) {
      const seen = await lookOf(s, line, method, isKnown ? user : nobody(token()), domain);
      if (seen?.look !== (isKnown ? known : unknown)) return false;
    }
  }
  return true;
}

type Look = Answer & { readonly look: string };

/** What an answer looks like but for what is different each time: status, phrase, names of headers, realm and algorithm. */
async function lookOf(s: Session, line: Line, method: Method, user: string, domain = ""): Promise<Look | undefined> {
  const answer = await tryName(s, line, method, user, domain || domainOf(s));
  if (answer.final === undefined) return undefined;
  return { ...answer, look: lookOfMessage(answer.final) };
}

function lookOfMessage(m: Message): string {
  const [start = "", ...lines] = m.text.slice(m.start, m.headersEnd).split("\r\n");
  const names = new Set(lines.map((l) => /^[\w-]+/.exec(l)?.[0].toLowerCase() ?? "").filter((n) => n !== ""));
  const asks = lines
    .filter((l) => /^(?:www|proxy)-authenticate:/i.test(l))
    .map((l) => l.replace(/\b(?:nonce|opaque)="[^"]*"/g, ""));
  // Said to some and not to others by the clock alone.
  names.delete("date");
  const realms = asks.map((l) => /realm="([^"]*)"/.exec(l)?.[1] ?? "").join("/");
  const algorithms = asks.map((l) => /algorithm="?([\w-]+)/i.exec(l)?.[1] ?? "").join("/");
  const said = [...names].sort().join(" ");
  return shown(`${start.replace(/^SIP\/2\.0 /, "")} (${said})${realms === "" ? "" : ` ${realms} ${algorithms}`}`);
}

async function tryName(s: Session, line: Line, method: Method, user: string, domain: string): Promise<Answer> {
  if (method === "INVITE") {
    const from = `<sip:${user}@${domain}>;tag=${token()}`;
    const headers = `Contact: <${contactOf(line.link, user)}>\r\n`;
    // To a name that nobody has: it is the caller who is asked about, and nobody's phone rings.
    return ask(s, line, { method, uri: `sip:${nobody(token())}@${domain}`, from, headers, body: offer(line.link) });
  }
  const draft = { ...register(user, domain), callId: token() };
  const first = await ask(s, line, draft);
  if (method === "REGISTER" || first.final === undefined) return first;
  const guess = credentials(first.final, first.request, user, token());
  return guess === undefined ? first : ask(s, line, { ...draft, cseq: 2, headers: guess });
}

/** Pairs in one series; two series have to say the same. */
const PAIRS = 25;

async function byTime(s: Session, line: Line, method: Method, account: OwnAccount): Promise<void> {
  const domain = account.domain || domainOf(s);
  const told: string[] = [];
  const signs: number[] = [];
  for (let round = 0; round < 2; round++) {
    const unknown: number[] = [];
    const known: number[] = [];
    for (let i = 0; i < PAIRS; i++) {
      // One after the other, in turns: whatever else slows the line slows both.
      const order = i % 2 === 0 ? [unknown, known] : [known, unknown];
      for (const series of order) {
        const answer = await tryName(s, line, method, series === known ? account.user : nobody(token()), domain);
        if (answer.final !== undefined && answer.copies === 1) series.push(answer.ms);
      }
    }
    const difference = compare(unknown, known);
    if (!tells(difference) || unknown.length < PAIRS - 2 || known.length < PAIRS - 2) return;
    signs.push(Math.sign(difference.ms));
    told.push(
      `${PAIRS} pairs: median ${difference.ms.toFixed(2)} ms apart, rank test ${difference.z.toFixed(1)} deviations`,
    );
  }
  if (signs[0] !== signs[1]) return;
  const says = `${method} for ${account.user} takes ${signs[0] > 0 ? "longer" : "less time"} than for a name that nobody has`;
  s.report(timing, line.way, method, says, told);
}
