import type { Command } from "commander";
import type { Finding } from "../doctor/finding.ts";
import { perform } from "../perform.ts";
import { asTyped } from "../trouble.ts";

/** `rempart doctor`: looks at everything a start needs, changes nothing; exit code 1 when something fails. */
export function doctor(parent: Command): void {
  parent
    .command("doctor")
    .description("Check machine, configuration and state; nothing is changed")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const { examine } = await import("../doctor/examine.ts");
        const findings = await examine(context.load);
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const failed = findings.some((f) => f.level === "fail");
        return { data: findings, human: asTyped(findings.map(lineOf).join("\n"), config), exit: failed ? 1 : 0 };
      }),
    );
}

function lineOf(f: Finding): string {
  return `${f.level.padEnd(4)}  ${f.name.padEnd(8)}  ${f.what}${f.run === undefined ? "" : `\n                run: ${f.run}`}`;
}
