import type { DialClass } from "./classes.ts";

/** A pattern of digits, "x" for any one digit at its end, and the class of what it stands for. */
export type DialRule = readonly [pattern: string, is: DialClass | "emergency"];

/** A country's numbers as E.164 has them, and as its people dial them. */
export interface Preset {
  /** Country code; empty: no country's numbers are known. */
  readonly country: string;
  /** What stands before a national number when it is dialled within the country. */
  readonly trunk: string;
  /** Digits of a national number without that prefix. */
  readonly length: number;
  /** National numbers by how they begin. */
  readonly national: readonly DialRule[];
  /** Short numbers, whole. */
  readonly short: readonly DialRule[];
  /** What a long number is that no rule knows. */
  readonly unknown: DialClass;
}

/**
 * Where the plan is not known, only what every plan has is told apart: "+" and 00 lead abroad (ITU-T E.164, E.123), 112 and 911 are
 * emergency numbers of every mobile network (3GPP TS 22.101).
 */
const NONE: Preset = {
  country: "",
  trunk: "",
  length: 0,
  national: [],
  short: [
    ["112", "emergency"],
    ["911", "emergency"],
  ],
  unknown: "national",
};

/** France (plan of Arcep). What begins with no 0 and is no short number is no French number: it may be E.164 without its "+". */
const FR: Preset = {
  country: "33",
  trunk: "0",
  length: 9,
  national: [
    ["1", "national"],
    ["2", "national"],
    ["3", "national"],
    ["4", "national"],
    ["5", "national"],
    ["6", "mobile"],
    ["7", "mobile"],
    ["8", "premium"],
    ["80", "national"],
    ["9", "national"],
  ],
  short: [
    ["15", "emergency"],
    ["17", "emergency"],
    ["18", "emergency"],
    ["112", "emergency"],
    ["114", "emergency"],
    ["115", "emergency"],
    ["116xxx", "emergency"],
    ["119", "emergency"],
    ["191", "emergency"],
    ["196", "emergency"],
    ["197", "emergency"],
    ["10xx", "national"],
    ["118xxx", "premium"],
    ["30xx", "national"],
    ["31xx", "national"],
    ["32xx", "premium"],
    ["34xx", "premium"],
    ["36xx", "premium"],
    ["39xx", "premium"],
    ["3919", "national"],
  ],
  unknown: "international",
};

/** Spain (plan of the CNMC): nine digits and no prefix before them. */
const ES: Preset = {
  country: "34",
  trunk: "",
  length: 9,
  national: [
    ["5", "national"],
    ["6", "mobile"],
    ["7", "mobile"],
    ["70", "premium"],
    ["8", "national"],
    ["803", "premium"],
    ["806", "premium"],
    ["807", "premium"],
    ["9", "national"],
    ["905", "premium"],
    ["907", "premium"],
  ],
  short: [
    ["112", "emergency"],
    ["016", "emergency"],
    ["024", "emergency"],
    ["061", "emergency"],
    ["062", "emergency"],
    ["080", "emergency"],
    ["085", "emergency"],
    ["088", "emergency"],
    ["091", "emergency"],
    ["092", "emergency"],
    ["116xxx", "emergency"],
    ["010", "national"],
    ["012", "national"],
    ["017", "national"],
    ["060", "national"],
    ["1004", "national"],
    ["118xx", "premium"],
  ],
  unknown: "international",
};

export const PRESETS = { none: NONE, fr: FR, es: ES } as const;
export type PresetName = keyof typeof PRESETS;
