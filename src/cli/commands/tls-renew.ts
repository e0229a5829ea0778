import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { acmeLines, certificateLines, field } from "../print.ts";

/** `rempart tls renew`: orders a certificate now; exit code 1 when the authority did not issue one. */
export function tlsRenew(parent: Command): void {
  parent
    .command("renew")
    .description("Order a certificate from the authority of [tls.acme] now; connections stay")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "tls.renew", {});
        if (isTrouble(data)) return data;
        const now = Date.now();
        return {
          data,
          human: [...certificateLines(data, now), ...acmeLines(data, now)].join("\n"),
          exit: isTrouble(field(field(data, "acme"), "trouble")) ? 1 : 0,
        };
      }),
    );
}
