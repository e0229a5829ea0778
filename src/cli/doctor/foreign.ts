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

function late(name: string) {
  const next = "See that the database runs, and that its firewall lets this machine in (docs/accounts-realtime.md).";
  return trouble("ACCOUNTS_UNREACHABLE", `${name} does not answer`, "The accounts read last serve.", next);
}
