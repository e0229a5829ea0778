import type { Rule } from "../findings/index.ts";
import type { Session } from "./session.ts";

/** One thing that is tried: what it can find, and how. */
export interface Check {
  readonly rules: readonly Rule[];
  /** It speaks SIP: not tried where nobody answers, or nobody does any more. */
  readonly sip: boolean;
  run(s: Session): Promise<void>;
}

/** Names that no phone system has. */
export function nobody(random: string): string {
  // Begins like a name that a phone has: what looks like a scanner's may be answered as one.
  return `desk-${random.slice(0, 8)}`;
}
