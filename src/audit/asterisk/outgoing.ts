import {
  type Extension,
  expanded,
  matchesPattern,
  openEnded,
  patternLength,
  type Step,
  splitArguments,
} from "../../asterisk/index.ts";
import { variablesOf } from "./taint.ts";

/** Numbers that cost money, as people write them behind the prefixes for an outside line. */
const ABROAD = ["+", "00", "011", "9+", "900", "9011", "000", "0+"].map((prefix) => `${prefix}442079460000`);
/** A number of that many digits is one of the public network. */
const SHORTEST = 7;
const GUARDS = ["authenticate", "vmauthenticate"];

/** A step that calls a number through a trunk. */
export interface Outgoing {
  readonly step: Step;
  /** Whether a PIN is asked for first. */
  readonly guarded: boolean;
}

/** The first step of an extension that calls, over a trunk, a number that the caller chose. */
export function outgoingOf(extension: Extension): Outgoing | undefined {
  let guarded = false;
  for (const step of extension.steps.flatMap(expanded)) {
    if (asksForPin(step)) guarded = true;
    if (step.app === "dial" || step.app === "retrydial") {
      const destinations = splitArguments(step.args)[step.app === "dial" ? 0 : 3] ?? "";
      if (destinations.split("&").some(isChosen)) return { step, guarded };
    }
  }
  return undefined;
}

/** Whether an extension takes numbers of the public network. */
export function takesNumbers(extension: Extension): boolean {
  return extension.name.startsWith("_") && (openEnded(extension.name) || patternLength(extension.name) >= SHORTEST);
}

export function takesAbroad(extension: Extension): boolean {
  return ABROAD.some((number) => matchesPattern(extension.name, number)) && extension.name.startsWith("_");
}

/** Whether nobody comes past a step without a PIN, as far as names tell. */
export function asksForPin(step: Step): boolean {
  if (GUARDS.includes(step.app)) return true;
  if (step.app === "read") return /pin|pass|code/i.test(splitArguments(step.args)[0]);
  return (step.app === "gosub" || step.app === "macro") && /pin|auth/i.test(step.args);
}

/**
 * Whether a destination names a trunk and leaves the number to the caller: `PJSIP/${EXTEN}@trunk`, `SIP/trunk/${EXTEN}`,
 * `${TRUNK}/${EXTEN}`. `PJSIP/${EXTEN}` is a phone of that name.
 */
function isChosen(destination: string): boolean {
  const [technology, ...rest] = outside(destination.trim(), "/");
  if (rest.length === 0 || /^local$/i.test(technology)) return false;
  const [before, ...host] = outside(rest[0], "@");
  const number = rest.length > 1 ? rest.slice(1).join("/") : host.length > 0 ? before : "";
  if (number !== "") return variablesOf(number).some(isNumber);
  return technology.includes("${") && variablesOf(rest[0]).some(isNumber);
}

function isNumber(variable: string): boolean {
  return /exten|arg\d|num|dial|dest|callee|target|phone|\bto\b/i.test(variable);
}

/** Splits outside of braces and parentheses. */
function outside(text: string, separator: string): string[] {
  return splitArguments(text, separator);
}
