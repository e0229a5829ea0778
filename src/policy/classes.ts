/** What an outside number costs, roughly: rights are given by class. */
export const DIAL_CLASSES = ["internal", "national", "mobile", "international", "premium"] as const;
export type DialClass = (typeof DIAL_CLASSES)[number];

/** Classes as bits: a number may need several, an account has several. Emergency numbers need none. */
export const CLASS: Readonly<Record<DialClass | "emergency", number>> = {
  emergency: 0,
  internal: 1,
  national: 2,
  mobile: 4,
  international: 8,
  premium: 16,
};

/** The bits of a list of classes; names it does not know say nothing. */
export function classBits(names: readonly string[]): number {
  let bits = 0;
  for (const name of DIAL_CLASSES) if (names.includes(name)) bits |= CLASS[name];
  return bits;
}
