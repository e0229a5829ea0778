import type { Account } from "./accounts-of.ts";
import type { Site } from "./site.ts";
import { valueIn } from "./value.ts";

/** Settings that keep addresses out, one way or another. */
export const ADDRESS_KEYS: Readonly<Record<Account["driver"], readonly string[]>> = {
  PJSIP: ["deny", "permit", "acl", "contact_deny", "contact_permit", "contact_acl", "endpoint/deny", "endpoint/acl"],
  chan_sip: ["deny", "permit", "acl", "contactdeny", "contactpermit", "contactacl"],
  IAX2: ["deny", "permit", "acl"],
};

/** Whether addresses are refused for all accounts of a driver at once. */
export function limitedAtOnce(site: Site, driver: Account["driver"]): boolean {
  if (driver === "PJSIP") {
    return site
      .conf("pjsip.conf")
      .sections.some(
        (s) => valueIn(s, "type")?.toLowerCase() === "acl" && ADDRESS_KEYS.PJSIP.some((k) => valueIn(s, k)),
      );
  }
  const general = site.section(driver === "chan_sip" ? "sip.conf" : "iax.conf", "general");
  return ADDRESS_KEYS[driver].some((k) => valueIn(general, k) !== undefined);
}

/** Whether only known addresses call as this account: by its own rules, or by those of its driver. */
export function isLimited(site: Site, { driver, section }: Account): boolean {
  const own = ["deny", "acl", "endpoint/deny", "endpoint/acl"].some((k) => valueIn(section, k) !== undefined);
  return own || limitedAtOnce(site, driver);
}
