import { challenge, credentialsFor, judge, makeNonce } from "../../auth/index.ts";
import { aorOf, aorOfAccount, isPermitted } from "../../policy/index.ts";
import { isRegisteredFrom } from "../../registrar/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * RFC 3261 22: who names an own domain proves it. What is said to a stranger never depends on whether the user exists,
 * and a challenge is never a failure.
 */
export function authenticate(r: Request, core: Core): Word {
  // The phone system behind us asks for passwords itself.
  if (r.caller !== "user" || core.config.register === "relay") return "next";
  const registering = r.m.method === "REGISTER";
  // A REGISTER for another domain is policy's to refuse: there is no password to ask for.
  if (registering && !core.domains.isOurs(r.target.host, r.target.port)) return "next";
  const claimed = r.m.need(registering ? H.to : H.from).uri;
  const domain = core.domains.canonical(claimed.host);
  const realm = core.config.realm === "" ? domain : core.config.realm;
  const header = registering ? H.authorization : H.proxyAuthorization;
  const credentials = credentialsFor(r.m, header, realm);
  const aor = aorOf(claimed, core.domains);
  if (credentials === undefined) {
    core.facts.asked(r.flow, r.m, aor, core.accounts.has(aor));
    return ask(r, core, realm, false);
  }
  const name = nameOf(credentials.username, domain, aor, core);
  // A guarded account: strangers' passwords are not even looked at, and they do not learn that.
  if (!core.gate.mayTry(name, r.now) && !isRegisteredFrom(core.location, name, r.flow.host, core.clock.wall())) {
    return ask(r, core, realm, false);
  }
  const account = core.accounts.get(name);
  // Judged as if there were no such account: who is told that the password is right learns it.
  const denied = isDenied(r, core, name);
  const believed = denied ? undefined : account;
  switch (judge(core.verifier, credentials, r.m, believed, realm, r.flow.host, core.clock.wall())) {
    case "ok":
      break;
    case "malformed":
      return r.reply(400);
    case "stale":
      return ask(r, core, realm, true);
    case "wrong":
      if (denied) core.counters.deniedAddress++;
      core.counters.wrongPassword++;
      // It answers a nonce that was sent to this very address.
      if (account === undefined) core.facts.addUnknown(r.flow, r.m, name, true);
      else core.facts.add("wrongPassword", r.flow, r.m, name, "", true);
      return ask(r, core, realm, false);
    case "foreign":
      return ask(r, core, realm, false);
  }
  core.counters.authenticated++;
  core.gate.shown(r.flow, r.now);
  core.facts.success(r.flow, r.m, name, r.now);
  r.account = account;
  // RFC 3261 10.3 item 4, 22.3: the password of one user does not open the name of another.
  if (aor !== name) return r.reply(403);
  r.claimed = name;
  return "next";
}

/** Whose password credentials speak of: that of the user named in them, or of the one claimed where he logs in by that name. */
function nameOf(username: string, domain: string, aor: string, core: Core): string {
  const name = aorOfAccount(username, domain);
  return name !== aor && core.accounts.get(aor)?.login === username ? aor : name;
}

/** May this account not be used from that address? */
function isDenied(r: Request, core: Core, name: string): boolean {
  const rights = core.rights.get(name);
  return rights !== undefined && !isPermitted(rights.acl, r.flow.host);
}

/** RFC 3261 22.2, 22.3: 401 as the registrar, 407 as a proxy. */
function ask(r: Request, core: Core, realm: string, stale: boolean): Word {
  core.counters.challenged++;
  core.serial = (core.serial + 1) >>> 0;
  const nonce = makeNonce(core.verifier.keys, core.clock.wall(), r.flow.host, realm, core.serial);
  const status = r.m.method === "REGISTER" ? 401 : 407;
  return r.reply(status, challenge(status, realm, nonce, stale, core.verifier.algorithms));
}
