import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { field, list, number, span, text } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { doneTo, targetOf } from "./bans.ts";

/** `rempart why ADDRESS|ACCOUNT`: what the shield knows, what it decided, and how to take it back. */
export function why(parent: Command): void {
  parent
    .command("why")
    .description("Why somebody is kept out, or is not")
    .argument("<who>", "an address, or an account: user, or user@domain")
    .action((name: string, _options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "why", { name });
        if (isTrouble(data)) return data;
        const { config } = command.optsWithGlobals<{ config?: string }>();
        return { data, human: asTyped(story(data), config) };
      }),
    );
}

function story(data: unknown): string {
  const name = text(data, "name");
  const lines: string[] = [];
  if (field(data, "never") === true) lines.push(`${name} is on the never-list: it is never kept out.`);
  const standing = list(data, "standing").map(String);
  if (standing.length > 0) lines.push(`Known here: ${standing.join(", ")} used a password from ${name} within a day.`);
  if (text(data, "country") !== "") lines.push(`Country: ${text(data, "country")}.`);
  const lists = list(data, "lists").map(String);
  if (lists.length > 0) lines.push(`On the lists: ${lists.join(", ")}.`);
  if (field(data, "refused") === true)
    lines.push(`${name} is kept out for ${lists.length > 0 ? "that" : "its country"}.`);
  for (const entry of list(data, "entries")) lines.push(...entryLines(entry, name));
  if (list(data, "entries").length === 0) lines.push(`Nothing is held against ${name}.`);
  const latest = list(data, "latest");
  if (latest.length > 0) lines.push("", "Seen last:", ...latest.map(factLine));
  return lines.join("\n");
}

function entryLines(entry: unknown, name: string): string[] {
  const strike = number(entry, "strike");
  const again = strike > 1 ? `, for the ${strike}${["", "st", "nd", "rd"][strike] ?? "th"} time` : "";
  const lines = [
    `${targetOf(entry)} ${isNow(entry)} ${doneTo(entry)}${again}: ${text(entry, "reason")}.`,
    `  because  ${text(entry, "because")}`,
    `  since    ${moment(number(entry, "since"))}, ${span(1_000 * number(entry, "left"))} left`,
    `  undo     rempart bans remove ${text(entry, "source") || text(entry, "account") || name}`,
  ];
  const evidence = list(entry, "evidence");
  if (evidence.length > 0) lines.push("  evidence", ...evidence.map((fact) => `  ${factLine(fact)}`));
  return lines;
}

function isNow(entry: unknown): string {
  return field(entry, "enforced") === true ? "is" : "(observe)";
}

function factLine(fact: unknown): string {
  const times = number(fact, "times");
  const parts = [
    moment(number(fact, "at")),
    text(fact, "kind"),
    field(fact, "proved") === true ? "proved" : "not proved",
    text(fact, "transport"),
    text(fact, "account"),
    text(fact, "detail"),
    text(fact, "device"),
    text(fact, "reference"),
    times > 1 ? `${times} times` : "",
  ];
  return `  ${parts.filter((part) => part !== "").join("  ")}`;
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
