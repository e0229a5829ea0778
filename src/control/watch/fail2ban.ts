import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Trouble, trouble } from "../../base/index.ts";
import { type Fail2banFile, type Ini, type Jail, jailsOf, readJails } from "../../watch/index.ts";

/** Bytes of one file, and how long its client may take to answer, ms. */
const LARGEST = 1_048_576;
const PATIENCE = 3_000;

/** fail2ban's files of a folder such as /etc/fail2ban, in its order; undefined where there are none. */
export function readFail2ban(folder: string): { readonly ini: Ini; readonly files: readonly string[] } | undefined {
  const more = (ending: string): string[] => list(join(folder, "jail.d"), ending).map((name) => join("jail.d", name));
  const names = ["jail.conf", ...more(".conf"), "jail.local", ...more(".local")];
  const files = names.flatMap((name): Fail2banFile[] => {
    const text = read(join(folder, name));
    return text === undefined ? [] : [{ name, text }];
  });
  if (files.length === 0) return undefined;
  // What is included lies beside.
  const open = (name: string): string | undefined => read(join(folder, basename(name)));
  return { ini: readJails(files, open), files: files.map(({ name }) => join(folder, name)) };
}

/** A fail2ban that runs and guards a phone system too; undefined: none was found. */
export async function findFail2ban(
  folder = "/etc/fail2ban",
  proc = "/proc",
  ask = runningJails,
): Promise<Trouble | undefined> {
  if (!runs(proc)) return undefined;
  const jails = jailsOf(readFail2ban(folder)?.ini ?? readJails([], () => undefined));
  const named = await ask();
  const guards =
    named === undefined
      ? jails.filter((j) => j.enabled).map((j) => j.name)
      : named.filter((name) => isPhone(name, jails));
  if (guards.length === 0) return undefined;
  const how = named === undefined ? "its files say so" : "it says so itself";
  const what = `fail2ban runs and guards this phone system as well (${guards.join(", ")}; ${how})`;
  const safe =
    "Both go on. Its bans are not in our book: `why` and `bans undo` do not know them, and it bans on addresses that may be forged.";
  const next = `Take its settings over: rempart watch import ${join(folder, "jail.local")}; then stop that jail: fail2ban-client stop ${guards[0]}`;
  return trouble("WATCH_FAIL2BAN", what, safe, next);
}

function isPhone(name: string, jails: readonly Jail[]): boolean {
  return jails.some((j) => j.name === name) || /asterisk|freeswitch|kamailio/i.test(name);
}

/** Is there a process of that name? The kernel keeps 15 characters of it. */
function runs(proc: string): boolean {
  return list(proc, "").some(
    (name) => /^\d+$/.test(name) && read(join(proc, name, "comm"))?.trim() === "fail2ban-server",
  );
}

/** What its client says; undefined when that may not be asked. */
async function runningJails(): Promise<string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)("fail2ban-client", ["status"], {
      timeout: PATIENCE,
      maxBuffer: LARGEST,
    });
    const jails = /Jail list:\s*(.*)$/m.exec(stdout)?.[1];
    return jails?.split(/[\s,]+/).filter((name) => name !== "");
  } catch {
    return undefined;
  }
}

function list(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8");
    return text.length > LARGEST ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The folder of fail2ban that a file of it stands in. */
export function fail2banFolder(file: string): string {
  const folder = dirname(file);
  return basename(folder) === "jail.d" ? dirname(folder) : folder;
}
