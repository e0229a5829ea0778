import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { trunkCommand } from "../accounts.ts";
import { perform } from "../perform.ts";

/** `rempart trunk remove NAME`. */
export function trunkRemove(parent: Command): void {
  parent
    .command("remove")
    .description("Take a trunk away; calls that stand go on")
    .argument("<name>", "its name")
    .action((name: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await trunkCommand(context, "trunk.remove", { name });
        return isTrouble(data) ? data : { data, human: `Trunk removed: ${name}. Its addresses are strangers now.` };
      }),
    );
}
