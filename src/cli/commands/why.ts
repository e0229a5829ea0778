import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { whyText } from "../story.ts";
import { asTyped } from "../trouble.ts";

/** `rempart why ADDRESS|ACCOUNT`: what the shield knows, what it decided, and how to take it back. */
export function why(parent: Command): void {
  parent
    .command("why")
    .description("Why somebody is kept out, or is not")
    .argument("<who>", "an address, or an account: user, or user@domain")
    .action((name: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "why", { name });
        if (isTrouble(data)) return data;
        const { config } = command.optsWithGlobals<{ config?: string }>();
        return { data, human: asTyped(whyText(data), config) };
      }),
    );
}
