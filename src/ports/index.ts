export type { Enforcer, EnforcerView, Held, PacketCounts } from "./enforcer.ts";
export type { Entropy } from "./entropy.ts";
export type { Network } from "./network.ts";
export type { DnsAnswer, DnsQuestion, DnsType, NaptrRecord, Resolver, SrvRecord } from "./resolver.ts";
