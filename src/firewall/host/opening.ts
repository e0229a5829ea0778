/** One thing that is let in, or let out. */
export interface Opening {
  /** tcp, udp, or a protocol without ports such as esp. */
  readonly protocol: string;
  /** Destination ports; none: all of them. */
  readonly ports: readonly Ports[];
  /** Source ports; none: all of them. */
  readonly sourcePorts: readonly Ports[];
  /** The other side: addresses and blocks; none: anybody. */
  readonly addresses: readonly string[];
  /** The address of this machine; empty: all of them. */
  readonly local: string;
  /** For TCP: only what opens no connection. */
  readonly answers: boolean;
  /** What it is for, in the words of the ruleset. */
  readonly why: string;
}

/** First and last port. */
export type Ports = readonly [low: number, high: number];

export const ALL_PORTS: Ports = [1, 65_535];

/** An opening with what is said of it, and anybody and anything for the rest. */
export function opening(protocol: string, why: string, more: Partial<Opening>): Opening {
  return { protocol, why, ports: [], sourcePorts: [], addresses: [], local: "", answers: false, ...more };
}

/** One port as a range. */
export const port = (number: number): Ports => [number, number];

/** "443" or "4000-4999". */
export function portsText([low, high]: Ports): string {
  return low === high ? String(low) : `${low}-${high}`;
}
