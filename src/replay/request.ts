import { isFailure, own } from "../base/index.ts";
import type { Wire } from "../capture/index.ts";
import { aorOf, aorOfAccount, type Domains } from "../policy/index.ts";
import { type Credentials, H, type Message, type Uri } from "../sip/index.ts";

/** Of a User-Agent, a Call-ID or a dialled number as much as tells it from others, as the edge has it. */
const CUT = 96;

/** What is kept of a request until its answer comes. Texts of its own, so that it keeps no message alive. */
export interface Asked {
  readonly at: number;
  readonly address: string;
  readonly proved: boolean;
  readonly transport: Wire["transport"];
  readonly method: string;
  readonly device: string;
  readonly callId: string;
  /** `user`: names an own domain, which he has to prove; `trunk`: needs no password. */
  readonly caller: "user" | "stranger" | "trunk";
  /** "user@domain" whose password is shown, or who is claimed to ask; empty for none. */
  readonly account: string;
  /** Nonce that it answers; empty: it shows no password. */
  readonly nonce: string;
  /** What is asked for: somewhere else, a number, a name of ours ("user@domain"), or this server. */
  readonly kind: "foreign" | "number" | "name" | "self";
  readonly target: string;
  /** Host of the Request-URI. */
  readonly host: string;
  isAnswered: boolean;
}

/** Hosts for which somebody was registered here: domains of the server, whatever the configuration says. */
type Hosts = { has(host: string): boolean };

/** Takes out of a request that `check` has passed what its answer is judged by. */
export function askedOf(w: Wire, m: Message, domains: Domains, isTrunk: boolean, learned: Hosts): Asked | undefined {
  const uri = m.requestUri();
  if (isFailure(uri)) return undefined;
  const isRegister = m.method === "REGISTER";
  const from = m.need(H.from).uri;
  const claimed = isRegister ? m.need(H.to).uri : from;
  const credentials = credentialsOf(m);
  const isOurs = isRegister || domains.isOurs(from.host, from.port) || learned.has(from.host);
  const agent = m.get(H.userAgent);
  return {
    at: w.at,
    address: w.from,
    proved: w.proved,
    transport: w.transport,
    method: cut(m.method),
    device: agent === undefined || isFailure(agent) ? "" : cut(agent),
    callId: cut(m.need(H.callId)),
    caller: !isRegister && isTrunk ? "trunk" : isOurs ? "user" : "stranger",
    account: own(accountOf(credentials, claimed, domains)),
    nonce: credentials === undefined ? "" : own(credentials.nonce),
    ...wanted(uri, domains, learned),
    host: own(uri.host),
    isAnswered: false,
  };
}

/** Digest credentials of either kind. */
function credentialsOf(m: Message): Credentials | undefined {
  for (const header of [H.authorization, H.proxyAuthorization]) {
    const found = m.get(header);
    if (found !== undefined && !isFailure(found) && found.nonce !== "") return found;
  }
  return undefined;
}

/** The one that credentials name: whoever knows the password of one user may claim to be another. */
function accountOf(credentials: Credentials | undefined, claimed: Uri, domains: Domains): string {
  const aor = aorOf(claimed, domains);
  if (credentials === undefined || credentials.username === "") return aor;
  return aorOfAccount(credentials.username, domains.canonical(claimed.host));
}

function wanted(uri: Uri, domains: Domains, learned: Hosts): Pick<Asked, "kind" | "target"> {
  if (!domains.isOurs(uri.host, uri.port) && !learned.has(uri.host)) return { kind: "foreign", target: cut(uri.host) };
  if (uri.user === "") return { kind: "self", target: "" };
  if (isDialled(uri.user)) return { kind: "number", target: cut(uri.user) };
  return { kind: "name", target: own(aorOf(uri, domains)) };
}

/** A number that is dialled, and not the name of an extension. */
function isDialled(user: string): boolean {
  return user.length >= 7 && /^\+?[\d*#]+$/.test(user);
}

export function cut(text: string): string {
  return own(text.length <= CUT ? text : text.slice(0, CUT));
}
