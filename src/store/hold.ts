import { DatabaseSync } from "node:sqlite";
import { type Trouble, trouble } from "../base/index.ts";
import { explain, makePrivate, resultCode } from "./sqlite.ts";

export interface Hold {
  release(): void;
}

/**
 * Takes hold of a state folder, made when there is none: a daemon alone, a command that works on the store without a
 * daemon together with others. The kernel lets go when the process ends, however it ends, so nothing stale is left.
 *
 * @param waitMs how long to wait, blocking, for others to let go
 * @returns the hold (keep it: it ends when it is collected), STORE_IN_USE, or a trouble of opening
 */
export function holdState(state: string, alone: boolean, waitMs: number): Hold | Trouble {
  const file = `${state}/daemon.lock`;
  let db: DatabaseSync | undefined;
  try {
    makePrivate(state, file);
    // An empty SQLite file: its locks are the portable ones that die with the process, and they can be shared.
    db = new DatabaseSync(file, { timeout: waitMs });
    db.exec(alone ? "begin exclusive" : "begin; select count(*) from sqlite_schema");
    const held = db;
    return { release: () => held.close() };
  } catch (error) {
    db?.close();
    return resultCode(error) === 5 ? inUse(state, alone) : explain(error, file);
  }
}

function inUse(state: string, alone: boolean): Trouble {
  return trouble(
    "STORE_IN_USE",
    alone ? `a daemon runs with the state ${state} already` : `a daemon holds the state ${state} and is not reachable`,
    "Nothing was changed.",
    alone
      ? "See what it does: rempart status"
      : "It may be starting: try again in a second, or see what is true: rempart doctor",
  );
}
