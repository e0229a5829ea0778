import * as z from "zod/mini";
import { LIMITS } from "../base/index.ts";
import { choice, flag, list, NAME, some, table, text } from "./shapes.ts";
import { CIDR, DIAL_PATTERN, DOMAIN } from "./syntax.ts";
import type { DialConfig, TrunkConfig } from "./types.ts";

const CLASSES = ["internal", "national", "mobile", "international", "premium"] as const;
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

/** `[[trunk]]`: addresses that call in without a password. */
export const TRUNK = table({
  name: text(NAME),
  addresses: some(text(CIDR), "a list of addresses or blocks such as 203.0.113.0/28").check(
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

export function trunkOf({ name, addresses, transport, from_domain }: z.infer<typeof TRUNK>): TrunkConfig {
  const fromDomain = from_domain === undefined ? "" : (DOMAIN.read(from_domain) ?? from_domain);
  return { name, addresses: addresses.map((a) => CIDR.read(a) ?? a), transport: transport ?? "", fromDomain };
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
