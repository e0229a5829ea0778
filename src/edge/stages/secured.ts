import { isSecure, type PeerCertificate } from "../../base/index.ts";
import { H, type Uri } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** What the connection must be for the one who asks: the one whom its certificate names, and TLS where the domain wants it. */
export function secured(r: Request, core: Core): Word {
  const from = r.m.need(H.from).uri;
  const isRegister = r.m.method === "REGISTER";
  // RFC 3261 10.2: who registers is the one in To; From may be somebody else, whom nobody asks for a password.
  const claimed = isRegister ? r.m.need(H.to).uri : from;
  const { certificate, transport } = r.flow;
  if (certificate?.matchFrom === true) {
    const lacking = !speaksFor(certificate, from) ? "From" : speaksFor(certificate, claimed) ? "" : "To";
    if (lacking !== "") {
      core.counters.wrongCertificate++;
      return r.reply(403, "", `${lacking} Is Not In The Certificate`);
    }
  }
  if (r.caller !== "user" || isSecure(transport) || core.config.requireTls.length === 0) return "next";
  // A phone system looks at the user in To alone: whatever host stands there, it is our domain that is registered at.
  if (!wantsTls(claimed, core) && !(isRegister && wantsTls(r.target, core))) return "next";
  // Before a challenge: a password that is asked for here would be answered where anybody can listen.
  core.counters.withoutTls++;
  return r.reply(403, "", "TLS Required");
}

function wantsTls({ host }: Uri, { config, domains }: Core): boolean {
  return config.requireTls.includes(domains.canonical(host));
}

/** RFC 5922 7.1 names hosts and "user@host" alike. */
function speaksFor({ names }: PeerCertificate, { user, host }: Uri): boolean {
  return names.includes(host) || names.includes(`${user}@${host}`.toLowerCase());
}
