import { randomBytes, randomInt } from "node:crypto";
import { isTrouble, LIMITS, type Trouble, trouble } from "../base/index.ts";
import { DIAL_CLASSES, formatAclRule, hashPin, PIN_DIGITS, parseAclRule } from "../policy/index.ts";
import type { AccountKey, StoredRights } from "../store/index.ts";
import type { RightsRequest, RightsView } from "./types.ts";

/** Digits of a PIN that is proposed. */
const PROPOSED = 6;

/** Rights as they are to be, and what the operator is told of them. */
export interface Changed {
  readonly stored: StoredRights;
  readonly told: RightsView;
}

/** What `request` makes of the rights an account had; RIGHTS_INVALID when it makes no sense. */
export function changeRights(
  key: AccountKey,
  old: StoredRights | undefined,
  request: RightsRequest,
): Changed | Trouble {
  const { user, domain } = key;
  const classes = request.classes === undefined ? old?.classes : readClasses(request.classes);
  if (isTrouble(classes)) return classes;
  const acl = request.acl === undefined ? (old?.acl ?? []) : readAcl(request.acl);
  if (isTrouble(acl)) return acl;
  const proposed = request.proposePin === true ? proposePin() : undefined;
  const pin = pinOf(proposed ?? request.pin, old?.pin ?? "");
  if (isTrouble(pin)) return pin;
  const stored = { user, domain, classes, acl, pin };
  const view = viewOf(stored);
  return { stored, told: { user, domain, ...view, ...(proposed === undefined ? {} : { proposedPin: proposed }) } };
}

/** Rights as they are shown: never the PIN, nor its hash. */
export function viewOf({ classes, acl, pin }: StoredRights) {
  return { classes: classes ?? null, acl, pin: pin !== "" };
}

function readClasses(wanted: readonly string[] | null): readonly string[] | undefined | Trouble {
  if (wanted === null) return undefined;
  const unknown = wanted.find((name) => !DIAL_CLASSES.some((known) => known === name));
  if (unknown === undefined) return DIAL_CLASSES.filter((name) => wanted.includes(name));
  return invalid(`classes: found ${JSON.stringify(unknown.slice(0, 70))}, expected some of ${DIAL_CLASSES.join(", ")}`);
}

function readAcl(wanted: readonly string[]): readonly string[] | Trouble {
  if (wanted.length > LIMITS.aclRules) {
    return invalid(`permit and deny: found ${wanted.length} of them, expected at most ${LIMITS.aclRules}`);
  }
  const acl: string[] = [];
  for (const text of wanted) {
    const rule = parseAclRule(text);
    const found = JSON.stringify(text.slice(1, 70));
    if (rule === undefined)
      return invalid(`permit and deny: found ${found}, expected all, an address or a block such as 10.0.0.0/8`);
    acl.push(formatAclRule(rule));
  }
  return acl;
}

function pinOf(wanted: string | undefined, old: string): string | Trouble {
  if (wanted === undefined) return old;
  if (wanted === "") return "";
  const { least, most } = PIN_DIGITS;
  if (!/^\d+$/.test(wanted) || wanted.length < least || wanted.length > most) {
    return invalid(`PIN: expected ${least} to ${most} digits`);
  }
  if (isEasy(wanted)) return invalid("PIN: found one that is tried first, such as 0000 or 1234");
  return hashPin(wanted, randomBytes(16).toString("hex"));
}

/** Every step from digit to digit is the same: 0000, 1234, 9876, 2468. */
function isEasy(pin: string): boolean {
  const step = (i: number): number => (Number(pin[i]) - Number(pin[i - 1]) + 10) % 10;
  for (let i = 2; i < pin.length; i++) if (step(i) !== step(1)) return false;
  return true;
}

function proposePin(): string {
  let pin = "";
  while (pin === "" || isEasy(pin)) pin = String(randomInt(10 ** PROPOSED)).padStart(PROPOSED, "0");
  return pin;
}

function invalid(what: string): Trouble {
  return trouble("RIGHTS_INVALID", what, "No right was changed.", "See what there is: rempart account set --help");
}
