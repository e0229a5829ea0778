import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Facts } from "../check.ts";

const HOUR = 3_600_000;
/** How often a certificate that is good is looked at. */
const LOOK_MS = 12 * HOUR;
const LONGEST_WAIT = 24 * HOUR;

/** Orders that failed one after the other; kept over restarts, so that a daemon that is restarted again and again does not press the authority. */
export interface Attempts {
  readonly failures: number;
  /** Wall milliseconds: the first and the last of them. */
  readonly since: number;
  readonly last: number;
  readonly trouble: Trouble;
}

/** From when on a certificate is to be ordered: at once when there is none or a name is missing, else in the last third of its life. */
export function dueAt(facts: Facts | undefined, domains: readonly string[]): number {
  if (facts === undefined || !domains.every((d) => facts.names.includes(d))) return 0;
  return facts.notAfter - (facts.notAfter - facts.notBefore) / 3;
}

/** When to try again: an hour after the first failure, twice as long after each further one, a day at most. */
export function retryAt({ failures, last }: Attempts, now: number): number {
  const wait = Math.min(HOUR * 2 ** (failures - 1), LONGEST_WAIT);
  // A clock that was set back must not make it a matter of years.
  return Math.min(last, now) + wait;
}

/** When to look at a certificate again; `chance` from 0 to 1 spreads many daemons over two hours. */
export function nextLook(facts: Facts | undefined, domains: readonly string[], now: number, chance: number): number {
  const look = now + LOOK_MS + (chance - 0.5) * 2 * HOUR;
  // An authority whose certificates are short, or near their end when they come, is not asked without a pause.
  const pause = facts === undefined ? HOUR : Math.min(HOUR, Math.max(10_000, (facts.notAfter - facts.notBefore) / 10));
  return Math.min(look, Math.max(dueAt(facts, domains), now + pause));
}

/** Attempts as they were written; undefined for anything else. */
export function readAttempts(text: string): Attempts | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    const { failures, since, last, trouble } = raw as Attempts;
    const whole = [failures, since, last].every((n) => Number.isSafeInteger(n) && n > 0);
    return whole && isTrouble(trouble) ? { failures, since, last, trouble } : undefined;
  } catch {
    return undefined;
  }
}
