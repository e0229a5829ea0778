import type { Command } from "commander";
import { isTrouble, trouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { count, number } from "../print.ts";
import { aorArgument } from "./aor.ts";

/** `rempart registrations drop USER`. */
export function registrationsDrop(parent: Command): void {
  parent
    .command("drop")
    .description("Forget where a user is registered; the phone comes back with its next registration")
    .argument("<user>", "user name, or user@domain")
    .action((user: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const aor = await aorArgument(context, user);
        if (isTrouble(aor)) return aor;
        const data = await askDaemon(context, "registrations.drop", { aor });
        if (isTrouble(data)) return data;
        const dropped = number(data, "dropped");
        if (dropped === 0) {
          const next = "See who is registered: rempart registrations list";
          return trouble("AOR_UNKNOWN", `${aor} is not registered`, "Nothing was changed.", next);
        }
        return { data, human: `Dropped ${count(dropped, "registration")} of ${aor}.` };
      }),
    );
}
