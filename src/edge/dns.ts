import { Resolver as Channel } from "node:dns";
import type { DnsAnswer, DnsQuestion, Resolver } from "../ports/index.ts";

/** Milliseconds for one try at one name server. */
const PATIENCE = 1_000;
const TRIES = 2;

/** There is no such name, or nothing of that type. */
const NONE = new Set(["ENOTFOUND", "ENODATA", "EBADNAME"]);

/** Asks the name servers "address:port", or those of the system where none is given: not /etc/hosts. */
export function dnsResolver(servers: readonly string[]): Resolver {
  // Made when it is first needed: most sites never ask.
  let channel: Channel | undefined;
  const open = (): Channel => {
    const made = new Channel({ timeout: PATIENCE, maxTimeout: PATIENCE, tries: TRIES });
    if (servers.length > 0) made.setServers(servers);
    return made;
  };
  return {
    ask(question, done) {
      channel ??= open();
      query(channel, question, done);
    },
    close: () => channel?.cancel(),
  };
}

function query(channel: Channel, { type, name }: DnsQuestion, done: (answer: DnsAnswer) => void): void {
  /** What a question ended with. */
  const take =
    <T>(read: (records: T[]) => DnsAnswer) =>
    (error: NodeJS.ErrnoException | null, records: T[]): void => {
      if (error !== null) done({ kind: NONE.has(error.code ?? "") ? "none" : "failed" });
      else done(records.length === 0 ? { kind: "none" } : read(records));
    };
  const addresses = take((found: { address: string; ttl: number }[]) => ({
    kind: "addresses",
    addresses: found.map((r) => r.address),
    ttl: Math.min(...found.map((r) => r.ttl)),
  }));
  switch (type) {
    case "A":
      channel.resolve4(name, { ttl: true }, addresses);
      break;
    case "AAAA":
      channel.resolve6(name, { ttl: true }, addresses);
      break;
    case "SRV":
      channel.resolveSrv(
        name,
        take((records) => ({ kind: "servers", records })),
      );
      break;
    case "NAPTR":
      channel.resolveNaptr(
        name,
        take((records) => ({ kind: "rules", records })),
      );
      break;
  }
}
