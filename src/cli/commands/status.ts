import type { Command } from "commander";
import { hostPort, isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { backendRow, field, list, number, pairs, span, text } from "../print.ts";

/** `rempart status`: what the running daemon does; exit code 1 when it cannot store or not read foreign accounts, 3 when there is none. */
export function status(parent: Command): void {
  parent
    .command("status")
    .description("Show what the running daemon does")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "status", {});
        if (isTrouble(data)) return data;
        const stuck = ["store", "foreign"].some((part) => isTrouble(field(field(data, part), "trouble")));
        return { data, human: statusText(data, Date.now()), exit: stuck ? 1 : 0 };
      }),
    );
}

function statusText(data: unknown, now: number): string {
  const started = number(data, "started");
  const rss = Math.round(number(field(data, "memory"), "rss") / 1_048_576);
  const udp = field(data, "udp");
  const lost = number(udp, "kernelDrops") + number(udp, "sendDrops");
  const lines: [string, string][] = [
    ["mode", text(data, "mode")],
    ["runs for", `${span(now - started)} (process ${text(data, "pid")}, ${rss} MiB)`],
    ["listens", listenersText(list(data, "listeners"))],
    ["domains", list(data, "domains").join(", ")],
    ["state", text(data, "state")],
    ["accounts", text(data, "accounts")],
    ...foreignLines(field(data, "foreign"), now),
    ["registrations", text(data, "registrations")],
    ["connections", text(data, "connections")],
    ...backendLines(list(data, "backends"), now),
    ["transactions", text(field(data, "transactions"), "live")],
    ["lost datagrams", String(lost)],
    ["store", storeText(field(data, "store"), now)],
  ];
  const counters = field(data, "counters");
  if (typeof counters === "object" && counters !== null) {
    const counted = Object.entries(counters).filter(([, n]) => n !== 0);
    if (counted.length > 0) lines.push(["counted", counted.map(([name, n]) => `${name} ${n}`).join("\n")]);
  }
  return pairs(lines);
}

function foreignLines(foreign: unknown, now: number): [string, string][] {
  if (typeof foreign !== "object" || foreign === null) return [];
  const trouble = field(foreign, "trouble");
  const lines = [`${text(foreign, "accounts")} in ${text(foreign, "source")}`];
  if (isTrouble(trouble)) {
    lines.push(`NOT READ for ${span(now - number(foreign, "since"))}: ${trouble.what} [${trouble.code}]`);
    lines.push(...(trouble.details ?? []).slice(1).map((more) => `also missing: ${more}`));
    lines.push("the accounts read last serve", trouble.next);
  }
  const [faults, lacking] = [number(foreign, "faults"), number(foreign, "lacking")];
  const told = list(foreign, "told");
  if (faults > 0)
    lines.push(
      `${faults} rows left out: ${faults > told.length ? "the first of them" : "these"}`,
      ...told.map((_, i) => `  ${text(told, String(i))}`),
    );
  if (lacking > 0)
    lines.push(`${lacking} have no hash for the algorithm that is offered first: docs/accounts-realtime.md`);
  return [["foreign accounts", lines.join("\n")]];
}

function backendLines(backends: readonly unknown[], now: number): [string, string][] {
  if (backends.length === 0) return [];
  const lines = backends.map((b) => {
    const [name, at, state, since] = backendRow(b, now);
    return `${name} at ${at}: ${state} for ${since}`;
  });
  return [["backends", lines.join("\n")]];
}

/** "udp 0.0.0.0:5060 (batch)", one a line. */
export function listenersText(listeners: readonly unknown[]): string {
  const lines = listeners.map((l) => {
    const adapter = text(l, "adapter");
    const end = hostPort(text(l, "address"), number(l, "port"));
    return `${text(l, "transport")} ${end}${adapter === "" ? "" : ` (${adapter})`}`;
  });
  return lines.join("\n");
}

function storeText(store: unknown, now: number): string {
  const trouble = field(store, "trouble");
  const pending = number(store, "pending");
  if (!isTrouble(trouble)) return pending === 0 ? "all is written" : `${pending} changes wait to be written`;
  const since = span(now - number(store, "since"));
  return `NOT WRITTEN for ${since}: ${trouble.what} [${trouble.code}]\n${pending} changes wait; calls go on\n${trouble.next}`;
}
