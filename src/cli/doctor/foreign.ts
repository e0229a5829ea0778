import { readFileSync, statSync } from "node:fs";
import { isTrouble, trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import { type Finding, fail, ok } from "./finding.ts";

const PATIENCE = 5_000;

/** Whether the database of [accounts] answers, and has the tables. */
export async function foreignAccounts(config: Config): Promise<Finding> {
  if (config.accounts === undefined) return ok("accounts", "Rempart's own alone");
  const { accountPolicy, foreignSource } = await import("../../accounts/index.ts");
  const source = foreignSource(config.accounts, accountPolicy(config));
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof late>>();
  const timer = setTimeout(() => resolve(late(source.name)), PATIENCE);
  const said = await Promise.race([source.marker(), promise]);
  clearTimeout(timer);
  source.close();
  if (!isTrouble(said)) return ok("accounts", `${source.name} answers in ${Math.round(performance.now() - began)} ms`);
  const what = [said.what, ...(said.details ?? []).slice(1)].join("; ");
  return fail("accounts", `${source.name}: ${what} [${said.code}]; the accounts read last serve`, said.next);
}

/** The file that holds the password of [accounts], where everybody on this machine may read it; `read`: those of the configuration. */
export function openSecret({ accounts }: Config, read: readonly string[]): string | undefined {
  if (accounts === undefined) return undefined;
  const { password, passwordFile } = accounts;
  try {
    const holding = passwordFile !== "" ? [passwordFile] : read.filter((file) => holds(file, password));
    return holding.find((file) => (statSync(file).mode & 0o004) !== 0);
  } catch {
    // Not there, or in a folder that is closed to us: the look into the database tells.
    return undefined;
  }
}

function holds(file: string, password: string): boolean {
  const text = readFileSync(file, "utf8");
  return password !== "" && (text.includes(password) || text.includes(encodeURIComponent(password)));
}

function late(name: string) {
  const next = "See that the database runs, and that its firewall lets this machine in (docs/accounts-realtime.md).";
  return trouble("ACCOUNTS_UNREACHABLE", `${name} does not answer`, "The accounts read last serve.", next);
}
