import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { type Context, type Outcome, perform } from "../perform.ts";
import { field, list, number, text } from "../print.ts";

/** Milliseconds between two looks. */
const PAUSE = 300;

/** `rempart events [--follow]`: what happened of late, one a line. */
export function events(parent: Command): void {
  parent
    .command("events")
    .description("Show what happened of late: bans, mutes, changes of the mode (docs/events.md)")
    .option("-f, --follow", "go on with what happens, until Ctrl+C")
    .action((options: { readonly follow?: true }, command: Command) =>
      perform(command, (context) => show(context, options.follow === true)),
    );
}

async function show(context: Context, follow: boolean): Promise<Outcome | Trouble> {
  const line = context.output === "json" ? (event: unknown) => JSON.stringify(event) : eventLine;
  let seq = 0;
  let run = -1;
  for (let first = true; ; first = false) {
    const data = await askDaemon(context, "events.since", { seq });
    if (isTrouble(data)) return data;
    const started = number(data, "started");
    // Another run of the daemon counts anew.
    if (run !== -1 && started !== run) {
      run = started;
      seq = 0;
      continue;
    }
    run = started;
    const missed = number(data, "missed");
    if (missed > 0 && !first) process.stderr.write(`rempart: ${missed} events came too quickly to be shown\n`);
    const all = list(data, "events");
    for (const event of all) {
      seq = number(event, "seq");
      process.stdout.write(`${line(event)}\n`);
    }
    if (all.length > 0) continue;
    if (!follow) return { data: undefined, human: "" };
    await setTimeout(PAUSE);
  }
}

/** "2026-11-23T19:02:11.123Z ban  source=203.0.113.7 scenario=wrong-password ...". */
function eventLine(event: unknown): string {
  if (typeof event !== "object" || event === null) return "";
  const fields = Object.keys(event).filter((name) => !["seq", "time", "event"].includes(name));
  const words = fields.map((name) => [name, wordOf(event, name)] as const).filter(([, value]) => value !== "");
  const shown = words.map(([name, value]) => `${name}=${/[\s"]/.test(value) ? JSON.stringify(value) : value}`);
  return `${text(event, "time")}  ${text(event, "event").padEnd(7)}  ${shown.join(" ")}`;
}

function wordOf(event: unknown, name: string): string {
  const value = field(event, name);
  return Array.isArray(value) ? value.map(String).join(",") : text(event, name);
}
