import { canonicalIp } from "../base/index.ts";
import { type DialVerdict, decide, isPublicAddress, mayDial, NO_RIGHTS, type TargetKind } from "../policy/index.ts";
import { unescapeUser } from "../sip/index.ts";
import type { Core } from "./core.ts";
import type { Request } from "./request.ts";

/** What somebody wants to reach. */
export interface Wanted {
  readonly kind: TargetKind;
  /** User part, as it is written. */
  readonly user: string;
  readonly host: string;
  /** The host is a name, and what it leads to was judged. */
  readonly isResolved?: boolean;
}

/** 0 when the caller of `r` may reach it, else the status to answer. `dial` is the verdict on a number, where it is one. */
export function judge(r: Request, core: Core, wanted: Wanted, dial: DialVerdict | undefined): number {
  const { dial: rules, backends } = core.config;
  const isOutside = wanted.kind === "foreign" && (wanted.isResolved === true || isElsewhere(wanted.host, core));
  const verdict = decide({
    method: r.m.method,
    caller: r.caller,
    target: wanted.kind,
    hasBackend: backends.length > 0,
    mayDial: dial === undefined || dial.allowed,
    allowAnonymous: rules.allowAnonymous,
    allowForeignDomains: mayLeave(core) && isOutside,
  });
  return verdict === "allow" ? 0 : verdict.reply;
}

/**
 * Has the caller the right to this number? Undefined for what is none, and for callers who are not judged by numbers: where the phone system
 * asks for passwords (`relay`), it says what its users may.
 */
export function dialVerdict(r: Request, core: Core, { kind, user }: Wanted): DialVerdict | undefined {
  if (kind !== "number" || r.caller !== "user" || r.m.method === "REGISTER") return undefined;
  if (core.config.register === "relay") return undefined;
  const { claimed } = r;
  const rights = core.rights.get(claimed) ?? NO_RIGHTS;
  const verdict = mayDial(rights, core.dialPlan, core.everybody, unescapeUser(user), (pin) =>
    core.pins.judge(claimed, rights.pin, pin, r.now),
  );
  if (verdict.pin === "wrong" || verdict.pin === "locked") {
    core.counters.wrongPin++;
    core.onWrongPin(claimed, r.flow.host, verdict.pin === "locked");
  }
  return verdict;
}

/**
 * May users of ours call other domains? Where the phone system asks for passwords, nobody has proved anything to us: this would be a relay
 * for all who say that they are a user.
 */
export function mayLeave({ config }: Core): boolean {
  return config.dial.allowForeignDomains && config.register !== "relay";
}

/** Is this an address that users of ours may be connected with? Not our phone systems and trunks, nor anything in a private network. */
export function isElsewhere(host: string, core: Core): boolean {
  if (!isPublicAddress(host) || core.domains.isOurs(host, 0)) return false;
  // However it is spelled: an IPv4 address in IPv6 is the same machine.
  const at = canonicalIp(host);
  return !core.trunks.has(host) && !core.config.backends.some((b) => b.host === at);
}
