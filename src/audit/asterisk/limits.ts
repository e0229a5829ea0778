import { type Account, pjsipOf } from "./accounts-of.ts";
import type { Site } from "./site.ts";
import { valueIn } from "./value.ts";

/** Settings that keep addresses out, one way or another. */
export const ADDRESS_KEYS: Readonly<Record<Account["driver"], readonly string[]>> = {
  PJSIP: ["deny", "permit", "acl", "contact_deny", "contact_permit", "contact_acl", "endpoint/deny", "endpoint/acl"],
  chan_sip: ["deny", "permit", "acl", "contactdeny", "contactpermit", "contactacl"],
  IAX2: ["deny", "permit", "acl"],
};

const atOnce = new WeakMap<Site, Map<Account["driver"], boolean>>();

/** Whether addresses are refused for all accounts of a driver at once. Asked for every account, looked up once. */
export function limitedAtOnce(site: Site, driver: Account["driver"]): boolean {
  const known = atOnce.get(site) ?? new Map<Account["driver"], boolean>();
  atOnce.set(site, known);
  const is = known.get(driver) ?? lookUp(site, driver);
  known.set(driver, is);
  return is;
}

function lookUp(site: Site, driver: Account["driver"]): boolean {
  if (driver === "PJSIP") {
    return pjsipOf(site, "acl").some((s) => ADDRESS_KEYS.PJSIP.some((k) => valueIn(s, k) !== undefined));
  }
  const general = site.section(driver === "chan_sip" ? "sip.conf" : "iax.conf", "general");
  return ADDRESS_KEYS[driver].some((k) => valueIn(general, k) !== undefined);
}

/** Whether only known addresses call as this account: by its own rules, or by those of its driver. */
export function isLimited(site: Site, { driver, section }: Account): boolean {
  const own = ["deny", "acl", "endpoint/deny", "endpoint/acl"].some((k) => valueIn(section, k) !== undefined);
  return own || limitedAtOnce(site, driver);
}
