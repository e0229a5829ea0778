import { isFailure } from "../base/index.ts";
import { type Contact, Edit, H, type Header, type Message, parseMessage, type Uri } from "../sip/index.ts";

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

/** How a URI of the inside is written for the outside; undefined leaves it as it is. */
export interface Hiding {
  readonly contact: (uri: Uri) => string | undefined;
  readonly route: (uri: Uri) => string | undefined;
}

/** Takes out of a message from the inside what tells of it: software, and the addresses in Contact and Record-Route. */
export function hideInside(e: Edit, m: Message, hiding: Hiding): void {
  for (const h of TELLTALE) e.removeAll(h);
  // The contacts of a REGISTER are those of the phone.
  if (m.method === "REGISTER") return;
  writeUris(e, m, H.contact, hiding.contact);
  writeUris(e, m, H.recordRoute, hiding.route);
}

function writeUris(e: Edit, m: Message, h: Header<Contact>, write: (uri: Uri) => string | undefined): void {
  const values = m.all(h);
  if (isFailure(values)) return;
  for (const v of values) {
    if (v === "*" || v.uri.scheme !== "sip") continue;
    const text = write(v.uri);
    if (text !== undefined) e.replace(v.start, v.end, `<${text}>${v.params}`);
  }
}

/** A response from the inside as the outside may see it; `m` itself when it cannot be written so. */
export function hiddenResponse(m: Message, hiding: Hiding): Message {
  const e = new Edit(m);
  hideInside(e, m, hiding);
  const hidden = parseMessage(e.print());
  return isFailure(hidden) ? m : hidden;
}

/** A response from the outside as the inside must see it: its own Record-Routes, which it gave and `open` knows again. */
export function shownResponse(m: Message, open: (uri: Uri) => string | undefined): Message {
  const e = new Edit(m);
  writeUris(e, m, H.recordRoute, open);
  const shown = parseMessage(e.print());
  return isFailure(shown) ? m : shown;
}

/** A response without these headers; `m` itself when it has none of them. HOT. */
export function strippedResponse(m: Message, headers: readonly Header<unknown>[]): Message {
  if (!hasAny(m, headers)) return m;
  const e = new Edit(m);
  for (const h of headers) e.removeAll(h);
  const stripped = parseMessage(e.print());
  // Nothing was added: what could be read still can.
  if (isFailure(stripped)) throw new Error("a response without some headers cannot be read");
  return stripped;
}

function hasAny(m: Message, headers: readonly Header<unknown>[]): boolean {
  for (const h of headers) if (m.has(h)) return true;
  return false;
}

/** A refusal in the place of a response that must not be passed on: `status`, without the challenges and the contacts. */
export function refusedResponse(m: Message, status: number, reason: string): Message {
  const e = new Edit(m);
  e.replace(m.start, m.headersStart, `SIP/2.0 ${status} ${reason}\r\n`);
  e.removeAll(H.wwwAuthenticate);
  e.removeAll(H.proxyAuthenticate);
  e.removeAll(H.contact);
  const refused = parseMessage(e.print());
  return isFailure(refused) ? m : refused;
}
