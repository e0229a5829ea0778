/** Bounds of one list: bytes, entries, characters of a line. */
export const LIST_LIMITS = { bytes: 33_554_432, entries: 500_000, line: 4_096 } as const;

/** Bytes of an MMDB file, and how many networks it may tell apart. */
export const COUNTRY_LIMITS = { bytes: 268_435_456, networks: 4_000_000 } as const;

/** Milliseconds: a whole answer, and silence in the middle of one. */
export interface FetchLimits {
  readonly whole: number;
  readonly silence: number;
}

export const FETCH_LIMITS: FetchLimits = { whole: 60_000, silence: 10_000 };
