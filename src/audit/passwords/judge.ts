import type { Finding, Rule } from "../../findings/index.ts";
import type { GuessKind } from "./guesses.ts";

export const PASSWORD_RULES: readonly Rule[] = [
  {
    id: "account-password",
    severity: "critical",
    title: "A password that attackers try first",
    why: "It is among the first guesses of every scanner. Who has it registers as this account and calls on your bill.",
    fix: "Give it a new one: rempart account passwd USER proposes a strong one.",
    see: ["[shield.scenarios.wrong-password]", "probe: weak-password"],
  },
  {
    id: "account-name",
    severity: "low",
    title: "A user name that attackers try first",
    why: "Scanners go through numbers and short names. A name that is not found cannot be guessed at.",
    fix: "Add the account anew with a name that is no number and has 8 characters or more (rempart account add proposes one), then remove the old one.",
    see: ["[shield.scenarios.unknown-users]"],
  },
];

const KINDS: Readonly<Record<GuessKind, string>> = {
  own: "its password is made from its own name, its number or its domain",
  common: "its password is one of those that every list begins with",
  number: "its password is a number of three or four digits",
};

/** An account whose password was guessed. What it is stands nowhere. */
export function guessedFinding(account: string, kind: GuessKind): Finding {
  return {
    rule: "account-password",
    place: { target: account },
    says: KINDS[kind],
    key: account,
    proof: [],
    edits: [],
  };
}

/** An account with a name that is found early; `why` in words. */
export function nameFinding(account: string, why: string): Finding {
  return { rule: "account-name", place: { target: account }, says: why, key: account, proof: [], edits: [] };
}
