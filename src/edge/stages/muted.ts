import { aorOf } from "../../policy/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import { deviceOf } from "../facts.ts";
import type { Request, Word } from "../request.ts";

/** An office is never cut off for one of its devices: what the shield has against it is held against that one here. */
export function muted(r: Request, core: Core): Word {
  if (r.caller === "backend" || r.caller === "trunk") return "next";
  const claimed = aorOf(r.m.need(r.m.method === "REGISTER" ? H.to : H.from).uri, core.domains);
  return core.gate.isMuted(r.flow, claimed, deviceOf(r.m), r.now) ? "drop" : "next";
}
