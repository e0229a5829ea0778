import type { Limit } from "../base/index.ts";
import type { Fact, FactKind } from "./fact.ts";

/**
 * What follows. `mute`: one packet in two seconds gets through. `ban`: none does. `guard`: the account's password is tried by strangers no more
 * than once a minute.
 */
export type Action = "mute" | "ban" | "guard";

/** What a banned source hears: nothing, that a password is wanted, or that late. */
export type Answer = "silence" | "uniform" | "tarpit";

/** A way to recognise an attacker: which facts count, per what, and how many are too many. Data: whatever is to be kept is the judge's. */
export interface Scenario {
  readonly name: string;
  /** What it recognises, in a line for people. */
  readonly about: string;
  readonly facts: readonly FactKind[];
  /** What is counted apart, for a fact of `source`; undefined: this fact is none of it. */
  readonly per: (fact: Fact, source: string) => string | undefined;
  /** Only different ones of these count; without it each fact does. */
  readonly distinct?: (fact: Fact) => string;
  /** What comes from sources where somebody has standing does not count. */
  readonly ofStrangers?: true;
  /** Default limits. Several, so that who is slow is seen as well. */
  readonly limits: readonly Limit[];
  /** On evidence that is proved. */
  readonly proved: Action;
  /** On evidence that anybody may have forged: never a ban. */
  readonly unproved: "mute" | "nothing";
}
