import { hostPort } from "../../base/index.ts";
import { reachOf } from "../pbx/reach.ts";
import { pairs, text } from "../print.ts";
import type { Door, Found } from "./find.ts";

/** So many names are shown of each kind. */
const SHOWN = 12;
const REACH = {
  machine: "this machine alone",
  network: "its private network",
  world: "open to the world, unless a firewall keeps it",
} as const;

/** What was found, for a person; names and versions come from others and are cleaned. */
export function reportOf(found: Found): string {
  const { site } = found;
  const lines: [string, string][] = [["phone system", found.version]];
  if (site !== undefined) lines.push(["files", site.folder]);
  lines.push(["SIP", found.doors.map(doorLine).join("\n") || "no socket in its files, none that answers"]);
  const allow = found.doors.map((d) => d.answer?.allow).find((a) => a);
  if (allow) lines.push(["allows", allow]);
  if (site !== undefined) {
    lines.push(["phones", names(site.phones)], ["trunks", names(site.trunks)]);
    if (site.realtime.length > 0) lines.push(["in a database", `${site.realtime.join(", ")}: not counted here`]);
    lines.push(["by address", site.acl ? "it refuses addresses (acl, deny)" : "it takes SIP from every address"]);
    if (site.faults.length > 0) lines.push(["not understood", site.faults.slice(0, SHOWN).join("\n")]);
  }
  const clean = lines.map(([name, value]) => [name, value.split("\n").map(cleaned).join("\n")] as const);
  return `Found:\n${pairs(clean)}`;
}

function doorLine(d: Door): string {
  const at = `${d.transport} ${hostPort(d.address, d.port)}`;
  const asked = d.transport === "ws" || d.transport === "wss" ? "" : ", no answer to OPTIONS";
  const answer = d.answer === undefined ? asked : `, answers ${d.answer.status} in ${d.answer.ms} ms`;
  return `${at}: ${REACH[reachOf(d.address)]}${answer}`;
}

function names(all: readonly string[]): string {
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return all.length === 0 ? "0" : `${all.length}: ${all.slice(0, SHOWN).join(", ")}${more}`;
}

function cleaned(value: string): string {
  return text({ value }, "value");
}
