import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { readLength } from "../length.ts";
import { type Context, type Outcome, perform } from "../perform.ts";
import { count, field, list, number, span, table, text, time } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { targetOf } from "./bans.ts";

/** Entries that are shown one by one. */
const SHOWN = 20;

/** `rempart enforce`: whether anybody is kept out, and who would be. */
export function enforceState(parent: Command): Command {
  return parent
    .command("enforce")
    .description("Whether the shield keeps attackers out, or only notes them; and changing it")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "enforce.state", {});
        if (isTrouble(data)) return data;
        return { data, human: asTyped(stateText(data), configOf(command)) };
      }),
    );
}

/** `rempart enforce on [--confirm TIME]`: tells who is kept out by it, then does it. */
export function enforceOn(parent: Command): void {
  parent
    .command("on")
    .description("Keep out whom the shield has banned and muted, and whom it will")
    .option("--confirm <time>", "only for so long, unless `enforce confirm` comes within it: 5m, 1h")
    .action((options: { readonly confirm?: string }, command: Command) =>
      perform(command, (context) => switchOn(context, options.confirm, configOf(command))),
    );
}

/** `rempart enforce confirm`. */
export function enforceConfirm(parent: Command): void {
  parent
    .command("confirm")
    .description("Let what was tried with --confirm stay")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "enforce.confirm", {});
        if (isTrouble(data)) return data;
        return { data, human: "Confirmed: attackers stay kept out, also after a restart." };
      }),
    );
}

/** `rempart enforce off`. */
export function enforceOff(parent: Command): void {
  parent
    .command("off")
    .description("Let everybody in again, at once; bans by hand stay")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "enforce.off", {});
        if (isTrouble(data)) return data;
        const byHand = number(data, "byHand");
        const left = byHand === 0 ? "" : `\n${byHand} by hand stay kept out: rempart bans list`;
        const human = `Nobody is kept out by the shield any more, also after a restart. It goes on noting.${left}`;
        return { data, human: asTyped(human, configOf(command)) };
      }),
    );
}

/** "enforce (by command since 2026-11-23 19:02 UTC; the configuration says observe)". */
export function modeText(view: unknown, now: number): string {
  const mode = text(view, "mode");
  const by = text(view, "by");
  if (by === "configuration") return `${mode} (the configuration says so)`;
  const since = time(number(view, "since"));
  const file = `the configuration says ${text(view, "configured")}`;
  if (by === "unconfirmed") return `${mode} (since ${since}: \`enforce on\` was not confirmed in time; ${file})`;
  const left = field(view, "left");
  // Told for the moment at which it was asked: `now` is for those who show it later.
  const ends = typeof left === "number" ? `, not confirmed: ends ${time(now + left)}` : "";
  return `${mode} (by command since ${since}${ends}; ${file})`;
}

async function switchOn(
  context: Context,
  confirm: string | undefined,
  config: string | undefined,
): Promise<Outcome | Trouble> {
  const seconds = confirm === undefined ? undefined : readLength(confirm);
  if (isTrouble(seconds)) return seconds;
  const before = await askDaemon(context, "enforce.state", {});
  if (isTrouble(before)) return before;
  const isNew = text(before, "mode") !== "enforce";
  // First who, then that it is so.
  if (context.output === "human" && isNew) process.stdout.write(`${previewText(before)}\n\n`);
  const data = await askDaemon(context, "enforce.on", { seconds });
  if (isTrouble(data)) return data;
  const left = field(data, "left");
  const human =
    typeof left === "number"
      ? `Attackers are kept out for ${span(left)}. Let it stay: rempart enforce confirm\nWithout that everybody is let in again, also when the daemon ends meanwhile.`
      : isNew
        ? "Attackers are kept out from now on, also after a restart. Take it back: rempart enforce off"
        : typeof field(before, "left") === "number"
          ? "Attackers stay kept out, also after a restart. It is confirmed by that."
          : "Attackers are kept out already; nothing was changed.";
  return { data, human: asTyped(human, config) };
}

function stateText(data: unknown): string {
  const lines = [`The mode is ${modeText(data, Date.now())}.`];
  if (typeof field(data, "left") === "number") lines.push("Let it stay: rempart enforce confirm");
  if (text(data, "mode") === "enforce") {
    lines.push(`${number(data, "held")} are kept out: rempart bans list`);
    lines.push("Let everybody in: rempart enforce off");
  } else {
    const byHand = number(data, "byHand");
    lines.push(byHand === 0 ? "Nobody is kept out." : `Nobody is kept out but ${byHand} by hand: rempart bans list`);
    lines.push("", previewText(data), "", "Try it: rempart enforce on --confirm 5m");
  }
  return lines.join("\n");
}

/** Who is, or would be, kept out by `enforce on`; those first at whose address somebody has shown a password. */
function previewText(data: unknown): string {
  const noted = [...list(data, "noted")].sort((a, b) => list(b, "standing").length - list(a, "standing").length);
  const spared = list(data, "spared");
  const all = number(data, "notedInAll");
  const lines: string[] = [];
  if (all === 0) lines.push("So far nobody is noted whom that would keep out.");
  else {
    const rows = noted.slice(0, SHOWN).map((entry) => {
      const known = list(entry, "standing").map(String).join(", ");
      return [
        targetOf(entry),
        text(entry, "action"),
        span(1_000 * number(entry, "left")),
        text(entry, "reason"),
        known === "" ? "-" : known,
      ];
    });
    lines.push(`${count(all, "entry").replace("entrys", "entries")} of the book would be in force:`);
    lines.push(table(["WHO", "WHAT", "LEFT", "REASON", "PASSWORDS SHOWN THERE"], rows));
    if (all > rows.length) lines.push(`and ${all - rows.length} more: rempart bans list`);
  }
  if (spared.length > 0) {
    lines.push("Not kept out, since passwords were shown there meanwhile; their entries go:");
    for (const entry of spared.slice(0, SHOWN)) {
      lines.push(`  ${targetOf(entry)} (${text(entry, "reason")}): ${list(entry, "standing").map(String).join(", ")}`);
    }
    if (spared.length > SHOWN) lines.push(`  and ${spared.length - SHOWN} more`);
  }
  return lines.join("\n");
}

function configOf(command: Command): string | undefined {
  return command.optsWithGlobals<{ config?: string }>().config;
}
