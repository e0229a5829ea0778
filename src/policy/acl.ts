import { type Cidr, formatCidr, type Ip, inCidr, parseCidr, parseIp } from "../base/index.ts";

/** One line of a list of addresses; without a block it is about every address of both families. */
interface AclRule {
  readonly permit: boolean;
  readonly block: Cidr | undefined;
}
export type Acl = readonly AclRule[];

/**
 * Reads "+10.0.0.0/8" (permit) or "-all" (deny). As in Asterisk, 0.0.0.0/0 is about IPv4 alone, which has left many a phone open
 * over IPv6: `all` means both. Undefined when it is no such rule.
 */
export function parseAclRule(text: string): AclRule | undefined {
  const sign = text[0];
  if (sign !== "+" && sign !== "-") return undefined;
  const where = text.slice(1);
  const block = where === "all" ? undefined : parseCidr(where);
  return where !== "all" && block === undefined ? undefined : { permit: sign === "+", block };
}

/** The one spelling of a rule. */
export function formatAclRule({ permit, block }: AclRule): string {
  return `${permit ? "+" : "-"}${block === undefined ? "all" : formatCidr(block)}`;
}

/** As Asterisk reads permit and deny: the last rule that the address matches decides, and none means yes. */
export function isPermitted(acl: Acl, host: string): boolean {
  if (acl.length === 0) return true;
  const ip = parseIp(host);
  for (let i = acl.length - 1; i >= 0; i--) if (isAbout(acl[i], ip)) return acl[i].permit;
  return true;
}

function isAbout({ block }: AclRule, ip: Ip | undefined): boolean {
  return block === undefined || (ip !== undefined && inCidr(block, ip));
}
