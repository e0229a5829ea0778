import type { Section, Setting } from "../../asterisk/index.ts";
import type { Edit } from "../../findings/index.ts";
import type { Site } from "./site.ts";

/** The line of a setting with another value; what stands around it stays. */
export function changed(site: Site, setting: Setting, value: string): readonly Edit[] {
  const raw = site.line(setting.file, setting.line);
  const equals = raw?.indexOf("=") ?? -1;
  if (raw === undefined || equals < 0) return [];
  const begins = raw.slice(equals).search(/[^=>\s]/);
  const from = begins < 0 ? raw.length : equals + begins;
  const comment = raw.slice(from).search(/\s*(?<!\\);/);
  const rest = comment < 0 ? "" : raw.slice(from + comment);
  return [{ file: setting.file, line: setting.line, count: 1, lines: [`${raw.slice(0, from)}${value}${rest}`] }];
}

/** A line below the head of a section. */
export function added(section: Section, line: string): readonly Edit[] {
  return [{ file: section.file, line: section.line + 1, count: 0, lines: [line] }];
}

/** The setting changed where there is one, else a line below the head of the section. */
export function set(
  site: Site,
  section: Section | undefined,
  setting: Setting | undefined,
  key: string,
  value: string,
): readonly Edit[] {
  if (setting !== undefined) return changed(site, setting, value);
  return section === undefined ? [] : added(section, `${key} = ${value}`);
}

/** The line as a comment. Not for lines that hold a secret. */
export function disabled(site: Site, setting: Setting): readonly Edit[] {
  const raw = site.line(setting.file, setting.line);
  return raw === undefined ? [] : [{ file: setting.file, line: setting.line, count: 1, lines: [`;${raw}`] }];
}

/** The line taken out, with its name left behind: what else stands on it may be nobody's to see. */
export function without(setting: Setting): readonly Edit[] {
  return [{ file: setting.file, line: setting.line, count: 1, lines: [`; ${setting.key}: taken out`] }];
}
