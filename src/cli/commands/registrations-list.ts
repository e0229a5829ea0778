import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { list, number, span, table, text } from "../print.ts";
import { aorArgument } from "./aor.ts";

/** `rempart registrations list [AOR]`. */
export function registrationsList(parent: Command): void {
  parent
    .command("list")
    .description("List who is registered, and from where")
    .argument("[user]", "only this user name or user@domain")
    .action((user: string | undefined, _options: object, command: Command) =>
      perform(command, async (context) => {
        const aor = user === undefined ? undefined : await aorArgument(context, user);
        if (isTrouble(aor)) return aor;
        const data = await askDaemon(context, "registrations.list", { aor });
        if (isTrouble(data)) return data;
        const rows = list(data).map((b) => [
          text(b, "aor"),
          text(b, "contact"),
          text(b, "received"),
          span(number(b, "expiresIn") * 1_000),
          text(b, "userAgent"),
        ]);
        const header = ["USER", "CONTACT", "FROM", "ENDS IN", "DEVICE"];
        return { data, human: rows.length === 0 ? "Nobody is registered." : table(header, rows) };
      }),
    );
}
