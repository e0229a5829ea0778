import { isFailure } from "../../base/index.ts";
import { isInjectedName, isInjectedUser, isSippts, isSipvicious } from "../../shield/index.ts";
import { H, unescapeUser } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * How a packet is written: the names and the handwriting of scanners, and characters that are to do something where they are put into. It only
 * tells; what follows is the shield's to decide. HOT.
 */
export function inspect(r: Request, core: Core): Word {
  const { m, flow } = r;
  if (flow.listener.side === "private" || m.method === "ACK") return "next";
  const tool = toolOf(r, core);
  if (tool !== "") core.facts.add("scanner", flow, m, "", tool);
  const place = injectionIn(r);
  if (place !== "") core.facts.add("injection", flow, m, "", place);
  // Carriers send as much as they have.
  if (core.gate.isFlooding(flow, r.now) && !core.trunks.has(flow.host)) core.facts.add("flood", flow, m, "", "");
  return "next";
}

function toolOf({ m }: Request, core: Core): string {
  const agent = m.get(H.userAgent);
  const named = agent === undefined || isFailure(agent) ? "" : core.toolNames.in(agent);
  if (named !== "") return named;
  const { branch } = m.need(H.via);
  const callId = m.need(H.callId);
  if (isSipvicious(branch, callId)) return "SIPVicious by its branch and Call-ID";
  if (isSippts(branch, callId)) return "sippts by its branch and Call-ID";
  const { display } = m.need(H.from);
  return display === "" ? "" : core.toolNames.in(display);
}

/** Where such characters stand; "" for nowhere. */
function injectionIn({ m }: Request): string {
  const target = m.requestUri();
  if (!isFailure(target) && isInjectedUser(unescapeUser(target.user))) return "Request-URI";
  const from = m.need(H.from);
  if (isInjectedUser(unescapeUser(from.uri.user)) || isInjectedName(from.display)) return "From";
  return isInjectedUser(unescapeUser(m.need(H.to).uri.user)) ? "To" : "";
}
