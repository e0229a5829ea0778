import { isTrouble, type Trouble } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { Store } from "../store/index.ts";
import type { Context } from "./perform.ts";
import { ABSENT, ask } from "./socket.ts";

/** How long a command waits for another process that writes to the store, in ms. */
const BUSY = 5_000;
/** How long it waits for a daemon that holds the state but has no socket (yet), in ms. */
const HELD = 500;

/** Commands over an open store, by their names on the control socket. */
type Commands = Readonly<Record<string, (args: unknown) => Promise<unknown | Trouble>>>;
type Opened = (store: Store, config: Config) => Promise<Commands>;

/**
 * Runs an account command: by the daemon where one runs, so that it takes effect at once, else on the store itself. Both
 * ways are the same code.
 */
export function accountCommand(context: Context, command: string, args: unknown): Promise<unknown | Trouble> {
  return onStore(context, command, args, async (store, config) => {
    const { accountCommands, accountPolicy, openAccounts } = await import("../accounts/index.ts");
    return accountCommands(openAccounts(store, accountPolicy(config), () => {}));
  });
}

/** The same for trunks. */
export function trunkCommand(context: Context, command: string, args: unknown): Promise<unknown | Trouble> {
  return onStore(context, command, args, async (store, config) => {
    const { openTrunks, trunkCommands } = await import("../trunks/index.ts");
    return trunkCommands(openTrunks(store, config.trunks, Date.now, () => {}));
  });
}

async function onStore(context: Context, command: string, args: unknown, open: Opened): Promise<unknown | Trouble> {
  const config = await context.config();
  if (isTrouble(config)) return config;
  // Loaded with it; whoever only says what there is needs neither.
  const { controlSocket } = await import("../config/index.ts");
  const answer = await ask(controlSocket(config), command, args);
  if (answer !== ABSENT) return answer;
  // Kysely is slow to load: only who needs the store pays for it.
  const { holdState, openStore } = await import("../store/index.ts");
  // A daemon that starts at this very moment must not miss the change: it waits until this is done.
  const hold = holdState(config.state, false, HELD);
  if (isTrouble(hold)) return hold;
  const store = await openStore(config.state, { busyMs: BUSY });
  try {
    if (isTrouble(store)) return store;
    return await (await open(store, config))[command](args);
  } finally {
    if (!isTrouble(store)) await store.close();
    hold.release();
  }
}
