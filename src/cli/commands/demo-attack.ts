import { join } from "node:path";
import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { type Outcome, perform } from "../perform.ts";
import { ask } from "../socket.ts";
import { whyText } from "../story.ts";
import { asTyped } from "../trouble.ts";
import { DOMAIN, inOwnFolder, startDemoEdge } from "./demo.ts";

/** `rempart demo attack`: an edge of its own on loopback is attacked, and tells what it decides and why. */
export function demoAttack(parent: Command): void {
  parent
    .command("attack")
    .description("Watch a scanner, a password guesser and an office storm meet the shield, all on loopback")
    .action((_options: object, command: Command) =>
      perform(command, (context) => inOwnFolder((folder) => play(folder, context.output === "human"))),
    );
}

async function play(folder: string, isHuman: boolean): Promise<Outcome | Trouble> {
  const [{ OFFICE_ACCOUNTS, playAttack }, { controlSocket, loadConfig }] = await Promise.all([
    import("../../demo/index.ts"),
    import("../../config/index.ts"),
  ]);
  const control = await startDemoEdge(folder, OFFICE_ACCOUNTS, 'mode = "enforce"\n');
  if (isTrouble(control)) return control;
  const loaded = loadConfig(join(folder, "rempart.toml"));
  if (isTrouble(loaded)) return loaded;
  const socket = controlSocket(loaded.config);
  const lines: string[] = [];
  try {
    const [{ address, port }] = control.report.listeners;
    const played = await playAttack({
      edge: { host: address, port },
      domain: DOMAIN,
      ask: (name, args) => ask(socket, name, args),
      tell(line) {
        lines.push(line);
        if (isHuman) process.stdout.write(`${line}\n`);
      },
      explain: whyText,
    });
    const next = played.ok
      ? "Your own, which only watches until you tell it to enforce: rempart run"
      : "See what is wrong: rempart doctor";
    return { data: { ...played, lines }, human: `\n${asTyped(next, undefined)}`, exit: played.ok ? 0 : 1 };
  } finally {
    await control.stop();
  }
}
