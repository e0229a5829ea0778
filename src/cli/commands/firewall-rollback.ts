import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { perform } from "../perform.ts";

/** `rempart firewall rollback`: back at once to what was before the last apply. */
export function firewallRollback(parent: Command): void {
  parent
    .command("rollback")
    .description("Go back at once to the rules before the last apply")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const config = await context.config();
        if (isTrouble(config)) return config;
        const { rollback } = await import("../../firewall/index.ts");
        const loaded = await rollback(config.state);
        if (isTrouble(loaded)) return loaded;
        const human = loaded
          ? "Back: the rules before the last apply are loaded again."
          : "Back: no rules of Rempart's for this machine are loaded, as before the last apply.";
        return { data: { loaded }, human };
      }),
    );
}
