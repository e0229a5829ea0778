import type { Trouble } from "../base/index.ts";
import type { Held } from "../ports/index.ts";
import type { Spec } from "./ruleset.ts";

/** What it is to be told once, for the log. */
export type EnforcerEvent =
  | { readonly what: "on"; readonly ms: number; readonly drops: boolean }
  | { readonly what: "off"; readonly trouble: Trouble }
  /** Somebody else has changed the table; it is being put back. */
  | { readonly what: "changed"; readonly change: string; readonly by: string }
  /** A part could not be put into force; the rest is. */
  | { readonly what: "refused"; readonly part: string; readonly why: string };

export interface EnforcerOptions {
  readonly backend: "nft" | "dry-run";
  /** All but the listeners, which `open` tells. */
  readonly spec: Omit<Spec, "doors">;
  /** The table stays when the daemon ends. */
  readonly keep: boolean;
  /** File of a dry run. */
  readonly paper: string;
  readonly never: readonly string[];
  /** All that is to be in force, asked whenever the table is made anew. */
  readonly bans: () => Iterable<Held>;
  readonly standing: () => Iterable<Held>;
  /** Only where no edge mutes. */
  readonly mutes?: () => Iterable<Held>;
  readonly onEvent: (event: EnforcerEvent) => void;
}
