import type { Ports } from "./opening.ts";

/** For which packets a rule is. */
export interface Conditions {
  /** Empty: any. */
  readonly protocol: string;
  /** Destination ports; none: any. */
  readonly ports: readonly Ports[];
  /** The other side, for an address that is meant as such; empty: any. */
  readonly source: string;
  readonly destination: string;
  readonly inInterface: string;
  readonly outInterface: string;
  /** States of connections, upper case; none: any. */
  readonly states: readonly string[];
  /** It has further conditions that are understood, so it is for a part of this only. */
  readonly narrowed: boolean;
  /** Words that are not understood. */
  readonly unknown: readonly string[];
}

/** Nothing is excluded. */
export const ANYTHING: Conditions = {
  protocol: "",
  ports: [],
  source: "",
  destination: "",
  inInterface: "",
  outInterface: "",
  states: [],
  narrowed: false,
  unknown: [],
};
