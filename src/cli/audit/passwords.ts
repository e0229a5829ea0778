import { setImmediate } from "node:timers/promises";
import { weakUser } from "../../accounts/index.ts";
import { GUESSES, guess, guessedFinding, nameFinding, PASSWORD_RULES } from "../../audit/index.ts";
import { ha1 } from "../../auth/index.ts";
import type { Finding, Findings } from "../../findings/index.ts";
import type { InspectedAccount } from "../../store/index.ts";
import { span } from "../print.ts";

/** Accounts between two breaths: some hundred milliseconds, so that Ctrl+C is heard. */
const BATCH = 16;
const SAMPLE = 20_000;

/** How much there is to do, and how long it takes here, measured on some hashes. */
export function timeOf(accounts: number): string {
  // The first round is slower than the rest of the work: it is compiled in it.
  sampled();
  const each = sampled();
  const guesses = GUESSES.toLocaleString("en");
  return `Trying about ${guesses} guesses on each of ${accounts} accounts: about ${span(each * GUESSES * accounts)}.`;
}

/** Milliseconds that one guess takes. */
function sampled(): number {
  const started = performance.now();
  for (let i = 0; i < SAMPLE; i++) md5("user", "realm", String(i));
  return (performance.now() - started) / SAMPLE;
}

/** Accounts whose password or name attackers find early. */
export async function findWeak(accounts: readonly InspectedAccount[], state: string): Promise<Findings> {
  const found: Finding[] = [];
  for (const [i, { user, domain, realm, md5: hash }] of accounts.entries()) {
    const name = `${user}@${domain}`;
    const kind = guess({ user, domain, realm, hash }, md5);
    if (kind !== undefined) found.push(guessedFinding(name, kind));
    const why = weakUser(user);
    if (why !== undefined) found.push(nameFinding(name, why));
    if (i % BATCH === BATCH - 1) await setImmediate();
  }
  return {
    job: "audit",
    subject: `${accounts.length} accounts in ${state}`,
    rules: PASSWORD_RULES,
    found,
    missing: [],
  };
}

function md5(user: string, realm: string, password: string): string {
  return ha1("MD5", user, realm, password);
}
