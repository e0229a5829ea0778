import { doneTo, targetOf } from "./commands/bans.ts";
import { count, field, list, number, span, text } from "./print.ts";

/** What each kind of fact is in words. */
const SEEN: Readonly<Record<string, string>> = {
  wrongPassword: "a wrong password",
  unknownUser: "a user that does not exist",
  decoy: "a decoy was asked for",
  scanner: "the mark of a scanner",
  relay: "a way to elsewhere was tried",
  injection: "characters of an injection",
  malformed: "no sound SIP",
  flood: "too many requests",
  slow: "a connection that said nothing whole",
};

/** Names that are shown of a list. */
const NAMES = 4;

/** One line of a timeline. */
interface Moment {
  readonly at: number;
  readonly line: string;
}

/** What `why` answers, as a story: what holds, by which rule and for how long, how to undo it, what happened when, and the messages. */
export function whyText(data: unknown): string {
  const name = text(data, "name");
  const lines: string[] = [];
  if (field(data, "never") === true)
    lines.push(
      `${name} is on the never-list (this machine, a phone system, a trunk, or [shield] never): it is never kept out.`,
    );
  const standing = list(data, "standing").map(String);
  if (standing.length > 0) lines.push(`Known here: ${few(standing)} used a password from ${name} within a day.`);
  const usedFrom = list(data, "usedFrom").map(String);
  if (usedFrom.length > 0) lines.push(`Used with its password within a day from ${few(usedFrom)}.`);
  if (text(data, "country") !== "") lines.push(`Country: ${text(data, "country")}.`);
  const lists = list(data, "lists").map(String);
  if (lists.length > 0) lines.push(`On the lists: ${lists.join(", ")} (rempart lists).`);
  if (field(data, "refused") === true)
    lines.push(`${name} is kept out for ${lists.length > 0 ? "that" : "its country"}.`);
  const entries = list(data, "entries");
  for (const entry of entries) lines.push(...entryLines(entry, name));
  if (entries.length === 0) lines.push(`Nothing is held against ${name}.`);
  const facts = factsOf(data);
  const moments = [...facts.map(factMoment), ...entries.map(entryMoment)].sort((a, b) => a.at - b.at);
  if (facts.length > 0)
    lines.push("", "What happened:", ...moments.map(({ at, line }) => `  ${moment(at, 23)}  ${line}`));
  // One message may have shown several things.
  const messages = [...new Map(facts.map((fact) => [field(fact, "message"), fact])).values()].filter(
    (fact) => text(fact, "message") !== "",
  );
  if (messages.length > 0) {
    lines.push("", `${messages.length === 1 ? "The message" : "The last messages"}, without credentials:`);
    for (const fact of messages) lines.push("", ...messageLines(fact));
  }
  return lines.join("\n");
}

/** The first names, and how many more there are. */
function few(names: readonly string[]): string {
  const more = names.length - NAMES;
  return more > 0 ? `${names.slice(0, NAMES).join(", ")} and ${more} more` : names.join(", ");
}

function entryLines(entry: unknown, name: string): string[] {
  const strike = number(entry, "strike");
  const again = strike > 1 ? `, for the ${strike}${["", "st", "nd", "rd"][strike] ?? "th"} time` : "";
  const isHeld = field(entry, "enforced") === true;
  const facts = list(entry, "evidence");
  const times = facts.reduce<number>((sum, fact) => sum + number(fact, "times"), 0);
  const proved = facts.length > 0 && facts.every((fact) => field(fact, "proved") === true);
  const counted = `${count(times, "time")} of what is kept, ${proved ? "all proved" : "not all proved"}`;
  return [
    `${targetOf(entry)} ${isHeld ? "is " : ""}${doneTo(entry)}${again}: ${text(entry, "reason")}.`,
    ...(isHeld ? [] : ["  only noted: nobody is kept out by it (observe)"]),
    `  rule     ${text(entry, "because")}`,
    ...(facts.length === 0 ? [] : [`  counted  ${counted}`]),
    `  since    ${moment(number(entry, "since"))}`,
    `  until    ${moment(number(entry, "until"))} (${span(1_000 * number(entry, "left"))} left)`,
    `  undo     rempart bans remove ${text(entry, "source") || text(entry, "account") || name}`,
  ];
}

/** What the bans were decided on, and what was seen last; the same fact once. */
function factsOf(data: unknown): unknown[] {
  const known = new Map<string, unknown>();
  const all = [...list(data, "entries").flatMap((entry) => list(entry, "evidence")), ...list(data, "latest")];
  for (const fact of all) {
    // The wall's time of one moment may come out a millisecond apart.
    const key = `${Math.round(number(fact, "at") / 50)} ${text(fact, "kind")} ${text(fact, "account")} ${text(fact, "reference")}`;
    const old = known.get(key);
    if (old === undefined || text(old, "message") === "") known.set(key, fact);
  }
  return [...known.values()].sort((a, b) => number(a, "at") - number(b, "at"));
}

function factMoment(fact: unknown): Moment {
  const times = number(fact, "times");
  const kind = text(fact, "kind");
  const account = text(fact, "account");
  const parts = [
    `${SEEN[kind] ?? kind}${account === "" ? "" : ` (${account})`}${times > 1 ? `, ${times} times` : ""}`,
    text(fact, "detail"),
    text(fact, "address"),
    `${text(fact, "transport")}, ${field(fact, "proved") === true ? "proved" : "may be forged"}`,
    text(fact, "device"),
    text(fact, "reference"),
  ];
  return { at: number(fact, "at"), line: parts.filter((part) => part !== "").join("  ") };
}

function entryMoment(entry: unknown): Moment {
  return { at: number(entry, "since"), line: `=> ${targetOf(entry)} ${doneTo(entry)}: ${text(entry, "reason")}` };
}

function messageLines(fact: unknown): string[] {
  // Line by line: what is no printable character is shown as "?".
  const message = field(fact, "message");
  const lines = typeof message === "string" ? message.split("\n") : [];
  return lines.map((line) => `  ${text({ line }, "line")}`);
}

/** `end`: 19 for seconds, 23 for milliseconds. */
function moment(ms: number, end = 19): string {
  return `${new Date(ms).toISOString().slice(0, end).replace("T", " ")} UTC`;
}
