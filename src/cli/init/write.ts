import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { loadConfig } from "../../config/index.ts";

/** Writes a configuration whole or not at all, for this user alone, and only what `config check` accepts. */
export function writeConfig(file: string, text: string, force: boolean): Trouble | undefined {
  const fresh = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: "wx" });
    const loaded = loadConfig(fresh);
    if (isTrouble(loaded)) return refused(loaded, basename(fresh), basename(file));
    if (force) renameSync(fresh, file);
    // A link fails where a name is taken: nobody else's file is overwritten, not even one that came this moment.
    else linkSync(fresh, file);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return code === "EEXIST" ? exists(file) : unwritable(file, code);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** What was put together is not valid: the domain, or what stands in conf.d beside the file. */
function refused(t: Trouble, fresh: string, file: string): Trouble {
  const details = (t.details ?? []).map((line) => line.replace(fresh, file));
  const next = "Correct --domain, or what conf.d beside that file says, then again: rempart init";
  return trouble(t.code, t.what.replace(fresh, file), "Nothing was written.", next, details);
}

export function exists(file: string): Trouble {
  return trouble(
    "INIT_EXISTS",
    `${file} is there already`,
    "It is as it was; nothing was written.",
    "Name another file (rempart --config FILE init), or overwrite this one: --force",
  );
}

function unwritable(file: string, code: string): Trouble {
  const safe = "Nothing was written.";
  return trouble("INIT_UNWRITABLE", `${file} cannot be written (${code})`, safe, "Name another file: --config FILE");
}
