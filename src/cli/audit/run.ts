import {
  ADVISORY_RULES,
  type AuditInput,
  auditAsterisk,
  auditKamailio,
  FREEPBX_RULES,
  judgeAsterisk,
  judgeFreepbx,
  loadStrength,
  madeByFreepbx,
} from "../../audit/index.ts";
import type { Trouble } from "../../base/index.ts";
import type { Findings } from "../../findings/index.ts";
import { gatherFreepbx } from "./freepbx.ts";
import { installedVersion } from "./release.ts";
import { baseOf, nothingThere, type Source } from "./source.ts";

/** What is to be looked at, and how. */
export interface Wanted {
  /** Kamailio alone; else whatever there is. */
  readonly kamailio: boolean;
  readonly freepbx: boolean;
  /** As it was typed. */
  readonly version: string | undefined;
  readonly now: number;
  /** Of the machine: "/" but in tests. */
  readonly root: string;
}

export interface Audited {
  readonly findings: Findings;
  /** What was handed to the rules, for the patch. */
  readonly inputs: readonly AuditInput[];
  /** Something that is there could not be read: not finding anything means little then. */
  readonly isUnread: boolean;
}

type Part = Pick<Findings, "rules" | "found" | "missing">;

/** All that the rules find in a source. */
export async function auditSource(source: Source, wanted: Wanted): Promise<Audited | Trouble> {
  const asterisk = wanted.kamailio ? undefined : inputOf(source, "asterisk", wanted);
  const kamailio = inputOf(source, "kamailio", wanted);
  const parts: Part[] = [];
  const inputs: AuditInput[] = [];
  if (asterisk !== undefined) {
    const version = wanted.version ?? (source.isLive ? await installedVersion() : undefined);
    const input = version === undefined ? asterisk : { ...asterisk, version };
    inputs.push(input);
    parts.push(auditAsterisk(input, await loadStrength()), advisories(input));
    if (wanted.freepbx || madeByFreepbx(input.files) !== undefined)
      parts.push({ rules: FREEPBX_RULES, ...judgeFreepbx(gatherFreepbx(source, input, wanted.root)) });
  }
  if (kamailio !== undefined) {
    inputs.push(kamailio);
    parts.push(auditKamailio(kamailio));
  }
  if (parts.length === 0) return nothingThere(source);
  const { unread } = source.tree;
  const findings: Findings = {
    job: "audit",
    subject: source.subject,
    rules: parts.flatMap((p) => p.rules),
    found: parts.flatMap((p) => p.found),
    missing: [...new Set([...unread, ...parts.flatMap((p) => p.missing)])],
  };
  return { findings, inputs, isUnread: unread.length > 0 };
}

function advisories(input: AuditInput): Part {
  if (input.version === undefined) {
    const missing = [
      "the version of Asterisk is not known, so its advisories were not looked at: name it with --asterisk-version 22.5.1",
    ];
    return { rules: [], found: [], missing };
  }
  return { rules: ADVISORY_RULES, ...judgeAsterisk(input.version, input.folder, input.now) };
}

/** The files of one phone system, named from its own folder; undefined where there is none. */
function inputOf(source: Source, what: "asterisk" | "kamailio", { now }: Wanted): AuditInput | undefined {
  const base = baseOf(source.tree, what);
  if (base === undefined) return undefined;
  const name = source.name.replace(/(.)\/+$/, "$1");
  if (base === "") return { files: source.tree.files, folder: name, now };
  const files = new Map(
    [...source.tree.files]
      .filter(([path]) => path.startsWith(`${base}/`))
      .map(([path, file]) => [path.slice(base.length + 1), file]),
  );
  return { files, folder: `${name}/${base}`, now };
}
