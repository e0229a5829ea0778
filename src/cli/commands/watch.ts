import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import type { WatchReport } from "../../control/index.ts";
import { inForeground, REFUSED } from "../foreground.ts";
import { perform } from "../perform.ts";
import { pairs } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { modeText } from "./enforce.ts";
import { findingText } from "./watch-status.ts";

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
          const [{ startWatch }, { holdState }] = await Promise.all([
            import("../../control/index.ts"),
            import("../../store/index.ts"),
          ]);
          const running = await inForeground(config.state, holdState, () => startWatch(config));
          if (isTrouble(running)) return running;
          const file = command.optsWithGlobals<{ config?: string }>().config;
          return { data: running.report, human: screen(running.report, file) };
        },
        REFUSED,
      ),
    );
}

function screen(report: WatchReport, file: string | undefined): string {
  const status = pairs([
    ["reads", report.sources.join("\n")],
    ["guards", `the ports ${report.ports.join(", ")}`],
    ["state", report.state],
    ...report.findings.map((found) => ["LOOK", findingText(found)] as const),
  ]);
  const next = pairs([
    ["look inside", asTyped("rempart status", file)],
    ["who is noted", asTyped("rempart bans list", file)],
    ["keep them out", asTyped("rempart enforce on --confirm 5m", file)],
    ["stop", "Ctrl+C"],
  ]);
  return `Rempart watches, mode ${modeText(report.enforcement, Date.now())}.\n\n${status}\n\nNext, in another terminal:\n${next}`;
}
