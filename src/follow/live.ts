// TEMPORARY: stands in for the followers of the journal and of the manager interface, which have these signatures.
import { type Trouble, trouble } from "../base/index.ts";
import type { Followed, Follower, ManagerAccess, ManagerEvent } from "./follow.ts";

export function followJournal({ unit }: { readonly unit: string }, { onTrouble }: Follower): Followed {
  onTrouble(missing(`the journal of ${unit}`));
  return { stop: async () => {} };
}

export function followManager(
  { host }: ManagerAccess,
  _take: (event: ManagerEvent) => void,
  onTrouble: (trouble: Trouble | undefined) => void,
): Followed {
  onTrouble(missing(`the manager interface of ${host}`));
  return { stop: async () => {} };
}

function missing(what: string): Trouble {
  return trouble("FOLLOW_MISSING", `${what} cannot be followed yet`, "The files are.", "Name files: [[watch.log]]");
}
