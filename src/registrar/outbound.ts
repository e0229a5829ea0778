import { isFailure } from "../base/index.ts";
import { H, type Header, type Message, uriParam } from "../sip/index.ts";

/** True when a list of option tags holds `tag`. An unreadable list holds nothing. */
export function hasOption(m: Message, header: Header<string>, tag: string): boolean {
  if (!m.has(header)) return false;
  const all = m.all(header);
  return !isFailure(all) && all.some((t) => t.toLowerCase() === tag);
}

/** RFC 5626 6: a flow is the phone's own when we are its first hop, or when the first hop says that it keeps flows. */
export function firstHopKeepsFlows(m: Message): boolean {
  const vias = m.all(H.via);
  if (!isFailure(vias) && vias.length === 1) return true;
  const path = m.get(H.path);
  return path !== undefined && !isFailure(path) && uriParam(path.uri, "ob") !== undefined;
}
