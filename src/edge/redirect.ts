import { isFailure } from "../base/index.ts";
import { mayDial, NO_RIGHTS } from "../policy/index.ts";
import { H, type Message, type Uri, unescapeUser } from "../sip/index.ts";
import type { Core } from "./core.ts";
import { asNumber, kindOf } from "./refer.ts";

/**
 * May the phone of `callee` send a phone system there? A phone system that follows a 3xx by itself calls for its own account, so each contact
 * must be one that the callee could call: a user of ours, or a number of a class of his. Nobody's phone sends it to another domain.
 */
export function mayRedirect(m: Message, callee: string, core: Core): boolean {
  // Where it asks for passwords, the phone system says who may call what.
  if (callee === "" || core.config.register === "relay") return true;
  const contacts = m.all(H.contact);
  if (isFailure(contacts)) return false;
  return contacts.every((c) => c !== "*" && mayReach(c.uri, callee, core));
}

function mayReach(uri: Uri, callee: string, core: Core): boolean {
  const { domains, backends } = core;
  const isOurs = uri.scheme === "tel" || domains.isOurs(uri.host, uri.port);
  if (!isOurs && !backends.list.some((b) => b.host === uri.host)) return false;
  const kind = isOurs ? kindOf(uri, core) : asNumber(uri.user, core);
  if (kind !== "number") return true;
  // A PIN is none here: the phone system would dial it along, and everybody who calls that phone would learn it.
  const rights = core.rights.get(callee) ?? NO_RIGHTS;
  return mayDial(rights, core.dialPlan, core.everybody, unescapeUser(uri.user), () => "wrong").allowed;
}

export function isRedirection({ status }: Message): boolean {
  return status >= 300 && status < 400;
}
