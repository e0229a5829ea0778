import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { trunkCommand } from "../accounts.ts";
import { perform } from "../perform.ts";
import { list, text } from "../print.ts";
import { asTyped } from "../trouble.ts";

interface Options {
  readonly transport?: string;
  readonly fromDomain?: string;
}

/** `rempart trunk add NAME ADDRESS...`. */
export function trunkAdd(parent: Command): void {
  parent
    .command("add")
    .description("Let a carrier's addresses call in without a password: own users and, for other numbers, the backends")
    .argument("<name>", "what to call it")
    .argument("<address...>", "addresses it calls from, or blocks such as 203.0.113.0/28")
    .option("--transport <transport>", "only over udp, tcp or tls (default: any)")
    .option("--from-domain <domain>", "only requests whose From names this domain (default: any)")
    .action((name: string, addresses: string[], options: Options, command: Command) =>
      perform(command, async (context) => {
        const { transport, fromDomain } = options;
        const data = await trunkCommand(context, "trunk.add", { name, addresses, transport, fromDomain });
        if (isTrouble(data)) return data;
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const where = list(data, "addresses").join(", ");
        const next = asTyped(`See whether it answers: rempart trunk test ${text(data, "name")}`, config);
        return { data, human: `Trunk added: ${text(data, "name")} calls in from ${where}.\n${next}` };
      }),
    );
}
