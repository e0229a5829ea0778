import { isTrouble } from "../base/index.ts";
import { listsText } from "./commands/lists.ts";
import { field, list, number, span, text } from "./print.ts";

/** "12 kept out, 3 only noted, 40 with standing, 904 packets not let in". */
export function shieldText(shield: unknown): string {
  const book = number(shield, "book");
  const held = number(shield, "held");
  const noted = book - held;
  const parts = [
    `${held} kept out`,
    ...(noted === 0 ? [] : [`${noted} only noted`]),
    `${number(shield, "standing")} with standing`,
    ...(field(shield, "refused") === undefined ? [] : [`${number(shield, "refused")} packets not let in`]),
  ];
  const lost = number(shield, "lost");
  return [...parts, ...(lost === 0 ? [] : [`${lost} facts had no room`])].join(", ");
}

/** Only where any are configured. */
export function listLines(lists: unknown, now: number): [string, string][] {
  const isUsed = list(lists, "lists").length > 0 || field(lists, "country") !== null;
  return isUsed ? [["lists", listsText(lists, now)]] : [];
}

/** Whether the kernel drops what is banned; what is lost where it does not. */
export function kernelText(firewall: unknown, now: number): string {
  const trouble = field(firewall, "trouble");
  if (text(firewall, "backend") === "none")
    return 'not asked for ([firewall] backend = "none"): Rempart drops what is banned itself';
  if (isTrouble(trouble)) {
    const since = span(now - number(firewall, "since"));
    const lost = field(firewall, "drops") === true ? "NOT ENFORCED" : "counts nothing (observe)";
    return `${lost} for ${since}: ${trouble.what} [${trouble.code}]\n${trouble.safe}\n${trouble.next}`;
  }
  if (text(firewall, "state") !== "on") return "is being told";
  const counts = field(firewall, "counts");
  const some = typeof counts === "object" && counts !== null ? Object.keys(counts) : [];
  const told = some.map((name) => `${name} ${number(counts, name)}`).join(", ");
  const does = field(firewall, "drops") === true ? "drops" : "counts only (observe)";
  const lines = [`${text(firewall, "backend")} ${does}: ${told === "" ? "nothing yet" : told}`];
  const changes = number(firewall, "changes");
  if (changes > 0)
    lines.push(
      `somebody else changed our table ${changes} times, and it was put back; last: ${text(firewall, "lastChange")}`,
    );
  const leaks = number(firewall, "leaks");
  if (leaks > 0) lines.push(`${leaks} times a banned source got past it; it was told again`);
  return lines.join("\n");
}
