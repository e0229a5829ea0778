import type { WatchReport } from "../../control/index.ts";
import { kernelText, listLines, shieldText } from "../guarding.ts";
import { field, list, number, pairs, span, text } from "../print.ts";
import { asTyped } from "../trouble.ts";
import { modeText } from "./enforce.ts";

/** What `status` shows where a phone system is watched from beside it. */
export function watchStatus(data: unknown, now: number): string {
  const watch = field(data, "watch");
  const rss = Math.round(number(field(data, "memory"), "rss") / 1_048_576);
  const metrics = text(data, "metrics");
  return pairs([
    ["mode", modeText(field(data, "enforcement"), now)],
    ["shield", shieldText(field(data, "shield"))],
    ["kernel", kernelText(field(data, "firewall"), now)],
    ...listLines(field(data, "lists"), now),
    ["runs for", `${span(now - number(data, "started"))} (process ${text(data, "pid")}, ${rss} MiB)`],
    [
      "reads",
      list(watch, "sources")
        .map((source) => sourceLine(source, now))
        .join("\n"),
    ],
    ["guards", `the ports ${list(watch, "ports").map(String).join(", ")}`],
    ["UDP", EVIDENCE[text(watch, "udpEvidence")] ?? ""],
    ["state", text(data, "state")],
    ...(metrics === "" ? [] : [["metrics", `http://${metrics}/metrics`] as const]),
    ...list(watch, "findings").map((each) => ["LOOK", findingText(each)] as const),
  ]);
}

/** Whether a log cannot be read, or does not say what it should. */
export function isWatchTroubled(data: unknown): boolean {
  const watch = field(data, "watch");
  const unread = list(watch, "sources").some((source) => field(source, "trouble") !== null);
  return unread || list(watch, "findings").length > 0;
}

/** One thing to look at: what it is, what is safe, what to do. */
export function findingText(found: unknown): string {
  return `${text(found, "what")} [${text(found, "code")}]\n${text(found, "safe")}\n${text(found, "next")}`;
}

const EVIDENCE: Readonly<Record<string, string>> = {
  mute: "what may be forged mutes, and bans nobody",
  ban: "what may be forged bans too: watch.udp_evidence says so",
};

function sourceLine(source: unknown, now: number): string {
  const last = number(source, "last");
  const heard = last === 0 ? "none about a caller yet" : `the last about a caller ${span(now - last)} ago`;
  const line = `${text(source, "name")} (${text(source, "format")}): ${number(source, "lines")} lines, ${number(source, "facts")} facts, ${heard}`;
  const trouble = field(source, "trouble");
  return trouble === null || trouble === undefined ? line : `${line}\nNOT READ: ${findingText(trouble)}`;
}

/** What `watch` shows when it has started. */
export function startText(report: WatchReport, file: string | undefined): string {
  const status = pairs([
    ["reads", report.sources.join("\n")],
    ["guards", `the ports ${report.ports.join(", ")}`],
    ["state", report.state],
    ...report.findings.map((found) => ["LOOK", findingText(found)] as const),
  ]);
  const next = pairs([
    ["look inside", asTyped("rempart status", file)],
    ["who is noted", asTyped("rempart bans list", file)],
    ["keep them out", asTyped("rempart enforce on --confirm 5m", file)],
    ["stop", "Ctrl+C"],
  ]);
  return `Rempart watches, mode ${modeText(report.enforcement, Date.now())}.\n\n${status}\n\nNext, in another terminal:\n${next}`;
}
