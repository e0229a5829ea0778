export { type Caller, decide, type Question, type Refusal, type TargetKind } from "./decide.ts";
export { aorOf, aorOfAccount, Domains, type DomainsOptions } from "./domains.ts";
