import { hash, scryptSync, timingSafeEqual } from "node:crypto";
import { BoundedMap } from "../base/index.ts";
import type { Dialled } from "./number.ts";

/** Digits of a PIN. */
export const PIN_DIGITS = { least: 4, most: 12 } as const;
/** Wrong PINs of one account in one window until it is locked for the rest of that window (ms). */
const TRIES = 5;
const WINDOW = 900_000;
/** Accounts whose tries and whose last right PIN are remembered. */
const REMEMBERED = 4_096;
/** Some 3 ms of work: enough to make a stolen table costly, too little to hold up calls. */
const COST = { N: 1_024, r: 8, p: 1 };
const BYTES = 16;

/** What is stored of a PIN. `salt` is random hex. */
export function hashPin(pin: string, salt: string): string {
  return `${salt}:${scryptSync(pin, salt, BYTES, COST).toString("hex")}`;
}

export type PinVerdict = "right" | "wrong" | "locked";

/** A PIN and the number behind it, out of "*PIN*number". */
export interface WithPin {
  readonly pin: string;
  readonly number: string;
}

/** Reads "*PIN*number"; undefined for anything else, such as the feature code *21*number, whose code is too short for a PIN. */
export function splitPin({ text }: Dialled): WithPin | undefined {
  if (text[0] !== "*") return undefined;
  const star = text.indexOf("*", 1);
  const digits = star - 1;
  if (digits < PIN_DIGITS.least || digits > PIN_DIGITS.most) return undefined;
  for (let i = 1; i < star; i++) if (text[i] < "0" || text[i] > "9") return undefined;
  return { pin: text.slice(1, star), number: text.slice(star + 1) };
}

interface Tries {
  wrong: number;
  /** When they are forgotten, monotonic ms. */
  readonly until: number;
}

/**
 * Judges PINs and counts the wrong ones. A right one does not clear the count: else whoever has the password could guess on
 * between the calls of its owner.
 */
export class PinGuard {
  readonly #tries = new BoundedMap<string, Tries>(REMEMBERED);
  /** Keyed hashes of PINs found right: a caller in a hurry does not cost 3 ms each time. */
  readonly #right = new BoundedMap<string, string>(REMEMBERED);
  readonly #secret: string;

  /** `secret`: random text of this run. */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /** `stored` is what `hashPin` made, `now` monotonic ms. */
  judge(account: string, stored: string, pin: string, now: number): PinVerdict {
    const known = this.#tries.get(account);
    const tries = known !== undefined && now < known.until ? known : undefined;
    if (tries !== undefined && tries.wrong >= TRIES) return "locked";
    if (this.#isRight(account, stored, pin)) return "right";
    if (tries !== undefined) tries.wrong++;
    else this.#tries.set(account, { wrong: 1, until: now + WINDOW });
    return "wrong";
  }

  #isRight(account: string, stored: string, pin: string): boolean {
    const mark = hash("sha256", `${this.#secret}\n${stored}\n${pin}`);
    const last = this.#right.get(account);
    if (last !== undefined && timingSafeEqual(Buffer.from(last), Buffer.from(mark))) return true;
    const colon = stored.indexOf(":");
    const expected = Buffer.from(stored.slice(colon + 1), "hex");
    if (expected.length !== BYTES) return false;
    if (!timingSafeEqual(expected, scryptSync(pin, stored.slice(0, colon), BYTES, COST))) return false;
    this.#right.set(account, mark);
    return true;
  }
}
