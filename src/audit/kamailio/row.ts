import type { Edit, Rule, Severity } from "../../findings/index.ts";
import type { AuditInput } from "../input.ts";
import type { Modparam, Script, Setting } from "./script.ts";
import type { Source } from "./source.ts";
import type { Spot } from "./token.ts";

/** All that a check may look at. */
export interface Site {
  readonly input: AuditInput;
  readonly source: Source;
  readonly script: Script;
  /** The file that Kamailio starts with. */
  readonly main: string;
  /** Says what could not be looked at. */
  readonly miss: (sentence: string) => void;
}

/** What a check says: a finding without what its rule and the folder's name say already. Files are named from the folder. */
export interface Told {
  readonly at: Spot;
  readonly says: string;
  readonly key: string;
  readonly severity?: Severity;
  readonly proof?: readonly string[];
  readonly edits?: readonly Edit[];
}

/** A rule, and the function that looks for it. */
export interface Row {
  readonly rule: Rule;
  readonly check: (site: Site) => readonly Told[];
}

/** The file as a whole, or that something is not in it. */
export function whole(site: Site): Spot {
  return { file: site.main, line: 0 };
}

function lineOf(site: Site, { file, line }: Spot): string | undefined {
  return site.input.files.get(file)?.text.split("\n")[line - 1];
}

/** The line of a setting or parameter with another value; none where the value is not on that line as it is. */
export function changed(site: Site, at: Setting | Modparam, value: string): readonly Edit[] {
  const raw = lineOf(site, at.spot);
  if (raw === undefined || at.spot.file !== at.origin.file || at.spot.line !== at.origin.line) return [];
  const pattern =
    "modules" in at
      ? new RegExp(`^(\\s*modparam\\(\\s*"[^"]*"\\s*,\\s*"${at.name}"\\s*,\\s*)("[^"]*"|[\\w.-]+)(\\s*\\).*)$`)
      : new RegExp(`^(\\s*${at.name}\\s*=\\s*)("[^"]*"|[\\w.-]+)(.*)$`);
  const hit = pattern.exec(raw);
  if (hit === null) return [];
  return [{ file: at.spot.file, line: at.spot.line, count: 1, lines: [`${hit[1]}${value}${hit[3]}`] }];
}

/** A line put before another. */
export function before(at: Spot, ...lines: readonly string[]): readonly Edit[] {
  return at.line === 0 ? [] : [{ file: at.file, line: at.line, count: 0, lines }];
}

/** Where settings stand: the first of them in the main file. */
export function settingsAt(site: Site): Spot {
  const first = site.script.settings.find((s) => s.spot.file === site.main && s.spot.file === s.origin.file);
  return first?.spot ?? whole(site);
}

/** An address that others reach: not loopback, not a path. */
export function isPublic(host: string): boolean {
  return !/^(?:127\.|localhost\b|\[?::1\]?(?:$|[:/]))/.test(host);
}

/** " WITH_AUTH is not defined." for "AUTH", where the script asks for that name and has it not: the stock file works so. */
export function undefinedName(site: Site, feature: string): string {
  const name = `WITH_${feature}`;
  return site.source.asked.has(name) && !site.source.defines.has(name) ? ` ${name} is not defined.` : "";
}
