import { accountPolicy, foreignSource } from "../accounts/index.ts";
import type { Trouble } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { Logger } from "../observe/index.ts";
import type { Store } from "../store/index.ts";
import type { Directory } from "./directory.ts";
import { ForeignAccounts, type ForeignEvents } from "./foreign.ts";

/** Milliseconds that a start waits for a foreign database that does not answer. */
const PATIENCE = 5_000;

/** The accounts of `[accounts]`, being served and kept up to date; undefined where there are none configured. */
export async function openForeign(
  config: Config,
  store: Store,
  directory: Directory,
  taken: () => Promise<unknown>,
  log: Logger,
): Promise<ForeignAccounts | undefined | Trouble> {
  if (config.accounts === undefined) return undefined;
  const source = foreignSource(config.accounts, accountPolicy(config));
  const { interval } = config.accounts;
  const events = reporting(log, source.name);
  const foreign = new ForeignAccounts({ source, directory, store, interval: interval * 1_000, taken, events });
  const failed = await atMost(PATIENCE, foreign.start());
  return failed ?? foreign;
}

function reporting(log: Logger, source: string): ForeignEvents {
  return {
    trouble: (trouble) => {
      if (trouble === undefined) log.info({ source }, "accounts are read again");
      else
        log.error(
          { code: trouble.code, details: trouble.details },
          `accounts are not read: ${trouble.what}. ${trouble.safe} ${trouble.next}`,
        );
    },
    changed: (change) => log.info({ source, ...change }, "accounts have changed"),
    faults: (faults, told, lacking) => {
      if (faults > 0) log.warn({ source, faults, first: told }, "rows are left out of the accounts; all others serve");
      if (lacking > 0)
        log.warn(
          { source, lacking },
          "accounts have no hash for the algorithm that is offered first: phones that take it cannot log in (docs/accounts-realtime.md)",
        );
      if (faults === 0 && lacking === 0) log.info({ source }, "no row is left out of the accounts any more");
    },
    doubt: (removed, known) =>
      log.warn(
        { source, removed, known },
        "most accounts are gone at a stroke: they serve until a second look says the same",
      ),
  };
}

/** What `work` says, or undefined when it takes longer; it goes on then. */
async function atMost(ms: number, work: Promise<undefined | Trouble>): Promise<undefined | Trouble> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
