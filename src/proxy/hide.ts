import { isFailure } from "../base/index.ts";
import { Edit, H, type Message, parseMessage } from "../sip/index.ts";

/** The Via that stands for all those of the inside. Its branch is never matched: no response is sent to it. */
const BRANCH = "z9hG4bKinside";

/** What tells which software and which machine answers. */
const TELLTALE = [H.server, H.userAgent, H.warning, H.organization];

/** Via value in the place of those that name machines of the inside; `sentBy` is ours. */
export function hiddenVia(transport: string, sentBy: string): string {
  return `SIP/2.0/${transport} ${sentBy};branch=${BRANCH}`;
}

/** All Via lines of a request as its responses must carry them; `topVia` is its top value with received and rport, "" as it came. */
export function viaLines(m: Message, topVia: string): string {
  const vias = m.all(H.via);
  if (isFailure(vias)) return "";
  return vias.map((v, i) => `Via: ${i === 0 && topVia !== "" ? topVia : m.text.slice(v.start, v.end)}\r\n`).join("");
}

/** A response on its way back to the inside: its own Via lines in the place of the one that stood for them. */
export function showVias(text: string, lines: string): string {
  const m = parseMessage(text);
  if (isFailure(m)) return text;
  const e = new Edit(m);
  e.removeAll(H.via);
  e.replace(m.headersStart, m.headersStart, lines);
  return e.print();
}

/**
 * Takes out of a message from the inside what tells of it: software, and the address in Contact. `at` is our own
 * "host:port[;transport=...]" on the side that it goes to. The user part stays: with the way in a dialog's token it makes the true URI again
 * (`shownUri`).
 */
export function hideInside(e: Edit, m: Message, at: string): void {
  for (const h of TELLTALE) e.removeAll(h);
  // The contacts of a REGISTER are those of the phone.
  if (m.method === "REGISTER") return;
  for (let line = m.line(H.contact); line >= 0; line = m.line(H.contact, line + 1)) {
    const contacts = m.valuesOf(H.contact, line);
    if (isFailure(contacts)) continue;
    for (const c of contacts) {
      if (c === "*" || c.uri.scheme !== "sip") continue;
      const user = c.uri.user === "" ? "" : `${c.uri.user}@`;
      e.replace(c.start, c.end, `<sip:${user}${at}>${c.params}`);
    }
  }
}

/** A response from the inside as the outside may see it; `m` itself when it cannot be written so. */
export function hiddenResponse(m: Message, at: string): Message {
  const e = new Edit(m);
  hideInside(e, m, at);
  const hidden = parseMessage(e.print());
  return isFailure(hidden) ? m : hidden;
}

/** A refusal in the place of a response that must not be passed on: `status`, without the challenges. */
export function refusedResponse(m: Message, status: number, reason: string): Message {
  const e = new Edit(m);
  e.replace(m.start, m.headersStart, `SIP/2.0 ${status} ${reason}\r\n`);
  e.removeAll(H.wwwAuthenticate);
  e.removeAll(H.proxyAuthenticate);
  const refused = parseMessage(e.print());
  return isFailure(refused) ? m : refused;
}
