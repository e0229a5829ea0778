import type { Command } from "commander";
import { hostPort, isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { kernelText, listLines, shieldText } from "../guarding.ts";
import { perform } from "../perform.ts";
import { acmeLines, backendRow, certificateLines, field, list, number, pairs, span, text } from "../print.ts";
import { modeText } from "./enforce.ts";
import { hasTrouble } from "./lists.ts";
import { isWatchTroubled, watchStatus } from "./watch-status.ts";

/**
 * `rempart status`: what the running daemon does; exit code 1 when it cannot store, cannot read foreign accounts, the kernel does not enforce what it should or a certificate is not
 * as it should be, 3 when there is none.
 */
export function status(parent: Command): void {
  parent
    .command("status")
    .description("Show what the running daemon does")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "status", {});
        if (isTrouble(data)) return data;
        const stuck = ["store", "foreign"].some((part) => isTrouble(field(field(data, part), "trouble")));
        const now = Date.now();
        const tls = field(data, "tls");
        const stale = list(tls, "lists").some((l) => number(l, "until") < now);
        const expired = stale || list(tls, "certificates").some((c) => number(c, "notAfter") < now);
        const unissued = isTrouble(field(field(tls, "acme"), "trouble"));
        const enforces = text(field(data, "enforcement"), "mode") === "enforce";
        const unguarded = enforces && isTrouble(field(field(data, "firewall"), "trouble"));
        const unlisted = hasTrouble(field(data, "lists"));
        const look =
          isWatchTroubled(data) ||
          unguarded ||
          unlisted ||
          stuck ||
          unissued ||
          expired ||
          list(tls, "troubles").length > 0;
        return { data, human: statusText(data, now), exit: look ? 1 : 0 };
      }),
    );
}

function statusText(data: unknown, now: number): string {
  if (field(data, "watch") !== undefined) return watchStatus(data, now);
  const started = number(data, "started");
  const rss = Math.round(number(field(data, "memory"), "rss") / 1_048_576);
  const udp = field(data, "udp");
  const lost = number(udp, "kernelDrops") + number(udp, "sendDrops");
  const lines: [string, string][] = [
    ["mode", modeText(field(data, "enforcement"), now)],
    ["shield", shieldText(field(data, "shield"))],
    ["kernel", kernelText(field(data, "firewall"), now)],
    ...listLines(field(data, "lists"), now),
    ["runs for", `${span(now - started)} (process ${text(data, "pid")}, ${rss} MiB)`],
    ["listens", listenersText(list(data, "listeners"))],
    ["domains", list(data, "domains").join(", ")],
    ["state", text(data, "state")],
    ["accounts", text(data, "accounts")],
    ...foreignLines(field(data, "foreign"), now),
    ["registrations", text(data, "registrations")],
    ["connections", text(data, "connections")],
    ...certificateRows(field(data, "tls"), now),
    ...backendLines(list(data, "backends"), now),
    ...mirrorLine(field(data, "mirror")),
    ["transactions", text(field(data, "transactions"), "live")],
    ["lost datagrams", String(lost)],
    ["store", storeText(field(data, "store"), now)],
    ...(text(data, "metrics") === ""
      ? []
      : [["metrics", `http://${text(data, "metrics")}/metrics`] satisfies [string, string]]),
  ];
  lines.push(...counted("counted", field(data, "counters")), ...counted("not let in", field(data, "doors")));
  return pairs(lines);
}

/** Those that are not 0, one a line; no row when all are. */
function counted(title: string, counts: unknown): [string, string][] {
  if (typeof counts !== "object" || counts === null) return [];
  const some = Object.entries(counts).filter(([, n]) => n !== 0);
  return some.length === 0 ? [] : [[title, some.map(([name, n]) => `${name} ${n}`).join("\n")]];
}

function certificateRows(tls: unknown, now: number): [string, string][] {
  const lines = certificateLines(tls, now);
  const acme = acmeLines(tls, now);
  return [
    ...(lines.length === 0 ? [] : [["certificates", lines.join("\n")] satisfies [string, string]]),
    ...(acme.length === 0 ? [] : [["authority", acme.join("\n")] satisfies [string, string]]),
  ];
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

/** Only where phone systems are told who is registered. */
function mirrorLine(mirror: unknown): [string, string][] {
  if (typeof mirror !== "object" || mirror === null) return [];
  const refused = number(mirror, "refused");
  const told = `${number(mirror, "registered")} of ${number(mirror, "users")} users are registered at their phone system`;
  return [["mirrored", refused === 0 ? told : `${told}\n${refused} refusals, the last by ${text(mirror, "last")}`]];
}

/** "udp 0.0.0.0:5060 (batch)", one a line. */
export function listenersText(listeners: readonly unknown[]): string {
  const lines = listeners.map((l) => {
    const adapter = text(l, "adapter");
    const end = hostPort(text(l, "address"), number(l, "port"));
    const side = text(l, "side") === "private" ? ", for backends" : "";
    return `${text(l, "transport")} ${end}${adapter === "" ? "" : ` (${adapter})`}${side}`;
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
