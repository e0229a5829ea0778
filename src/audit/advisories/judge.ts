import type { Finding, Rule, Severity } from "../../findings/index.ts";
import { ASTERISK_ADVISORIES, END_OF_LIFE } from "./asterisk.ts";
import { type Advisory, type Affected, affectedBy } from "./match.ts";
import { readVersion, type Version, versionText } from "./version.ts";

export const ADVISORY_RULES: readonly Rule[] = [
  {
    id: "asterisk-advisory",
    severity: "high",
    title: "This version of Asterisk has holes that are known and mended",
    why: "What they are is public, and so are programs that use some of them. The configuration cannot close them all.",
    fix: "Update Asterisk to the newest release of its line. Where that cannot be soon: unload what an advisory names, and let only known addresses reach it.",
    see: ["[front] register"],
  },
  {
    id: "asterisk-unsupported",
    severity: "high",
    title: "This line of Asterisk gets no security releases any more",
    why: "Holes that are found now are not mended in it, and nobody says whether it has them.",
    fix: "Plan the move to a line that is supported (20, 22 or 23); until then let only known addresses reach it.",
    see: ["[front] register"],
  },
];

/** One step milder. */
const MILDER: Readonly<Record<Severity, Severity>> = {
  critical: "high",
  high: "medium",
  medium: "low",
  low: "note",
  note: "note",
};

/** What is known of this version of Asterisk. `place`: where findings about all of it stand; `now` in milliseconds since 1970. */
export function judgeAsterisk(text: string, place: string, now: number): { found: Finding[]; missing: string[] } {
  const version = readVersion(text);
  if (version === undefined) {
    return { found: [], missing: [`${text}: no version of Asterisk, so its advisories were not looked at`] };
  }
  const found: Finding[] = [];
  const ended = endOf(version);
  if (ended !== undefined && Date.parse(ended) < now) {
    found.push({
      rule: "asterisk-unsupported",
      place: { file: place, line: 0 },
      says: `Asterisk ${versionText(version)}: the last day of security releases for ${version.numbers[0]} was ${ended}`,
      key: `asterisk/${version.numbers[0]}`,
      proof: ["https://docs.asterisk.org/About-the-Project/Asterisk-Versions/"],
      edits: [],
    });
  }
  for (const advisory of ASTERISK_ADVISORIES) {
    const affected = affectedBy(version, advisory);
    if (affected !== undefined) found.push(toFinding(advisory, affected, version, place));
  }
  return { found, missing: [] };
}

/** Certified branches live longer than the line they come from: of them only the old ones are known to have ended. */
function endOf({ numbers, certified }: Version): string | undefined {
  return certified !== undefined && numbers[0] > 16 ? undefined : END_OF_LIFE[numbers[0]];
}

function toFinding(advisory: Advisory, affected: Affected, version: Version, place: string): Finding {
  const { isRepackaged } = version;
  const hedge = isRepackaged ? " The distribution may have mended it in its own package: see its changelog." : "";
  return {
    rule: "asterisk-advisory",
    severity: isRepackaged ? MILDER[advisory.severity] : advisory.severity,
    place: { file: place, line: 0 },
    says: `${advisoryText(advisory, affected, `Asterisk ${versionText(version)}`)}${hedge}`,
    key: `asterisk/${advisory.id}`,
    proof: [advisory.url],
    edits: [],
  };
}

/** An advisory in one sentence: what it is, what it needs, where it is mended. */
export function advisoryText(advisory: Advisory, { to, after }: Affected, what: string): string {
  const name = advisory.cve === undefined ? advisory.id : `${advisory.id} (${advisory.cve})`;
  const needs = advisory.needs === undefined ? "" : `, where there is ${advisory.needs}`;
  const mended = to === undefined ? `mended after ${after}` : `mended in ${to}`;
  return `${name}: ${advisory.title}${needs}; ${what}, ${mended}.`;
}
