import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { type Baseline, readBaseline, type Severity } from "../../findings/index.ts";
import { readText } from "../input.ts";
import { readFailOn } from "../present.ts";
import { isFreepbxHere } from "./freepbx.ts";

/** The words of `rempart audit` as they were typed. */
export interface Options {
  readonly freepbx?: true;
  readonly kamailio?: true;
  readonly asteriskVersion?: string;
  readonly only?: string;
  readonly failOn?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly fix?: string;
  readonly report?: string;
}

/** The same, understood. */
export interface Read {
  /** Empty: all. */
  readonly only: readonly string[];
  readonly failOn: Severity | "never";
  readonly baseline: Baseline | undefined;
}

const NOTHING = "Nothing was read and nothing written.";

/** What can be said before anything is read: USAGE, USAGE_FILE, USAGE_BASELINE, AUDIT_NO_FREEPBX. */
export async function readOptions(path: string | undefined, options: Options): Promise<Read | Trouble> {
  const failOn = readFailOn("audit", options.failOn);
  if (isTrouble(failOn)) return failOn;
  if (options.asteriskVersion !== undefined && !/\d+\.\d+/.test(options.asteriskVersion)) {
    const what = `--asterisk-version: found ${JSON.stringify(options.asteriskVersion)}, expected a version such as 22.5.1 or 20.7-cert5`;
    return trouble("USAGE", what, NOTHING, "Ask it: asterisk -V");
  }
  if (options.freepbx === true && path === undefined && !isFreepbxHere("/")) {
    const what = "no FreePBX was found on this machine: neither /var/www/html/admin nor /etc/freepbx.conf";
    return trouble(
      "AUDIT_NO_FREEPBX",
      what,
      NOTHING,
      "Leave out --freepbx, or name a copy of the machine: rempart audit PATH --freepbx",
    );
  }
  const baseline = options.baseline === undefined ? undefined : await baselineIn(options.baseline);
  if (isTrouble(baseline)) return baseline;
  const only = (options.only ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  return { only, failOn, baseline };
}

async function baselineIn(file: string): Promise<Baseline | Trouble> {
  const text = await readText(file);
  const next = "Write one first: rempart audit --write-baseline FILE";
  if (isTrouble(text)) return { ...text, safe: NOTHING, next };
  return readBaseline(text) ?? trouble("USAGE_BASELINE", `${file} is no baseline of rempart audit`, NOTHING, next);
}
