import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { Context } from "./perform.ts";
import { ABSENT, ask } from "./socket.ts";

/** Asks the running daemon; DAEMON_ABSENT when there is none. */
export async function askDaemon(context: Context, command: string, args: unknown): Promise<unknown | Trouble> {
  const config = await context.config();
  if (isTrouble(config)) return config;
  // Loaded with it; whoever only says what there is needs neither.
  const { controlSocket } = await import("../config/index.ts");
  const answer = await ask(controlSocket(config), command, args);
  return answer === ABSENT ? absent(config) : answer;
}

function absent(config: Config): Trouble {
  return trouble(
    "DAEMON_ABSENT",
    `no daemon runs with the state ${config.state}`,
    "Nothing was changed.",
    "Start it: rempart run",
  );
}
