import type { Trouble } from "../base/index.ts";

/** A source that is kept out, or let through first, for so many more milliseconds. */
export interface Held {
  /** IPv4 address, IPv6 /64, or a block, each in its one spelling. */
  readonly source: string;
  readonly left: number;
}

/** What the kernel has counted since the table was last made: packets, by name of the counter (`banned`, `capped`, `drowned`, `list_NAME`; without an edge `seen` and `muted`). */
export type PacketCounts = Readonly<Record<string, number>>;

/** How enforcement outside of the signalling thread stands. */
export interface EnforcerView {
  readonly backend: "nft" | "dry-run" | "none";
  /** `on`: all that was told is in force there. */
  readonly state: "starting" | "on" | "off";
  /** Why it is off, what is lost by that and what to do. */
  readonly trouble: Trouble | undefined;
  /** Wall milliseconds of the last change of `state`. */
  readonly since: number;
  /** Version of nft; empty as long as it is not known. */
  readonly version: string;
  /** False: packets are counted and none is dropped (`observe`). */
  readonly drops: boolean;
  /** Times that somebody else changed the table, that a banned source still got through, and that the helper was started anew. */
  readonly changes: number;
  readonly leaks: number;
  readonly restarts: number;
  /** What somebody else did last; empty for nothing. */
  readonly lastChange: string;
  /** Milliseconds from being told to being in force, of the last batch. */
  readonly latency: number;
}

/**
 * Keeps sources out before their packets reach us. Nothing here waits: what is told is in force some milliseconds later, or is put into force as soon
 * as that is possible again. Whoever calls remains the second line of defence.
 */
export interface Enforcer {
  /** False: packets are counted and none is dropped (`observe`). */
  setDrops(drops: boolean): void;
  ban(rows: readonly Held[]): void;
  unban(sources: readonly string[]): void;
  /** Sources of which one packet in two seconds gets through, as far as they have no standing. Only where no edge does that. */
  mute(rows: readonly Held[]): void;
  unmute(sources: readonly string[]): void;
  /** Sources with standing: no limit for strangers holds for them. They are forgotten by themselves. */
  stand(rows: readonly Held[]): void;
  /** Blocks that are never kept out; replaces those told before. */
  setNever(blocks: readonly string[]): void;
  /**
   * A list of others: its blocks are kept out, but for those on the never-list and for sources with standing. Replaces the list of that name; an empty one
   * takes it away. The name has lower-case letters, digits, `_` and `-`, 24 at most. Its counter is `list_NAME`.
   */
  setList(name: string, blocks: readonly string[]): void;
  /** Packets of this banned source still arrive. True: the kernel should have dropped them, and the ban is put there again. */
  leaked(source: string): boolean;
  counts(): Promise<PacketCounts>;
  view(): EnforcerView;
  /** Takes away what it has made, unless it is to be kept. */
  stop(): Promise<void>;
}
