import * as z from "zod/mini";
import { LIMITS } from "../base/index.ts";
import type { Fault } from "./faults.ts";
import { choice, flag, list, NAME, some, table, text } from "./shapes.ts";
import { DIAL_PATTERN, DOMAIN, NAME_SERVER, TRUSTED_CIDR } from "./syntax.ts";
import type { DialConfig, TrunkConfig } from "./types.ts";

const CLASSES = ["internal", "national", "mobile", "international", "premium"] as const;
/** As many as a resolv.conf may have: each is asked in turn. */
const NAME_SERVERS = 3;
const SERVERS = `a list of at most ${NAME_SERVERS} addresses such as 10.0.0.53`;
const ALLOWED = ["internal", "national", "mobile"] as const;

/** `[dial]`: who may call what. */
export const DIAL = table({
  preset: z._default(choice(["none", "fr", "es"]), "none"),
  allow: z._default(list(choice(CLASSES), `a list of ${CLASSES.join(", ")}`), [...ALLOWED]),
  allow_anonymous: z._default(flag(), false),
  allow_foreign_domains: z._default(flag(), false),
  classes: z._default(
    z.record(text(DIAL_PATTERN), choice([...CLASSES, "emergency"]), {
      error: (issue) => (issue.code === "invalid_key" ? DIAL_PATTERN.expected : "a table"),
    }),
    {},
  ),
});

/** `[dns]`: whom to ask where another domain is. */
export const DNS = table({
  servers: z._default(
    list(text(NAME_SERVER), SERVERS).check(z.refine((all) => all.length <= NAME_SERVERS, { error: SERVERS })),
    [],
  ),
});

/** `[[trunk]]`: addresses that call in without a password. */
export const TRUNK = table({
  name: text(NAME),
  addresses: some(text(TRUSTED_CIDR), "a list of addresses or blocks such as 203.0.113.0/28").check(
    z.maxLength(LIMITS.trunkAddresses, { error: `at most ${LIMITS.trunkAddresses} addresses` }),
  ),
  transport: z.optional(choice(["udp", "tcp", "tls"])),
  from_domain: z.optional(text(DOMAIN)),
});

export function dialOf(raw: z.infer<typeof DIAL>): DialConfig {
  return {
    preset: raw.preset,
    allow: raw.allow,
    allowAnonymous: raw.allow_anonymous,
    allowForeignDomains: raw.allow_foreign_domains,
    classes: Object.entries(raw.classes),
  };
}

export function nameServersOf({ servers }: z.infer<typeof DNS>): string[] {
  return servers.map((s) => NAME_SERVER.read(s) ?? s);
}

/** What `[dial]` asks for and the rest of the file cannot give. */
export function dialFaults(dial: DialConfig, register: string): Fault[] {
  if (!dial.allowForeignDomains || register !== "relay") return [];
  const found = 'true with front.register = "relay"';
  const expected = 'false, or register = "edge" or "mirror", where users prove who they are to Rempart';
  return [{ path: ["dial", "allow_foreign_domains"], found, expected }];
}

export function trunkOf({ name, addresses, transport, from_domain }: z.infer<typeof TRUNK>): TrunkConfig {
  const fromDomain = from_domain === undefined ? "" : (DOMAIN.read(from_domain) ?? from_domain);
  return { name, addresses: addresses.map((a) => TRUSTED_CIDR.read(a) ?? a), transport: transport ?? "", fromDomain };
}

/** Both as they stand in a file. */
export function showDial(dial: DialConfig, trunks: readonly TrunkConfig[]) {
  return {
    trunk: trunks.map(({ name, addresses, transport, fromDomain }) => ({
      name,
      addresses,
      ...(transport === "" ? {} : { transport }),
      ...(fromDomain === "" ? {} : { from_domain: fromDomain }),
    })),
    dial: {
      preset: dial.preset,
      allow: dial.allow,
      allow_anonymous: dial.allowAnonymous,
      allow_foreign_domains: dial.allowForeignDomains,
      classes: Object.fromEntries(dial.classes),
    },
  };
}
