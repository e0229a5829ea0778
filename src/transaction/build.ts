import { isFailure } from "../base/index.ts";
import { H, type Message, parseMessage } from "../sip/index.ts";

/**
 * RFC 3261 17.1.1.3: the ACK to a non-2xx final, from the request as it was sent (`tx.last`) and the response.
 * An ACK built before may stand for the request: the result is the same, so a host may keep the shorter one in `tx.last`.
 * Throws when `request` is no request: it is our own text.
 */
export function buildAck(request: string | Message, response: Message): string {
  const r = typeof request === "string" ? ownRequest(request) : request;
  const to = response.need(H.to);
  return hopByHop(r, "ACK", response.text.slice(to.start, to.end), "");
}

/**
 * RFC 3261 9.1: the CANCEL of a request as it was sent. `headers` are more lines, each with its CRLF (Reason, RFC 3326).
 * To be sent while the INVITE is in `State.proceeding`, with a client transaction of its own. Throws when `request` is no request.
 */
export function buildCancel(request: string, headers = ""): string {
  const r = ownRequest(request);
  const to = r.need(H.to);
  return hopByHop(r, "CANCEL", r.text.slice(to.start, to.end), headers);
}

/** What ACK and CANCEL have in common: same Request-URI, one Via, From, Call-ID, CSeq number and Route as the request. */
function hopByHop(r: Message, method: string, to: string, headers: string): string {
  const via = r.need(H.via);
  const from = r.need(H.from);
  const maxForwards = r.get(H.maxForwards);
  const hops = maxForwards === undefined || isFailure(maxForwards) ? 70 : maxForwards;
  return (
    `${method} ${r.uri} SIP/2.0\r\nVia: ${r.text.slice(via.start, via.end)}\r\n${routeLines(r)}` +
    `From: ${r.text.slice(from.start, from.end)}\r\nTo: ${to}\r\nCall-ID: ${r.need(H.callId)}\r\n` +
    `CSeq: ${r.need(H.cseq).number} ${method}\r\nMax-Forwards: ${hops}\r\n${headers}Content-Length: 0\r\n\r\n`
  );
}

function routeLines(r: Message): string {
  const routes = r.all(H.route);
  if (isFailure(routes)) return "";
  let out = "";
  for (const route of routes) out += `Route: ${r.text.slice(route.start, route.end)}\r\n`;
  return out;
}

function ownRequest(text: string): Message {
  const m = parseMessage(text);
  if (isFailure(m) || !m.isRequest) throw new Error("not a request of ours");
  return m;
}
