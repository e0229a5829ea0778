import { isFailure } from "../base/index.ts";
import { addrParam, H, type Header, type Message, type NameAddr, uriParam } from "../sip/index.ts";

/** True when a list of option tags holds `tag`. An unreadable list holds nothing. */
export function hasOption(m: Message, header: Header<string>, tag: string): boolean {
  if (!m.has(header)) return false;
  const all = m.all(header);
  return !isFailure(all) && all.some((t) => t.toLowerCase() === tag);
}

/** RFC 5626 4.1: `+sip.instance` of a contact without its quotes; empty for none. */
export function instanceOf(contact: NameAddr): string {
  return addrParam(contact, "+sip.instance") ?? "";
}

/** RFC 5626 4.2: `reg-id`, 1 to 2^31 - 1; 0 for none or a bad one. */
export function regIdOf(contact: NameAddr): number {
  const raw = addrParam(contact, "reg-id");
  if (raw === undefined || raw === "" || raw.length > 10) return 0;
  let value = 0;
  for (let i = 0; i < raw.length; i++) {
    const digit = raw.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value < 2 ** 31 ? value : 0;
}

/** RFC 5626 6: a flow is the phone's own when we are its first hop, or when the first hop says that it keeps flows. */
export function firstHopKeepsFlows(m: Message): boolean {
  const vias = m.all(H.via);
  if (!isFailure(vias) && vias.length === 1) return true;
  const path = m.get(H.path);
  return path !== undefined && !isFailure(path) && uriParam(path.uri, "ob") !== undefined;
}
