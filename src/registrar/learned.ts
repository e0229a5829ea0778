import { type Flow, isFailure, LIMITS } from "../base/index.ts";
import { H, type Message, type NameAddr } from "../sip/index.ts";
import type { BindingChange, MutableBinding } from "./binding.ts";
import { readParams } from "./contact.ts";
import { type Location, lookup } from "./location.ts";
import type { RegistrarBounds } from "./plan.ts";
import { register, UNTOLD } from "./register.ts";

/** Another registrar has said yes: how long is its to say. How much memory one user takes is ours. */
const BOUNDS: RegistrarBounds = {
  minExpires: 1,
  maxExpires: 2 ** 31,
  defaultExpires: 3_600,
  maxContacts: LIMITS.contacts,
};

/**
 * A registrar behind us has answered 200 to `m`, the REGISTER as the phone sent it on `flow`. Takes over what it holds now: `granted` tells
 * the seconds of each of its contacts by our name for it (`nameOf`), and is undefined when it listed none at all.
 */
export function learn(
  location: Location,
  m: Message,
  aor: string,
  flow: Flow,
  now: number,
  granted: ReadonlyMap<string, number> | undefined,
  nameOf: (contact: string) => string,
): readonly BindingChange[] {
  const changes = [...register(location, m, aor, flow, now, BOUNDS).changed];
  // It has removed all; or it tells nobody what it holds, and what was asked for stands.
  if (granted === undefined) return changes;
  for (const b of [...location.get(aor)] as MutableBinding[]) {
    const seconds = granted.get(nameOf(b.contact)) ?? 0;
    if (seconds <= 0) {
      location.remove(b);
      changes.push({ kind: "remove", binding: b });
      continue;
    }
    b.expires = now + 1_000 * seconds;
    if (Math.abs(b.expires - b.told) < UNTOLD) continue;
    b.told = b.expires;
    changes.push({ kind: "put", binding: b });
  }
  return changes;
}

/** RFC 3261 10.2.4: seconds that `answer`, a 200 of a registrar, grants one of the contacts that it lists; `otherwise` when it says none. */
export function grantedSeconds(answer: Message, contact: NameAddr, otherwise: number): number {
  const own = readParams(contact).expires;
  if (own >= 0) return own;
  const header = answer.get(H.expires);
  return header === undefined || isFailure(header) ? otherwise : header;
}

/** Is this user registered from that address? */
export function isRegisteredFrom(location: Location, aor: string, host: string, now: number): boolean {
  for (const b of lookup(location, aor, now)) if (b.flow?.host === host) return true;
  return false;
}
