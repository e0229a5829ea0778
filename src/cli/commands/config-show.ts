import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { perform } from "../perform.ts";

/** `rempart config show`: the configuration in effect, defaults included, as TOML. Passwords are hidden. */
export function configShow(parent: Command): void {
  parent
    .command("show")
    .description("Show the configuration in effect, defaults included")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const loaded = await context.load();
        if (isTrouble(loaded)) return loaded;
        const { showConfig, withoutSecrets } = await import("../../config/index.ts");
        const from = loaded.files.length === 0 ? "defaults, no file" : loaded.files.join(", ");
        return { data: withoutSecrets(loaded.config), human: `# ${from}\n${showConfig(loaded.config).trimEnd()}` };
      }),
    );
}
