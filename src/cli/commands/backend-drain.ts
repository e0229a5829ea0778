import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";

/** `rempart backend drain NAME`. */
export function backendDrain(parent: Command): void {
  toggle(parent, "drain", "Give a backend no new calls; those that stand go on", (name) => [
    `${name} gets no new calls, also after a restart; calls that stand go on.`,
    `When it is back: rempart backend undrain ${name}`,
  ]);
}

/** `rempart backend undrain NAME`. */
export function backendUndrain(parent: Command): void {
  toggle(parent, "undrain", "Give a drained backend calls again", (name) => [
    `${name} gets calls again when it is up.`,
  ]);
}

function toggle(parent: Command, word: string, description: string, told: (name: string) => readonly string[]): void {
  parent
    .command(word)
    .description(description)
    .argument("<name>", "its name in [[backend]]")
    .action((name: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, `backends.${word}`, { name });
        return isTrouble(data) ? data : { data, human: told(name).join("\n") };
      }),
    );
}
