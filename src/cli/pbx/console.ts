import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Asterisk's own program; asked where it is in the path and this user may. */
const ASTERISK = "asterisk";
const PATIENCE = 3_000;

/** "Asterisk 22.10.1" of the one that runs with the files of `folder`, else of the program; undefined when neither says. */
export function asteriskVersion(folder: string): string | undefined {
  const file = join(folder, "asterisk.conf");
  const named = existsSync(file) ? ["-C", file] : [];
  const said = ask([...named, "-rx", "core show version"]) ?? ask(["-V"]);
  return said && /Asterisk [\w.+~-]+/.exec(said)?.[0];
}

function ask(words: readonly string[]): string | undefined {
  const asked = spawnSync(ASTERISK, words, {
    encoding: "utf8",
    timeout: PATIENCE,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return asked.status === 0 && asked.stdout.trim() !== "" ? asked.stdout : undefined;
}
