export { type Caller, decide, type Question, type Refusal, type TargetKind } from "./decide.ts";
export { aorOf, aorOfAccount, DEFAULT_DOMAIN, Domains, type DomainsOptions } from "./domains.ts";
