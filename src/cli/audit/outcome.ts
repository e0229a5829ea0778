import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import {
  baselineOf,
  type Compared,
  compare,
  type Findings,
  jsonReport,
  type Patch,
  patchOf,
  readable,
} from "../../findings/index.ts";
import type { Outcome, Output } from "../perform.ts";
import { fails, textOf, verdict } from "../present.ts";
import { writePrivate } from "../private-file.ts";
import { quoted } from "../trouble.ts";
import type { Options, Read } from "./options.ts";
import type { Audited } from "./run.ts";

/** Shows what was found and writes the files that were asked for; none into `path`, which is what was audited. */
export function outcomeOf(
  audited: Audited,
  path: string,
  options: Options,
  read: Read,
  output: Output,
): Outcome | Trouble {
  const chosen = only(audited.findings, read.only);
  if (isTrouble(chosen)) return chosen;
  const compared = read.baseline === undefined ? undefined : compare(chosen, read.baseline);
  const shown = compared?.fresh ?? chosen;
  const patch = options.fix === undefined ? undefined : patchFor(shown, audited);
  const notes = [...baselineNotes(compared, options.baseline), ...patchNotes(patch, options.fix, audited)];
  const text = textOf(shown, output, notes);
  const failed = writeAll(path, options, { patch, baseline: JSON.stringify(baselineOf(chosen), null, 1), text });
  if (failed !== undefined) return failed;
  const data = { ...jsonReport(shown), ...extras(compared, patch) };
  const exit = exitOf(shown, audited, read);
  if (options.report === undefined) return { data, human: text, exit };
  const told = [`${verdict(shown)}. Written: ${readable(options.report)}`, ...notes].join("\n");
  return { data, human: told, exit };
}

/** These rules alone; USAGE for one that nobody knows. */
function only(findings: Findings, ids: readonly string[]): Findings | Trouble {
  if (ids.length === 0) return findings;
  const unknown = ids.find((id) => !findings.rules.some((r) => r.id === id));
  if (unknown !== undefined) {
    const what = `--only: no rule ${JSON.stringify(unknown)} looks at this`;
    const next = `Take some of: ${findings.rules.map((r) => r.id).join(", ")}`;
    return trouble("USAGE", what, "Nothing was written.", next);
  }
  const isWanted = (id: string): boolean => ids.includes(id);
  return {
    ...findings,
    rules: findings.rules.filter((r) => isWanted(r.id)),
    found: findings.found.filter((f) => isWanted(f.rule)),
  };
}

/** 1 for findings that count, and for files that are there and could not be read: they may hold what was not found. */
function exitOf(shown: Findings, { isUnread }: Audited, { failOn }: Read): number {
  return failOn !== "never" && (isUnread || fails(shown, failOn)) ? 1 : 0;
}

function patchFor(findings: Findings, { inputs }: Audited): Patch {
  const inputWith = (file: string) => inputs.find((i) => file.startsWith(`${i.folder}/`));
  const below = (file: string): string | undefined => {
    const input = inputWith(file);
    return input === undefined ? undefined : file.slice(input.folder.length + 1);
  };
  return patchOf(findings, {
    name: below,
    text: (file) => inputWith(file)?.files.get(below(file) ?? "")?.text,
  });
}

function patchNotes(patch: Patch | undefined, file: string | undefined, { inputs }: Audited): string[] {
  if (patch === undefined || file === undefined) return [];
  const left = patch.left.map((l) => `- ${l}`);
  const rest = left.length === 0 ? [] : [["Not in the patch:", ...left].join("\n")];
  if (patch.text === "") return [`No change can be proposed, so ${readable(file)} was not written.`, ...rest];
  const folder = inputs[0]?.folder ?? ".";
  const what = `Patch: ${readable(file)} (${patch.closes} of the findings, ${patch.files.length} of the files; it holds lines of them, passwords included).`;
  return [
    `${what}\nRead it, then try it: patch -p1 --dry-run -d ${quoted(readable(folder))} < ${quoted(readable(file))}`,
    ...rest,
  ];
}

function baselineNotes(compared: Compared | undefined, file: string | undefined): string[] {
  if (compared === undefined || file === undefined) return [];
  const { known, gone } = compared;
  const head = `Since ${readable(file)}: ${compared.fresh.found.length} new, ${known} known, ${gone.length} gone.`;
  const unsure =
    compared.fresh.missing.length > 0 && gone.length > 0
      ? " (The result is partial: what is gone may not have been looked at.)"
      : "";
  return [[`${head}${unsure}`, ...gone.map((key) => `- gone: ${readable(key)}`)].join("\n")];
}

function extras(compared: Compared | undefined, patch: Patch | undefined): object {
  return {
    ...(compared === undefined ? {} : { baseline: { known: compared.known, gone: compared.gone } }),
    ...(patch === undefined ? {} : { patch: { closes: patch.closes, files: patch.files, left: patch.left } }),
  };
}

interface Texts {
  readonly patch: Patch | undefined;
  readonly baseline: string;
  readonly text: string;
}

function writeAll(audited: string, options: Options, { patch, baseline, text }: Texts): undefined | Trouble {
  const files: [string | undefined, Buffer][] = [
    [patch?.text === "" ? undefined : options.fix, Buffer.from(patch?.text ?? "", "latin1")],
    [options.writeBaseline, Buffer.from(`${baseline}\n`)],
    [options.report, Buffer.from(text.endsWith("\n") ? text : `${text}\n`)],
  ];
  for (const [file, bytes] of files) {
    const failed = file === undefined ? undefined : writePrivate(file, bytes, audited);
    if (failed !== undefined) return failed;
  }
  return undefined;
}
