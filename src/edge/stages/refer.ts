import { isFailure } from "../../base/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import { needsRights } from "../refer.ts";
import type { Request, Word } from "../request.ts";

/**
 * Within a dialog a REFER to a number or another domain goes further down, to be asked for a password and judged; any other one
 * goes where its token says.
 */
export function refer(r: Request, core: Core): Word {
  if (r.m.method !== "REFER") return "next";
  if (isFailure(r.m.get(H.referTo))) return r.reply(400);
  return r.inDialog && (isJudgedByPbx(r, core) || !needsRights(r, core)) ? "relay" : "next";
}

/** Is this for the phone system to judge? It is its own master, and of its phones where it asks for passwords; of a carrier it never is. */
function isJudgedByPbx(r: Request, core: Core): boolean {
  if (r.inside) return true;
  if (core.config.register !== "relay") return false;
  return core.trunks.find(r.flow.host, r.flow.transport, r.m.need(H.from).uri.host) === undefined;
}
