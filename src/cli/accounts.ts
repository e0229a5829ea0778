import { isTrouble, type Trouble } from "../base/index.ts";
import { controlSocket } from "../config/index.ts";
import type { Context } from "./perform.ts";
import { ABSENT, ask } from "./socket.ts";

/** How long a command waits for another process that writes to the store, in ms. */
const BUSY = 5_000;

/**
 * Runs an account command: by the daemon where one runs, so that it takes effect at once, else on the store itself. Both
 * ways are the same code.
 */
export async function accountCommand(context: Context, command: string, args: unknown): Promise<unknown | Trouble> {
  const config = await context.config();
  if (isTrouble(config)) return config;
  const answer = await ask(controlSocket(config), command, args);
  if (answer !== ABSENT) return answer;
  // Kysely is slow to load: only who needs the store pays for it.
  const [{ openStore }, { accountCommands, accountPolicy, openAccounts }] = await Promise.all([
    import("../store/index.ts"),
    import("../accounts/index.ts"),
  ]);
  const store = await openStore(config.state, { busyMs: BUSY });
  if (isTrouble(store)) return store;
  try {
    return await accountCommands(openAccounts(store, accountPolicy(config), () => {}))[command](args);
  } finally {
    await store.close();
  }
}
