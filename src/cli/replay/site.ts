import { networkInterfaces } from "node:os";
import { canonicalIp, parseCidr, type Trouble, trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import type { Site } from "../../replay/index.ts";

/** A minute: phones begin with the nonce they were given last, and not every phone system calls an old one stale (decision 016). */
const NONCE_LIFE = 60_000;

/** Addresses of this machine, without loopback. */
export function addressesHere(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter((a) => !a.internal).map((a) => canonicalIp(a.address) ?? a.address);
}

/** What of a configuration the judgement depends on. `servers`: as they were named. */
export function siteOf(config: Config, servers: readonly string[], here: readonly string[]): Site {
  const { sip, shield, trunks, backends, front, auth } = config;
  const own = sip.listen.map((l) => l.address).filter((a) => a !== "0.0.0.0" && a !== "::");
  const [operator = ""] = (process.env.SSH_CONNECTION ?? "").split(" ");
  const blocks = (list: readonly string[]) => list.flatMap((text) => parseCidr(text) ?? []);
  return {
    domains: sip.domains,
    aliases: [...own, ...sip.listen.map((l) => l.advertise).filter((a) => a !== "")],
    ports: [5_060, ...sip.listen.map((l) => l.port).filter((port) => port > 0)],
    servers,
    decoys: shield.decoys,
    scenarios: new Map(shield.scenarios.map((s) => [s.name, s])),
    never: blocks([...shield.never, ...backends.map((b) => b.host), ...trunks.flatMap((t) => t.addresses)]),
    neverHere: blocks([...here, operator]),
    trunks,
    isRelay: front.register === "relay",
    nonceLife: front.register === "relay" || backends.length > 0 ? NONCE_LIFE : auth.nonceLifetime * 1_000,
  };
}

/** "192.0.2.1", "192.0.2.1:5060", "[2001:db8::1]:5060" as `Site.servers` has them. */
export function readServer(text: string): string | Trouble {
  const parts = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  const host = canonicalIp(parts?.[1] ?? text);
  const port = Number(parts?.[2] ?? 0);
  if (host !== undefined && port <= 65_535) return port === 0 ? host : `${host} ${port}`;
  return trouble(
    "USAGE_ADDRESS",
    `found "${text}", expected an address such as 192.0.2.1, 192.0.2.1:5060 or [2001:db8::1]:5060`,
    "Nothing was read.",
    "Say whose callers are to be judged: --server 192.0.2.1",
  );
}
