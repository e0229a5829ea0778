import type { Trouble } from "../base/index.ts";

/** Something that is being followed. */
export interface Followed {
  /** Resolves when nothing more will be handed over. */
  stop(): Promise<void>;
}

/** What whoever follows is told. */
export interface Follower {
  /** A piece of bytes as it was appended, in order; valid during the call only. */
  readonly onBytes: (piece: Buffer) => void;
  /** Undefined: what was wrong is over. */
  readonly onTrouble: (trouble: Trouble | undefined) => void;
}

/** Whom to ask for events of Asterisk's manager interface. */
export interface ManagerAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

/** One event: its fields by name as Asterisk writes them ("Event", "SessionID"). */
export type ManagerEvent = ReadonlyMap<string, string>;
