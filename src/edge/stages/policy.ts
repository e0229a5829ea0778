import { aorOf, type TargetKind } from "../../policy/index.ts";
import type { Core } from "../core.ts";
import { mayRefer } from "../refer.ts";
import type { Request, Word } from "../request.ts";
import { dialVerdict, judge } from "../rights.ts";

/** May this caller reach that target: nobody's open relay. */
export function policy(r: Request, core: Core): Word {
  if (!r.inDialog) {
    r.aor = "";
    const { user, host } = r.target;
    const wanted = { kind: targetKind(r, core), user, host, isResolved: r.hops.length > 0 };
    const dial = dialVerdict(r, core, wanted);
    const status = judge(r, core, wanted, dial);
    if (status !== 0) {
      if (r.caller === "stranger") tellStranger(r, core, wanted.kind);
      return r.reply(status);
    }
    r.dialled = dial?.stripped ?? user;
  }
  return r.m.method === "REFER" && !mayRefer(r, core) ? r.reply(403) : "next";
}

/** What a stranger looks for here: a way to elsewhere, a number outside, or a name. */
function tellStranger(r: Request, core: Core, kind: TargetKind): void {
  const { user, host } = r.target;
  if (kind === "foreign") core.facts.add("relay", r.flow, r.m, "", host);
  else if (kind === "number" && isDialled(user)) core.facts.add("relay", r.flow, r.m, "", user);
  else if (kind === "number") core.facts.addUnknown(r.flow, r.m, r.aor);
}

/** A number that is dialled, and not the name of an extension. */
function isDialled(user: string): boolean {
  return user.length >= 7 && /^\+?[\d*#]+$/.test(user);
}

function targetKind(r: Request, core: Core): TargetKind {
  if (!core.domains.isOurs(r.target.host, r.target.port)) return "foreign";
  if (r.target.user === "") return "self";
  r.aor = aorOf(r.target, core.domains);
  const isUser = isUserHere(r, core);
  // Called by way of the phone system he still is a user, whom all users may call.
  r.isLocal = isUser && !isForPbx(r, core);
  return isUser ? "local" : "number";
}

/** What phones ask a phone system about each other (lamps, voicemail: RFC 6665, RFC 3903), and calls where it is to see them all. */
function isForPbx({ caller, m: { method } }: Request, { config }: Core): boolean {
  if (caller !== "user" || config.backends.length === 0) return false;
  return method === "INVITE" ? config.localCalls === "pbx" : method === "SUBSCRIBE" || method === "PUBLISH";
}

/** A registrar behind us decides who is a user of its own; it reaches those that are registered. */
function isUserHere(r: Request, core: Core): boolean {
  if (core.config.register === "relay") return r.inside && core.location.get(r.aor).length > 0;
  return core.accounts.has(r.aor);
}
