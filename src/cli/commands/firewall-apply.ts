import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { readLength } from "../length.ts";
import { type Outcome, perform } from "../perform.ts";
import { span } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { diffText } from "./firewall-plan.ts";

/** Seconds: whoever needs more than a day has gone home. */
const LONGEST = 86_400;

interface Options {
  readonly confirmWithin: string;
}

/** `rempart firewall apply`: loads the rules; they go back by themselves unless they are confirmed in time. */
export function firewallApply(parent: Command): void {
  parent
    .command("apply")
    .description("Load the rules for this machine; they go back unless confirmed in time")
    .option("--confirm-within <time>", "how long to wait for `firewall confirm`, such as 30s or 5m", "5m")
    .action((options: Options, command: Command) =>
      perform(command, async (context) => {
        const seconds = readLength(options.confirmWithin);
        if (isTrouble(seconds)) return seconds;
        if (seconds > LONGEST) return tooLong(options.confirmWithin);
        const { makePlan } = await import("../firewall/plan.ts");
        const plan = await makePlan(context);
        if (isTrouble(plan)) return plan;
        const { apply } = await import("../../firewall/index.ts");
        const until = await apply(plan.config.state, plan.ruleset, seconds * 1_000);
        if (isTrouble(until)) return until;
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const { diff, warnings, needs } = plan;
        return {
          data: { until, diff: diff ?? null, warnings, added: needs.added },
          human: asTyped(textOf(diff, warnings, until), config),
        } satisfies Outcome;
      }),
    );
}

function textOf(diff: readonly string[] | undefined, warnings: readonly string[], until: number): string {
  const clock = new Date(until).toISOString().slice(11, 19);
  const next = [
    `Loaded. The rules go back by themselves in ${span(until - Date.now())}, at ${clock} UTC, unless they are confirmed.`,
    "Open a second SSH session and make a call; if both work: rempart firewall confirm",
    "If not, wait, or go back at once: rempart firewall rollback",
  ];
  return [diffText(diff), ...warnings.map((w) => `! ${w}`), next.join("\n")].join("\n\n");
}

function tooLong(text: string): Trouble {
  const what = `--confirm-within: found ${text}, expected at most 1d`;
  return trouble("USAGE_LENGTH", what, "Nothing was changed.", "Say how long: 5m");
}
