import { H, type Message } from "../sip/index.ts";
import { type Core, sdp } from "./core.ts";
import { ackOf2xx, type Dialog, inDialog } from "./dialog.ts";
import { transact } from "./transact.ts";

/**
 * Sends a request inside a call and resolves with its final response. An INVITE offers `body`, or our session when there is
 * none, and its 2xx is acknowledged as often as it comes (RFC 3261 13.2.2.4, 14.1).
 */
export function requestWithin(core: Core, d: Dialog, method: string, headers: string, body: string): Promise<Message> {
  if (method !== "INVITE") return transact(core, inDialog(d, method, headers, body));
  const offer = inDialog(d, method, `Contact: <${core.contact}>\r\n${headers}`, body === "" ? sdp(core) : body);
  return transact(core, offer, (m) => {
    if (m.status >= 200 && m.status < 300) core.wire.send(ackOf2xx(core, d, m.need(H.cseq).number));
  });
}
