import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { field, list, number, span, table, text } from "../print.ts";

/** `rempart lists`: exit code 1 when one of them is not as its source has it now. */
export function listsShow(parent: Command): Command {
  return parent
    .command("lists")
    .description("Block lists and countries: what is in force, how old it is, how much it keeps out")
    .helpCommand(false)
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "lists.show", {});
        return isTrouble(data) ? data : { data, human: listsText(data, Date.now()), exit: hasTrouble(data) ? 1 : 0 };
      }),
    );
}

/** `rempart lists refresh [NAME]`. */
export function listsRefresh(parent: Command): void {
  parent
    .command("refresh")
    .description("Look at the source of a list, or of all, now")
    .argument("[name]", "name of a [[shield.list]]")
    .action((name: string | undefined, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "lists.refresh", { name: name ?? "" });
        return isTrouble(data) ? data : { data, human: listsText(data, Date.now()), exit: hasTrouble(data) ? 1 : 0 };
      }),
    );
}

/** Is a list, or the file of countries, not as its source has it now? */
export function hasTrouble(data: unknown): boolean {
  const all = [...list(data, "lists"), field(data, "country")];
  return all.some((each) => isTrouble(field(each, "trouble")));
}

/** A table of the lists, what is the matter with them, and the countries; "" where there are none. */
export function listsText(data: unknown, now: number): string {
  const all = list(data, "lists");
  const rows = all.map((l) => [
    text(l, "name"),
    stateOf(l),
    number(l, "at") === 0 ? "-" : span(now - number(l, "at")),
    text(l, "entries"),
    text(l, "hits"),
    leftOutText(l),
    text(l, "source"),
  ]);
  const lines = rows.length === 0 ? [] : [table(["LIST", "STATE", "AGE", "ENTRIES", "HITS", "LEFT OUT", "FROM"], rows)];
  for (const each of all) lines.push(...troubleLines(each, now));
  lines.push(...countryLines(field(data, "country"), now));
  return lines.length === 0 ? "No list and no countries are configured (docs/lists.md)." : lines.join("\n");
}

function stateOf(l: unknown): string {
  if (number(l, "at") === 0) return field(l, "busy") === true ? "asking" : "NOT READ";
  const does = field(l, "enforced") === true ? "in force" : "observed";
  return isTrouble(field(l, "trouble")) ? `${does}, OLD` : does;
}

function leftOutText(l: unknown): string {
  const out = field(l, "leftOut");
  const parts: [number, string][] = [
    [number(out, "tooWide"), "too wide"],
    [number(out, "reserved"), "private"],
    [number(out, "unreadable"), "unreadable"],
    [number(l, "never"), "on the never-list"],
  ];
  const some = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return some.length === 0 ? "-" : some.join(", ");
}

function troubleLines(l: unknown, now: number): string[] {
  const first = text(field(l, "leftOut"), "first");
  const lines = first === "" ? [] : [`${text(l, "name")}: the first that was left out: ${first}`];
  const trouble = field(l, "trouble");
  if (!isTrouble(trouble)) return lines;
  const since = number(l, "since") === 0 ? "" : ` for ${span(now - number(l, "since"))}`;
  return [
    ...lines,
    `${text(l, "name")}: NOT NEW${since}: ${trouble.what} [${trouble.code}]; ${trouble.safe}`,
    trouble.next,
  ];
}

function countryLines(country: unknown, now: number): string[] {
  if (typeof country !== "object" || country === null) return [];
  const deny = list(country, "deny").join(", ");
  const allow = list(country, "allow").join(", ");
  const unknown = `unknown: ${text(country, "unknown")}`;
  const rule =
    allow === "" ? (deny === "" ? "only shown" : `denied: ${deny}; ${unknown}`) : `allowed: ${allow}; ${unknown}`;
  const does = field(country, "enforced") === true ? "in force" : "observed";
  const known = `${text(country, "countries")} countries of ${text(country, "type")}, made ${span(now - number(country, "built"))} ago`;
  const hits = Object.entries(field(country, "hits") ?? {}).map(([code, n]) => `${code} ${n}`);
  const lines = [`countries: ${rule} (${does}); ${number(country, "countries") === 0 ? "NOT READ" : known}`];
  if (hits.length > 0) lines.push(`countries, hits: ${hits.join(", ")}`);
  const trouble = field(country, "trouble");
  if (isTrouble(trouble))
    lines.push(`countries: NOT NEW: ${trouble.what} [${trouble.code}]; ${trouble.safe}`, trouble.next);
  return lines;
}
