import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { inForeground, REFUSED } from "../foreground.ts";
import { perform } from "../perform.ts";

/** `rempart watch`: starts the guard beside a phone system in the foreground, all of it or nothing. */
export function watch(parent: Command): Command {
  return parent
    .command("watch")
    .description("Guard a phone system that stays where it is: read its log, and have the kernel keep attackers out")
    .action((_options: object, command: Command) =>
      perform(
        command,
        async (context) => {
          const config = await context.config();
          if (isTrouble(config)) return config;
          const [{ startWatch }, { holdState }, { startText }] = await Promise.all([
            import("../../control/index.ts"),
            import("../../store/index.ts"),
            // Loaded only here: the commands below this one need nothing of it.
            import("./watch-status.ts"),
          ]);
          const running = await inForeground(config.state, holdState, () => startWatch(config));
          if (isTrouble(running)) return running;
          const file = command.optsWithGlobals<{ config?: string }>().config;
          return { data: running.report, human: startText(running.report, file) };
        },
        REFUSED,
      ),
    );
}
