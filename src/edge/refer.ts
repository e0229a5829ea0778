import { isFailure } from "../base/index.ts";
import { aorOf, mayDial, NO_RIGHTS, type TargetKind } from "../policy/index.ts";
import { H, parseUri, type Uri, unescapeUser } from "../sip/index.ts";
import type { Core } from "./core.ts";
import type { Request } from "./request.ts";
import { dialVerdict, judge, type Wanted } from "./rights.ts";

/** RFC 3515: who has another call a number makes that call, so he needs the right to it. */
export function mayRefer(r: Request, core: Core): boolean {
  const wanted = readReferTo(r, core);
  // A phone system refers a phone, which is judged when it calls.
  if (wanted === undefined || r.caller === "backend") return true;
  // Where it asks for passwords, it also says who may call what.
  if (r.caller === "user" && core.config.register === "relay") return true;
  if (wanted.kind === "number") {
    // Nobody takes numbers: whoever is referred is told so.
    if (core.config.backends.length === 0) return true;
    // A carrier must not have its own customers call abroad at our cost.
    if (r.caller === "trunk") return isForEverybody(wanted.user, core);
  }
  const dial = dialVerdict(r, core, wanted);
  // A PIN in Refer-To cannot be taken out of it, and goes no further than here.
  return dial?.stripped === undefined && judge(r, core, wanted, dial) === 0;
}

/** Does it have a number or another domain called? */
export function needsRights(r: Request, core: Core): boolean {
  const kind = readReferTo(r, core)?.kind;
  return kind === "number" || kind === "foreign";
}

/**
 * What Refer-To means to whoever gets it; undefined without a Refer-To that can be read. A phone system goes by the user part
 * alone, whatever the host says. To a phone a host that is not ours, with Replaces, is the far end of a call that it is in
 * (RFC 3891): that calls nobody new.
 */
function readReferTo(r: Request, core: Core): Wanted | undefined {
  const address = r.m.get(H.referTo);
  if (address === undefined || isFailure(address)) return undefined;
  const { uri } = address;
  const { user, host } = uri;
  if (uri.scheme === "tel" || core.domains.isOurs(host, uri.port)) return { kind: kindOf(uri, core), user, host };
  const { backends } = core.config;
  if (goesToBackend(r, core) || backends.some((b) => b.host === host))
    return { kind: asNumber(user, core), user, host };
  return { kind: hasReplaces(uri) ? "self" : "foreign", user, host };
}

export function kindOf(uri: Uri, core: Core): TargetKind {
  if (uri.user === "") return "self";
  return core.accounts.has(aorOf(uri, core.domains)) ? "local" : "number";
}

/** The user part of another host's URI, as if it were dialled here. */
export function asNumber(user: string, core: Core): TargetKind {
  const uri = parseUri(`sip:${user}@${core.domains.primary}`);
  return isFailure(uri) ? "number" : kindOf(uri, core);
}

/** Within a dialog its token tells; outside of one, what is no user of ours goes to a backend. */
function goesToBackend(r: Request, core: Core): boolean {
  const { way } = r;
  if (way === undefined) return r.aor !== "" && !r.isLocal;
  return core.backends.isAt(way);
}

function hasReplaces(uri: Uri): boolean {
  return `&${uri.headers.toLowerCase()}`.includes("&replaces=");
}

function isForEverybody(user: string, core: Core): boolean {
  return mayDial(NO_RIGHTS, core.dialPlan, core.everybody, unescapeUser(user), () => "wrong").allowed;
}
