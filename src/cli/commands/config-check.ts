import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { perform } from "../perform.ts";

/** `rempart config check`: reads and judges the configuration, needs no rights and starts nothing. */
export function configCheck(parent: Command): void {
  parent
    .command("check")
    .description("Check the configuration; nothing is started")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const loaded = await context.load();
        if (isTrouble(loaded)) return loaded;
        const { files } = loaded;
        const human =
          files.length === 0 ? "Configuration OK: defaults, no file." : `Configuration OK: ${files.join(", ")}`;
        return { data: { ok: true, files }, human };
      }),
    );
}
