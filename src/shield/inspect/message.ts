import { isFailure, isInjectedName, isInjectedUser } from "../../base/index.ts";
import { H, type Message, unescapeUser } from "../../sip/index.ts";
import type { ToolNames } from "./names.ts";
import { isSippts, isSipvicious } from "./shapes.ts";

/** The tool that has written a request which `check` has passed, by its name or its handwriting; "" for none. HOT. */
export function toolOf(m: Message, names: ToolNames): string {
  const agent = m.get(H.userAgent);
  const named = agent === undefined || isFailure(agent) ? "" : names.in(agent);
  if (named !== "") return named;
  const { branch } = m.need(H.via);
  const callId = m.need(H.callId);
  if (isSipvicious(branch, callId)) return "SIPVicious by its branch and Call-ID";
  if (isSippts(branch, callId)) return "sippts by its branch and Call-ID";
  const { display } = m.need(H.from);
  return display === "" ? "" : names.in(display);
}

/** Where in such a request characters stand that are to do something where they are put into; "" for nowhere. HOT. */
export function injectionIn(m: Message): string {
  const target = m.requestUri();
  if (!isFailure(target) && isInjectedUser(unescapeUser(target.user))) return "Request-URI";
  const from = m.need(H.from);
  if (isInjectedUser(unescapeUser(from.uri.user)) || isInjectedName(from.display)) return "From";
  return isInjectedUser(unescapeUser(m.need(H.to).uri.user)) ? "To" : "";
}
