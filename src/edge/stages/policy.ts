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
    const wanted = { kind: targetKind(r, core), user, host };
    const dial = dialVerdict(r, core, wanted);
    const status = judge(r, core, wanted, dial);
    if (status !== 0) return r.reply(status);
    r.dialled = dial?.stripped ?? user;
  }
  return r.m.method === "REFER" && !mayRefer(r, core) ? r.reply(403) : "next";
}

function targetKind(r: Request, core: Core): TargetKind {
  if (!core.domains.isOurs(r.target.host, r.target.port)) return "foreign";
  if (r.target.user === "") return "self";
  r.aor = aorOf(r.target, core.domains);
  r.isLocal = core.accounts.has(r.aor);
  return r.isLocal ? "local" : "number";
}
