import { type Config, realmOf } from "../config/index.ts";
import { sourceName } from "./foreign/source.ts";
import type { AccountPolicy } from "./types.ts";

/** What accounts have to obey, as configured. */
export function accountPolicy(config: Config): AccountPolicy {
  return {
    domains: config.sip.domains,
    realmOf: (domain) => realmOf(config, domain),
    algorithms: config.auth.algorithms,
    now: Date.now,
    foreign: config.accounts && sourceName(config.accounts),
  };
}
