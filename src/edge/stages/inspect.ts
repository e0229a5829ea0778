import { injectionIn, toolOf } from "../../shield/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * How a packet is written: the names and the handwriting of scanners, and characters that are to do something where they are put into. It only
 * tells; what follows is the shield's to decide. HOT.
 */
export function inspect(r: Request, core: Core): Word {
  const { m, flow } = r;
  if (flow.listener.side === "private" || m.method === "ACK") return "next";
  const tool = toolOf(m, core.toolNames);
  if (tool !== "") {
    core.facts.add("scanner", flow, m, "", tool);
    // Its next packets are here before the verdict is.
    if (!core.trunks.has(flow.host)) core.gate.hold(flow, r.now);
  }
  const place = injectionIn(m);
  if (place !== "") core.facts.add("injection", flow, m, "", place);
  // Carriers send as much as they have.
  if (core.gate.isFlooding(flow, r.now) && !core.trunks.has(flow.host)) core.facts.add("flood", flow, m, "", "");
  return "next";
}
