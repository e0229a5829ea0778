export type DnsType = "A" | "AAAA" | "SRV" | "NAPTR";

export interface DnsQuestion {
  readonly type: DnsType;
  readonly name: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** The machine; "" or "." where the service decidedly is not there. */
  readonly name: string;
}

/** RFC 3403 4. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** `none`: there is no such name, or it has no such record. `failed`: nobody could say. */
export type DnsAnswer =
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly ttl: number }
  | { readonly kind: "servers"; readonly records: readonly SrvRecord[] }
  | { readonly kind: "rules"; readonly records: readonly NaptrRecord[] }
  | { readonly kind: "none" }
  | { readonly kind: "failed" };

/** Who asks name servers. An answer is as long as strangers made it: whoever takes it bounds it. */
export interface Resolver {
  /** `done` is called once, later; after `close` perhaps never. */
  ask(question: DnsQuestion, done: (answer: DnsAnswer) => void): void;
  /** Gives up what is open, so that the thread can end. */
  close(): void;
}
