import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { type Trouble, trouble } from "../base/index.ts";
import { whyOf } from "./audit/folder.ts";

/**
 * Writes a file that only its owner may read. Never into what is audited, if anything is, and never through a link: AUDIT_TARGET, REPORT_UNWRITABLE.
 */
export function writePrivate(file: string, bytes: Buffer, audited = ""): undefined | Trouble {
  try {
    const where = [audited, ...LIVE].find((folder) => isWithin(file, folder));
    if (where !== undefined) return inside(file, where);
    // A pipe would be waited at; what is there is not emptied before it is looked at.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    const descriptor = openSync(file, flags, 0o600);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return unwritable(file, "it is there, and no file");
      // Its owner could read it whatever its mode is.
      if (stats.uid !== process.getuid?.()) return unwritable(file, "it is there, and belongs to somebody else");
      // One that was there may have been open to others.
      fchmodSync(descriptor, 0o600);
      ftruncateSync(descriptor);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    } finally {
      closeSync(descriptor);
    }
    return undefined;
  } catch (error) {
    return unwritable(file, whyOf(error));
  }
}

function unwritable(file: string, why: string): Trouble {
  return trouble(
    "REPORT_UNWRITABLE",
    `${file} cannot be written: ${why}`,
    "What was looked at was not changed.",
    "Name a file in a folder that you may write to; a link is not followed.",
  );
}

/** Never written to, whatever is audited. */
const LIVE = ["/etc/asterisk", "/etc/kamailio"];

/** Both may have links on their way. */
function isWithin(file: string, audited: string): boolean {
  if (!existsSync(audited)) return false;
  const below = relative(realpathSync(audited), join(realpathSync(dirname(file)), basename(file)));
  return below === "" || (below !== ".." && !below.startsWith("../"));
}

function inside(file: string, audited: string): Trouble {
  return trouble(
    "AUDIT_TARGET",
    `${file} lies in ${audited}, which is only read`,
    "Nothing was written.",
    "Name a file elsewhere, such as ./audit.patch",
  );
}
