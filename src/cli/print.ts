import { isTrouble } from "../base/index.ts";

/** Rows as columns of text, the header above; the last column is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  // No spreading: there may be more rows than a call takes arguments.
  const widths = header.map((_, i) => all.reduce((most, row) => Math.max(most, row[i].length), 0));
  return all
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]))).join("  "))
    .join("\n");
}

/** Names and values, one pair a line, indented by two; a value of several lines hangs below its first. */
export function pairs(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  const hang = " ".repeat(width + 4);
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${value.replaceAll("\n", `\n${hang}`)}`).join("\n");
}

/** Text out of data that came over the control socket; control characters of peers do not reach the terminal. */
export function text(data: unknown, name: string): string {
  const value = field(data, name);
  if (typeof value === "string") return clean(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

export function number(data: unknown, name: string): number {
  const value = field(data, name);
  return typeof value === "number" ? value : 0;
}

export function list(data: unknown, name?: string): readonly unknown[] {
  const value = name === undefined ? data : field(data, name);
  return Array.isArray(value) ? value : [];
}

export function field(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
}

/** "1 account", "2 accounts". */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Cells of one backend as the daemon shows it: name, where, state, for how long, priority, weight, what was met last. */
export function backendRow(b: unknown, now: number): string[] {
  const up = field(b, "up") === true ? "up" : "DOWN";
  const state = field(b, "draining") === true ? `${up}, draining` : up;
  const since = span(now - number(b, "since"));
  return [text(b, "name"), text(b, "at"), state, since, text(b, "priority"), text(b, "weight"), text(b, "last")];
}

/** A line for each certificate of `tls` in a status, and what keeps a newer file from being served. */
export function certificateLines(tls: unknown, now: number): string[] {
  const lines = list(tls, "certificates").map((c) => {
    const signed = field(c, "selfSigned") === true ? "self-signed" : `by ${text(c, "issuer")}`;
    return `${text(c, "domain")}: ${signed}, ${expiryText(number(c, "notAfter"), now)}`;
  });
  for (const each of list(tls, "lists")) {
    const end = expiryText(number(each, "until"), now);
    lines.push(`${text(each, "peer")}: revocation list ${text(each, "file")}, ${end}`);
  }
  for (const each of list(tls, "troubles")) {
    lines.push(`NOT TAKEN: ${text(each, "what")} [${text(each, "code")}]; ${text(each, "safe")}`, text(each, "next"));
  }
  return lines;
}

/** What the authority of certificates said last; nothing where none is asked. */
export function acmeLines(tls: unknown, now: number): string[] {
  const acme = field(tls, "acme");
  if (typeof acme !== "object" || acme === null) return [];
  const names = list(acme, "domains").join(", ");
  if (field(acme, "ordering") === true) return [`an order for ${names} is under way`];
  const next = span(number(acme, "next") - now);
  const trouble = field(acme, "trouble");
  if (!isTrouble(trouble)) return [`${names} by ${text(acme, "directory")}; next look in ${next}`];
  const tries = number(acme, "failures");
  const since = `${span(now - number(acme, "since"))}, ${tries} ${tries === 1 ? "attempt" : "attempts"}`;
  return [
    `NOT ISSUED (${since}): ${trouble.what} [${trouble.code}]`,
    `${trouble.safe}; next attempt in ${next}`,
    trouble.next,
  ];
}

/** "good until 2027-03-01 (90 days)", or that it is past. */
export function expiryText(notAfter: number, now: number): string {
  const days = Math.floor((notAfter - now) / 86_400_000);
  const date = new Date(notAfter).toISOString().slice(0, 10);
  return days < 0 ? `EXPIRED on ${date}` : `good until ${date} (${days} days)`;
}

/** A span of milliseconds in its two largest units. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** A time as people write it, UTC. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Texts of strangers (User-Agent, Contact) may hold escape sequences: what is no printable character is shown as `?`. */
function clean(value: string): string {
  return value.replace(/\p{C}/gu, "?");
}
