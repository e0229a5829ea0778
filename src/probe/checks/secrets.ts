import type { Rule } from "../../findings/index.ts";
import type { OwnAccount } from "../accounts.ts";
import { type Answer, askAs, domainOf, register } from "../ask.ts";
import type { Check } from "../check.ts";
import { proofOf, type Session } from "../session.ts";

const rule: Rule = {
  id: "weak-secret",
  severity: "high",
  title: "A weak password opens an account",
  why: "Scanners try the user name, short numbers and a list of common words for every name they find. One that fits is enough.",
  fix: "Give the account a long random password: rempart secret generate.",
  see: ["secret-is-name", "secret-short", "secret-common", "secret-weak", "account-password"],
};

/** What is tried where the list tells no password: what every scanner tries first. */
function guesses(user: string): readonly string[] {
  return [user, "1234", "123456", `${user}${user}`, "password", "secret"];
}

/** Passwords of the operator's own list that are weak, or, where it tells none, the first guesses of every scanner. */
export const secrets: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    if (s.o.accounts.length === 0) {
      s.missing.push("weak-secret: no accounts of your own were named (--accounts)");
      return;
    }
    for (const account of s.o.accounts) await tryAccount(s, account);
  },
};

async function tryAccount(s: Session, account: OwnAccount): Promise<void> {
  const { user, password } = account;
  if (password !== "") {
    const why = s.o.weak(password, user);
    if (why !== undefined) await open(s, account, why);
    return;
  }
  for (const guess of guesses(user)) {
    const why = s.o.weak(guess, user) ?? "the password is one that scanners try first";
    if (await open(s, { ...account, password: guess }, why)) return;
  }
}

/** Whether it opens the account; then it is told, without the password. */
async function open(s: Session, account: OwnAccount, why: string): Promise<boolean> {
  const line = await s.line();
  if (line === undefined) return false;
  const answer: Answer & { readonly challenge?: unknown } = await askAs(
    s,
    line,
    register(account.user, domainOf(s, account)),
    account,
  );
  // Without a challenge it was not the password that opened it.
  if (answer.challenge === undefined || answer.status < 200 || answer.status > 299) return false;
  const proof = proofOf(answer.request, answer.responses, "Authorization", "Proxy-Authorization");
  s.report(rule, line.way, account.user, `${account.user}: ${why}`, proof);
  return true;
}
