import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** What we understand, said in 200 to OPTIONS and in 405. */
const ALLOW =
  "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, INFO, UPDATE, PRACK, REFER, SUBSCRIBE, NOTIFY, PUBLISH\r\n";
/** RFC 3261 11.2; nothing here tells which software or version answers. */
const CAPABILITIES = `${ALLOW}Accept: */*\r\nSupported: path, outbound\r\n`;

/** Requests whose target is Rempart itself: a domain of ours and no user. */
export function self(r: Request, core: Core): Word {
  if (
    r.inDialog ||
    r.m.method === "REGISTER" ||
    r.target.user !== "" ||
    !core.domains.isOurs(r.target.host, r.target.port)
  )
    return "next";
  if (r.m.method === "OPTIONS") return r.reply(200, CAPABILITIES);
  return r.m.method === "ACK" ? "drop" : r.reply(405, ALLOW);
}
