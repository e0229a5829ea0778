/** A packet larger than this is none: the snapshot length of every capture program is smaller. */
export const MOST_PACKET = 1_048_576;

/** Where a capture cannot be read on, and why. */
export interface Damage {
  /** Bytes from the beginning of the file. */
  readonly at: number;
  readonly why: string;
}

/**
 * Takes one packet. `at`: milliseconds since 1970. `link`: what it begins with (LINKTYPE of tcpdump.org). Its bytes stand in `bytes` from `start`
 * to `end` and are valid only during the call. `cut`: the program that captured it kept the beginning alone.
 */
export type OnPacket = (at: number, link: number, bytes: Buffer, start: number, end: number, cut: boolean) => void;

/** What a step has done: bytes of the file that it took, or -1 when more are needed; a text is damage. */
export type Step = number | string;
