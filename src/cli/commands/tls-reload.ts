import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { certificateLines, list } from "../print.ts";

/** `rempart tls reload`: reads the files of certificates again; exit code 1 when one of them was not taken. */
export function tlsReload(parent: Command): void {
  parent
    .command("reload")
    .description("Read certificates, keys and revocation lists again; connections stay")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "tls.reload", {});
        if (isTrouble(data)) return data;
        return {
          data,
          human: certificateLines(data, Date.now()).join("\n"),
          exit: list(data, "troubles").length > 0 ? 1 : 0,
        };
      }),
    );
}
