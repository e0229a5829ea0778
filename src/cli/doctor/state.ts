import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isTrouble } from "../../base/index.ts";
import { type Config, realmOf } from "../../config/index.ts";
import { inspectStore } from "../../store/index.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** The state folder: writable by us, readable by nobody else. */
export function stateFolder(config: Config): Finding {
  const { state } = config;
  if (!existsSync(state)) {
    const parent = existing(dirname(state));
    return mayWrite(parent)
      ? ok("state", `${state} will be made at the first start`)
      : fail("state", `${state} is not there, and this user may not write to ${parent}`, `install -d -m 700 ${state}`);
  }
  const stats = statSync(state);
  if (!stats.isDirectory()) return fail("state", `${state} is no folder`, `ls -l ${state}`);
  if (!mayWrite(state)) return fail("state", `this user may not write to ${state}`, `ls -ld ${state}`);
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    return warn("state", `${state} is open to other users (mode ${mode.toString(8)})`, `chmod 700 ${state}`);
  }
  return ok("state", `${state}, ours alone`);
}

/** The database from end to end, and whether its accounts still fit the configuration. */
export function database(config: Config): Finding {
  const found = inspectStore(config.state);
  if (isTrouble(found)) return fail("database", found.what, found.next);
  if (!found) return ok("database", "none yet");
  if ((statSync(found.file).mode & 0o077) !== 0) {
    return warn("database", `${found.file} is open to other users`, `chmod 600 ${found.file}`);
  }
  const { domains } = config.sip;
  const foreign = found.realms.find((r) => !domains.includes(r.domain));
  if (foreign) {
    const what = `${foreign.accounts} accounts are of ${foreign.domain}, which is not among the own domains`;
    return warn("database", what, `rempart config show (add "${foreign.domain}" to sip.domains)`);
  }
  const stale = found.realms.find((r) => realmOf(config, r.domain) !== r.realm);
  if (stale) {
    const what = `${stale.accounts} accounts of ${stale.domain} were made for the realm "${stale.realm}": they cannot log in`;
    return fail("database", what, `rempart config show (set sip.realm back, or give each a new password)`);
  }
  const accounts = found.realms.reduce((sum, r) => sum + r.accounts, 0);
  return ok("database", `${found.file} is whole, accounts: ${accounts}`);
}

function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
