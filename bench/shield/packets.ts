import { DOMAIN, userOf } from "../accounts.ts";

/** What attackers send, as `strike` takes it: `########` becomes a number, so that no packet is the one before sent again. */

function request(method: string, uri: string, to: string, o: { from?: string; agent?: string } = {}): string {
  return [
    `${method} ${uri} SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bKf########",
    "Max-Forwards: 70",
    `From: <${o.from ?? "sip:someone@elsewhere.example"}>;tag=########`,
    `To: <${to}>`,
    "Call-ID: ########@elsewhere.example",
    `CSeq: 1 ${method}`,
    "Contact: <sip:someone@192.0.2.9:5060>",
    ...(o.agent === undefined ? [] : [`User-Agent: ${o.agent}`]),
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

const known = `sip:${userOf(1)}@${DOMAIN}`;

export const OPTIONS = request("OPTIONS", `sip:${DOMAIN}`, `sip:${DOMAIN}`);
export const REGISTER = request("REGISTER", `sip:${DOMAIN}`, known);
/** In the name of an own user: who does not show his password is asked for it. */
export const INVITE = request("INVITE", known, known, { from: known });
export const GARBAGE = `########${"\x01\xfe\x80\r\n\r\nno SIP at all ".repeat(12)}`;
/** A number outside: a way out is sought. */
export const FRAUD = request("INVITE", `sip:00########@${DOMAIN}`, `sip:00########@${DOMAIN}`);
/** A user that nobody here has, another one with each packet. */
export const UNKNOWN = request("REGISTER", `sip:${DOMAIN}`, `sip:u########@${DOMAIN}`);
export const DECOY = request("REGISTER", `sip:${DOMAIN}`, `sip:test@${DOMAIN}`);
export const SCANNER = request("OPTIONS", `sip:100@${DOMAIN}`, `sip:100@${DOMAIN}`, { agent: "friendly-scanner" });
export const INJECTION = request("INVITE", `sip:1'or'1@${DOMAIN}`, `sip:1'or'1@${DOMAIN}`);

export const FLOODS: Readonly<Record<"options" | "register" | "invite" | "garbage", string>> = {
  options: OPTIONS,
  register: REGISTER,
  invite: INVITE,
  garbage: GARBAGE,
};

/** All that is held against somebody on a single packet, or soon. */
export const SINS: readonly string[] = [SCANNER, UNKNOWN, DECOY, FRAUD, INJECTION, GARBAGE];
