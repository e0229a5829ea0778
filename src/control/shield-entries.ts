import type { GateRow } from "../edge/index.ts";
import type { Entry, Fact } from "../shield/index.ts";
import type { StoredBan } from "../store/index.ts";

/** What the signalling thread is told: whom to keep out, and whom no longer. */
export interface GateChange {
  readonly put: readonly GateRow[];
  readonly removed: readonly GateRow[];
  /** Whether a scanner is held back from its second packet on, before there is a verdict; as before when it is not said. */
  readonly holds?: boolean;
}

/** What operators write is theirs, and there may be any number of it. */
export function countedAs(reason: string, origin: Entry["origin"]): string {
  return origin === "shield" ? reason : origin;
}

/** About a source or block, and all of it: what the kernel, which sees addresses alone, can tell from others. */
export function isWhole({ source, account, device, spares }: Entry): boolean {
  return source !== "" && account === "" && device === "" && !spares;
}

/** An entry as it is kept, with what it was decided on. `wall`: a moment of the shield's clock on the wall's. */
export function storedBan(
  entry: Entry,
  evidence: readonly Fact[],
  wall: (at: number) => number,
): StoredBan & { readonly evidence: string } {
  const { source, account, device, enforced, reason, because, origin, strike } = entry;
  const kept = evidence.map(({ at, ...fact }) => ({ at: wall(at), ...fact }));
  const times = { since: wall(entry.since), until: wall(entry.until) };
  return {
    source,
    account,
    device,
    enforced,
    reason,
    because,
    origin,
    strike,
    ...times,
    evidence: JSON.stringify(kept),
  };
}
