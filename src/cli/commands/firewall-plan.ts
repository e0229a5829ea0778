import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { perform } from "../perform.ts";
import { asTyped } from "../trouble.ts";

/** `rempart firewall plan`: shows what would be loaded; changes nothing. Exit code 1 when `--import` finds what would be cut off. */
export function firewallPlan(parent: Command): void {
  parent
    .command("plan")
    .description("Show the rules for this machine, and what they would change; nothing is changed")
    .option("--import <file>", "compare with what iptables-save printed")
    .action((options: { import?: string }, command: Command) =>
      perform(command, async (context) => {
        const { makePlan } = await import("../firewall/plan.ts");
        const plan = await makePlan(context);
        if (isTrouble(plan)) return plan;
        const { comparisonText, importSaved } = await import("../firewall/import.ts");
        const compared = options.import === undefined ? undefined : importSaved(options.import, plan.needs);
        if (isTrouble(compared)) return compared;
        const { ruleset, diff, warnings, needs } = plan;
        const imported = compared && options.import !== undefined ? comparisonText(options.import, compared) : "";
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const cut = compared?.items.some((i) => i.kind === "cut") ?? false;
        return {
          data: { ruleset, diff: diff ?? null, warnings, added: needs.added, import: compared ?? null },
          human: [ruleset.trimEnd(), diffText(diff), ...warnings.map((w) => `! ${asTyped(w, config)}`), imported]
            .filter((part) => part !== "")
            .join("\n\n"),
          exit: cut ? 1 : 0,
        };
      }),
    );
}

/** The difference to what is loaded, for people. */
export function diffText(diff: readonly string[] | undefined): string {
  if (diff === undefined) return "What is loaded could not be read, so no difference is shown.";
  return diff.length === 0 ? "No difference to what is loaded." : diff.join("\n");
}
