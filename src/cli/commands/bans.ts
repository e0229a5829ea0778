import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { readLength } from "../length.ts";
import { perform } from "../perform.ts";
import { count, field, list, number, span, table, text } from "../print.ts";

/** `rempart bans list`. */
export function bansList(parent: Command): void {
  parent
    .command("list")
    .description("Who is kept out, for how long, and what for")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "bans.list", {});
        if (isTrouble(data)) return data;
        const bans = list(data, "bans");
        // Only where a file of countries is configured.
        const places = bans.some((b) => field(b, "country") !== undefined);
        const rows = bans.map((b) => [
          targetOf(b),
          ...(places ? [text(b, "country") || "-"] : []),
          doneTo(b),
          span(1_000 * number(b, "left")),
          text(b, "reason"),
          text(b, "because"),
        ]);
        const more = number(data, "all") - rows.length;
        const tail = more > 0 ? `\nand ${more} more` : "";
        const shown = table(["WHO", ...(places ? ["FROM"] : []), "WHAT", "LEFT", "REASON", "BECAUSE"], rows) + tail;
        return { data, human: rows.length === 0 ? "Nobody is kept out." : shown };
      }),
    );
}

/** `rempart bans add ADDRESS|BLOCK`. */
export function bansAdd(parent: Command): void {
  parent
    .command("add")
    .description("Keep an address or a block out")
    .argument("<address>", "203.0.113.7, 203.0.113.0/24 or 2001:db8::/64; an IPv6 address stands for its /64")
    .option("--for <length>", "30min, 1h, 7d", "1d")
    .option("--reason <text>", "what for, in your words")
    .action((target: string, options: { readonly for: string; readonly reason?: string }, command: Command) =>
      perform(command, async (context) => {
        const seconds = readLength(options.for);
        if (isTrouble(seconds)) return seconds;
        const data = await askDaemon(context, "bans.add", { target, seconds, reason: options.reason });
        if (isTrouble(data)) return data;
        return { data, human: `${targetOf(data)} is kept out for ${span(1_000 * number(data, "left"))}.` };
      }),
    );
}

/** `rempart bans remove ADDRESS|ACCOUNT`. */
export function bansRemove(parent: Command): void {
  parent
    .command("remove")
    .description("Let an address, a block or an account in again")
    .argument("<who>", "as `bans list` shows it: an address, a block, or a guarded account")
    .action((target: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "bans.remove", { target });
        return isTrouble(data) ? data : { data, human: `Let in again: ${removedOf(data)}.` };
      }),
    );
}

/** `rempart bans undo LENGTH`: what the shield has decided within that time. */
export function bansUndo(parent: Command): void {
  parent
    .command("undo")
    .description("Take back what the shield has decided within a time; bans by hand stay")
    .argument("<length>", "30min, 1h, 1d")
    .action((length: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const seconds = readLength(length);
        if (isTrouble(seconds)) return seconds;
        const data = await askDaemon(context, "bans.undo", { seconds });
        if (isTrouble(data)) return data;
        const gone = list(data, "removed").length;
        return { data, human: gone === 0 ? "Nothing was decided in that time." : `Taken back: ${removedOf(data)}.` };
      }),
    );
}

/** `rempart bans clear [--reason NAME]`. */
export function bansClear(parent: Command): void {
  parent
    .command("clear")
    .description("Take everything out of the book, also what was entered by hand; other rules of the firewall stay")
    .option("--reason <name>", "only what has this reason, as `bans list` shows it")
    .action((options: { readonly reason?: string }, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "bans.clear", { reason: options.reason });
        if (isTrouble(data)) return data;
        const gone = number(data, "removed");
        return {
          data,
          human:
            gone === 0
              ? "The book is empty already."
              : `Taken out: ${count(gone, "entry").replace("entrys", "entries")}.`,
        };
      }),
    );
}

/** "203.0.113.7", "anna@pbx.example.org at 203.0.113.7", "… from Old Phone 1.0". */
export function targetOf(b: unknown): string {
  const [source, account, device] = ["source", "account", "device"].map((name) => text(b, name));
  if (source === "") return `account ${account}`;
  if (field(b, "spares") === true) return `those without standing at ${source}`;
  if (account === "") return source;
  return `${account} at ${source}${device === "" ? "" : ` from ${device}`}`;
}

/** "banned", "muted", "guarded"; "would be banned" where the shield only observes. */
export function doneTo(b: unknown): string {
  const done = DONE[text(b, "action")] ?? "";
  return field(b, "enforced") === true ? done : `would be ${done}`;
}

const DONE: Readonly<Record<string, string>> = { ban: "banned", mute: "muted", guard: "guarded" };

function removedOf(data: unknown): string {
  const all = list(data, "removed");
  return all.length > 5 ? count(all.length, "entry").replace("entrys", "entries") : all.map(targetOf).join(", ");
}
