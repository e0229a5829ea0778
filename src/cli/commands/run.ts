import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import type { Report } from "../../control/index.ts";
import { inForeground, REFUSED } from "../foreground.ts";
import { perform } from "../perform.ts";
import { count, pairs } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { modeText } from "./enforce.ts";
import { listenersText } from "./status.ts";

/** Addresses that are shown as other names of the primary domain; the rest is counted. */
const NAMES = 8;

/** `rempart run`: starts the daemon in the foreground, all of it or nothing. */
export function run(parent: Command): void {
  parent
    .command("run")
    .description("Start the edge in the foreground")
    .action((_options: object, command: Command) =>
      perform(
        command,
        async (context) => {
          const config = await context.config();
          if (isTrouble(config)) return config;
          const [{ startControl }, { holdState }] = await Promise.all([
            import("../../control/index.ts"),
            import("../../store/index.ts"),
          ]);
          const control = await inForeground(config.state, holdState, () => startControl(config));
          if (isTrouble(control)) return control;
          const file = command.optsWithGlobals<{ config?: string }>().config;
          return { data: control.report, human: screen(config, control.report, file) };
        },
        REFUSED,
      ),
    );
}

function screen(config: Config, report: Report, file: string | undefined): string {
  const shown = report.aliases.slice(0, NAMES);
  const more = report.aliases.length - shown.length;
  const slow = config.sip.udp.adapter === "auto" && report.listeners.some((l) => l.adapter === "dgram");
  const listens = listenersText(report.listeners);
  const status = pairs([
    [
      "listens",
      slow ? `${listens}\nUDP by node:dgram: the faster batch addon is not built (npm ci builds it)` : listens,
    ],
    ["domains", report.domains.join(", ")],
    ["also named", `${shown.join(", ")}${more > 0 ? `, and ${more} more` : ""}`],
    ["state", report.state],
    ["holds", `${count(report.accounts, "account")}, ${count(report.registrations, "registration")}`],
  ]);
  const next = pairs([
    ["add an account", asTyped("rempart account add", file)],
    ["see a call", asTyped("rempart demo", undefined)],
    ["look inside", asTyped("rempart status", file)],
    ["stop", "Ctrl+C"],
  ]);
  return `Rempart runs, mode ${modeText(report.enforcement, Date.now())}.\n\n${status}\n\nNext, in another terminal:\n${next}`;
}
