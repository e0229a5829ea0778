import { type Acl, parseAclRule } from "./acl.ts";
import { CLASS, classBits } from "./classes.ts";
import type { DialPlan } from "./dial-plan.ts";
import { readDialled } from "./number.ts";
import { type PinVerdict, splitPin } from "./pin.ts";

/** Rights of one account as they are stored and cross threads: plain data. */
export interface RightsRow {
  /** Undefined: what the configuration allows to everybody. */
  readonly classes: readonly string[] | undefined;
  /** "+10.0.0.0/8" and "-all", in order. */
  readonly acl: readonly string[];
  /** As `hashPin` made it; empty for none. */
  readonly pin: string;
}

/** The same, ready to be asked. */
export interface Rights {
  /** Bits of the classes; undefined as above. */
  readonly classes: number | undefined;
  readonly acl: Acl;
  readonly pin: string;
}

/** What every account has that was given nothing of its own: one object for all of them. */
export const NO_RIGHTS: Rights = Object.freeze({ classes: undefined, acl: Object.freeze([]), pin: "" });

export function compileRights({ classes, acl, pin }: RightsRow): Rights {
  return {
    classes: classes === undefined ? undefined : classBits(classes),
    acl: acl.flatMap((text) => parseAclRule(text) ?? []),
    pin,
  };
}

/** What becomes of an outside number that a user dials. */
export interface DialVerdict {
  readonly allowed: boolean;
  /** What is dialled behind a PIN; undefined: the user part as it came. */
  readonly stripped: string | undefined;
  /** Of a PIN that was dialled, undefined for none. */
  readonly pin: PinVerdict | undefined;
}

const YES: DialVerdict = Object.freeze({ allowed: true, stripped: undefined, pin: undefined });
const NO: DialVerdict = Object.freeze({ allowed: false, stripped: undefined, pin: undefined });
const WRONG: DialVerdict = Object.freeze({ allowed: false, stripped: undefined, pin: "wrong" });
const LOCKED: DialVerdict = Object.freeze({ allowed: false, stripped: undefined, pin: "locked" });

/**
 * May an account with these rights dial this user part (escapes undone)? Where a PIN is set, international numbers go by
 * *PIN*number and no other way. `everybody` are the bits of the classes that the configuration allows; `judgePin` is asked for
 * *PIN*… alone.
 */
export function mayDial(
  rights: Rights,
  plan: DialPlan,
  everybody: number,
  user: string,
  judgePin: (pin: string) => PinVerdict,
): DialVerdict {
  // What a C program takes for the end of a text would show it another number than us.
  if (hasControl(user)) return NO;
  const granted = rights.classes ?? everybody;
  const dialled = readDialled(user);
  if (rights.pin === "") return lacks(plan.classesOf(dialled), granted) ? NO : YES;
  const withPin = splitPin(dialled);
  if (withPin === undefined) return lacks(plan.classesOf(dialled), granted & ~CLASS.international) ? NO : YES;
  const pin = judgePin(withPin.pin);
  if (pin !== "right") return pin === "locked" ? LOCKED : WRONG;
  const number = readDialled(withPin.number);
  // What is passed on is written anew from what was judged: nothing else may hide behind a PIN.
  if (!number.plain || number.digits === 0) return NO;
  if (lacks(plan.classesOf(number), granted | CLASS.international)) return NO;
  return { allowed: true, stripped: number.text, pin };
}

function hasControl(user: string): boolean {
  for (let i = 0; i < user.length; i++) if (user.charCodeAt(i) < 32 || user.charCodeAt(i) === 127) return true;
  return false;
}

/** Is one of these bits missing? */
function lacks(needed: number, granted: number): boolean {
  return (needed & ~granted) !== 0;
}
