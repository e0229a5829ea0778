import { aorOf, decide, type TargetKind } from "../../policy/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** May this caller reach that target: nobody's open relay. */
export function policy(r: Request, core: Core): Word {
  r.aor = "";
  const verdict = decide({
    method: r.m.method,
    caller: r.caller,
    target: targetKind(r, core),
    hasBackend: core.config.backends.length > 0,
  });
  return verdict === "allow" ? "next" : r.reply(verdict.reply);
}

function targetKind(r: Request, core: Core): TargetKind {
  if (!core.domains.isOurs(r.target.host, r.target.port)) return "foreign";
  if (r.target.user === "") return "self";
  r.aor = aorOf(r.target, core.domains);
  r.isLocal = isLocal(r, core);
  return r.isLocal ? "local" : "number";
}

/** A registrar behind us decides who is a user of its own; it reaches those that are registered. */
function isLocal(r: Request, core: Core): boolean {
  if (core.config.register === "edge") return core.accounts.has(r.aor);
  return r.inside && core.location.get(r.aor).length > 0;
}
