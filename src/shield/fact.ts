import type { TransportName } from "../base/index.ts";

/** What can be observed. `success` is the one that speaks for a source. */
export type FactKind =
  | "success"
  | "wrongPassword"
  | "unknownUser"
  | "decoy"
  | "scanner"
  | "relay"
  | "injection"
  | "malformed"
  | "flood"
  | "slow";

/** One observation of the edge. Facts that are alike come as one with their number, so that a flood is no more work than a drop. */
export interface Fact {
  readonly kind: FactKind;
  /** Milliseconds of a clock that does not jump (see `Shield`). */
  readonly at: number;
  /** Address that the packet came from, in its one spelling; never one that a message names. */
  readonly address: string;
  readonly transport: TransportName;
  /**
   * Whoever did this receives at that address: it completed a handshake, or echoed a nonce that was sent there. A UDP packet alone may come
   * from anywhere.
   */
  readonly proved: boolean;
  /** "user@domain" that it is about; empty for none. */
  readonly account: string;
  /** User-Agent of the device, cut; empty for none. */
  readonly device: string;
  /** What was seen: the tool, the dialled number, the place of a fault. */
  readonly detail: string;
  /** Method and Call-ID of the message, or of the first of them. */
  readonly reference: string;
  /** Its first lines without credentials, cut; empty when it is not kept. */
  readonly message: string;
  /** How many alike. */
  readonly times: number;
}
