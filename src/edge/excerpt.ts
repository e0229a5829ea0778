import { own } from "../base/index.ts";
import { H, type Header, type Message } from "../sip/index.ts";

/** Characters of one line as it is looked at and as it is kept, and of all. */
const READ = 240;
const LINE = 120;
const ALL = 640;

/** Which headers explain a message, each by its first line. */
const SHOWN: readonly (readonly [name: string, header: Header<unknown>])[] = [
  ["Via", H.via],
  ["From", H.from],
  ["To", H.to],
  ["Call-ID", H.callId],
  ["User-Agent", H.userAgent],
];

/** A name in a SIP URI with the password that may stand behind it. */
const URI_PASSWORD = /(sips?:[^@\s:;<>"]*):[^@\s<>]*@/gi;
/** In a line that was cut it may end behind the cut. */
const CUT_PASSWORD = /(sips?:[^@\s:;<>"]*):[^@\s<>]*$/i;

/**
 * What of a message explains a verdict: its first line and who, by whom and with what. Credentials stand there as `***`: that they were sent says
 * something, what they were is nobody's business.
 */
export function excerpt(m: Message): string {
  const { text } = m;
  const lines = [cut(text.slice(m.start, Math.max(m.start, m.headersStart)).trimEnd())];
  for (const [name, header] of SHOWN) {
    const i = m.line(header);
    // Number, start of the name, start and end of the value.
    if (i >= 0) lines.push(cut(`${name}: ${text.slice(m.spans[4 * i + 2], m.spans[4 * i + 3])}`));
  }
  if (m.has(H.authorization)) lines.push("Authorization: ***");
  if (m.has(H.proxyAuthorization)) lines.push("Proxy-Authorization: ***");
  return own(lines.join("\n").slice(0, ALL));
}

/** Masked first: what is cut off could hide where a password ends. Cut before, or a long line would be looked at again and again. */
function cut(line: string): string {
  const read = line.slice(0, READ);
  const masked = read.replace(URI_PASSWORD, "$1:***@").replaceAll(/\s+/g, " ");
  const safe = line.length > READ ? masked.replace(CUT_PASSWORD, "$1:***") : masked;
  return safe.length <= LINE && line.length <= READ ? safe : `${safe.slice(0, LINE)}...`;
}
