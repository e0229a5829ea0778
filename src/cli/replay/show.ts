import type { Finding } from "../../replay/index.ts";
import { count, list, number, table, text } from "../print.ts";
import type { Judged, Report } from "./report.ts";

const ROWS = 200;

/** The report for people. With `source` every finding is told at length. */
export function showReport(report: Report, source: string | undefined): string {
  const parts = [readText(report)];
  const { present, judged } = report;
  if (present !== undefined) parts.push(`As it is configured:\n\n${judgedText(present, source)}`);
  parts.push(present === undefined ? judgedText(judged, source) : `With --set:\n\n${judgedText(judged, source)}`);
  if (present !== undefined) parts.push(differenceText(report));
  return parts.join("\n\n");
}

function judgedText({ findings, more }: Judged, source: string | undefined): string {
  if (findings.length === 0)
    return source === undefined ? "Nobody would have been muted or banned." : `Nothing would have befallen ${source}.`;
  if (source !== undefined) return findings.map(story).join("\n\n");
  const rows = findings.slice(0, ROWS).map(row);
  const rest = findings.length - rows.length + more;
  const shown = table(["WHO", "WHAT", "FOR", "FIRST SEEN", "DECIDED", "NOTED", "KEPT OUT", "STANDING"], rows);
  return rest > 0 ? `${shown}\nand ${rest} more: -o json has them` : shown;
}

function row(f: Finding): string[] {
  return [
    who(f),
    what(f),
    f.scenario,
    moment(f.first),
    moment(f.at),
    String(f.noted),
    String(f.keptOut),
    f.never ? "never-list" : list(f, "standing").length === 0 ? "none" : count(f.standing.length, "account"),
  ];
}

function who(f: Finding): string {
  const [source, account, device] = ["source", "account", "device"].map((name) => text(f, name));
  if (source === "") return `account ${account}`;
  if (f.spares) return `those without standing at ${source}`;
  if (account === "") return source;
  return `${account} at ${source}${device === "" ? "" : ` from ${device}`}`;
}

const DONE: Readonly<Record<Finding["action"], string>> = { ban: "banned", mute: "muted", guard: "guarded" };

function what(f: Finding): string {
  if (f.never) return "nothing";
  return f.enforced ? DONE[f.action] : `observed (${DONE[f.action]})`;
}

function story(f: Finding): string {
  const standing = f.standing.length === 0 ? "none" : f.standing.map((name) => text({ name }, "name")).join(", ");
  return [
    `${who(f)}: ${what(f)} for ${f.scenario}${f.times > 1 ? `, ${f.times} times` : ""}.`,
    `  because   ${f.because}`,
    `  proved    ${f.proved ? "yes: it receives at that address" : "no: anybody may have sent it"}`,
    `  first     ${moment(f.first)}`,
    `  decided   ${moment(f.at)}`,
    `  standing  ${f.never ? "on the never-list; " : ""}${standing}`,
    `  spared    ${count(f.keptOut, "message")} after it would not have got in`,
    "  evidence",
    ...f.evidence.map(factLine),
  ].join("\n");
}

function factLine(fact: unknown): string {
  const times = number(fact, "times");
  const named = ["kind", "transport", "address", "account", "detail", "device", "reference"].map((n) => text(fact, n));
  const proof = text(fact, "proved") === "true" ? "proved" : "not proved";
  const [kind, ...rest] = named;
  const parts = [moment(number(fact, "at")), kind, proof, ...rest, times > 1 ? `${times} times` : ""];
  return `    ${parts.filter((part) => part !== "").join("  ")}`;
}

function differenceText({ added, gone }: Report): string {
  if (added.length === 0 && gone.length === 0) return "--set changes nothing for anybody here.";
  const lines = [...added.map((name) => `+ ${name}`), ...gone.map((name) => `- ${name}`)];
  return `What --set changes:\n${lines.map((name) => text({ name }, "name")).join("\n")}`;
}

/** What was read, and what could not be. */
function readText({ files, servers, serversGuessed, read, unknownLinks, from, to }: Report): string {
  const lines = files.map((f) => {
    const size = `${Math.ceil(f.bytes / 1_024)} KiB`;
    const end = f.damage === undefined ? "" : `; read up to byte ${f.damage.at}: ${f.damage.why}`;
    return `${text(f, "name")}: ${f.kind}, ${size}${end}`;
  });
  if (to > 0) lines.push(`from ${moment(from)} to ${moment(to)}`);
  if (read.packets > 0) {
    lines.push(
      `${count(read.packets, "packet")}, ${count(read.messages, "SIP message")}${notRead(read, unknownLinks)}`,
    );
    const at = servers.map((end) => end.replace(" ", " port ")).join(", ");
    const how = serversGuessed ? " (found; say it with --server when it is another)" : "";
    lines.push(at === "" ? "no server was found: name it with --server" : `callers of ${at}${how}`);
  }
  if (read.lines > 0) lines.push(`${count(read.lines, "line")}, ${read.understood} about callers`);
  if (read.timeless > 0) lines.push(`${read.timeless} whose time makes no sense: that of the one before was taken`);
  if (read.older > 0)
    lines.push(`${read.older} older than what was read before: name the files from the oldest to the newest`);
  return lines.join("\n");
}

const NOT_READ: readonly (readonly [string, string])[] = [
  ["notSip", "not SIP"],
  ["elsewhere", "not to or from the server"],
  ["tls", "TLS connections that nobody can read"],
  ["webSocket", "WebSocket connections that are not read"],
  ["cut", "cut off by the snapshot length"],
  ["incomplete", "packets of which a part is missing"],
  ["gaps", "gaps in streams"],
  ["damaged", "damaged packets"],
  ["notIp", "packets that are not IP"],
];

function notRead(read: Report["read"], links: readonly number[]): string {
  const parts = NOT_READ.filter(([name]) => read[name] > 0).map(([name, words]) => `; ${read[name]} ${words}`);
  return parts.join("") + (links.length === 0 ? "" : ` (of link types that are not read: ${links.join(", ")})`);
}

function moment(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? "?" : at.toISOString().slice(0, 19).replace("T", " ");
}
