import { hostPort, LIMITS } from "../../base/index.ts";
import { type Destination, isDomainName, order, type Server } from "../../names/index.ts";
import { uriParam } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import { keyOf } from "../names.ts";
import type { Request, Word } from "../request.ts";
import { isElsewhere, mayLeave } from "../rights.ts";
import { overloaded } from "./crowded.ts";

/**
 * RFC 3263: where the domain of another one's URI is. Asked for users who have proved who they are, and for no request that the policy would
 * refuse anyway: nobody else has us ask a name server for anything.
 */
export function names(r: Request, core: Core): Word {
  const to = destination(r, core);
  if (to === undefined) return "next";
  const known = core.names.find(to);
  if (known === undefined) {
    if (core.waiting.isFull(r.claimed, r.m.text.length) || !lookUp(to, core)) return overloaded(r, core);
    r.waitsFor = keyOf(to);
    return "wait";
  }
  // RFC 3261 21.4.5: also for a domain that is not to be found.
  if (known.outcome === "none") return r.reply(404, "", "Domain Not Found");
  // RFC 3261 21.4.18, 20.33: it may be found later.
  if (known.outcome === "failed") return r.reply(480, "Retry-After: 30\r\n", "Domain Not Resolved");
  r.hops = hopsOf(known.servers, core);
  return "next";
}

/** False when too much is being looked up already. */
function lookUp(to: Destination, core: Core): boolean {
  const began = core.names.search(to);
  if (began === "new") core.counters.lookups++;
  return began !== "full";
}

/** What is to be looked up; undefined for what leads elsewhere without, and for what nobody may reach. */
function destination(r: Request, core: Core): Destination | undefined {
  const { target, claimed } = r;
  if (claimed === "" || r.caller !== "user" || r.inDialog || !mayLeave(core)) return undefined;
  if (r.m.method === "REGISTER" || target.scheme !== "sip" || core.domains.isOurs(target.host, 0)) return undefined;
  const transport = uriParam(target, "transport")?.toLowerCase() ?? "";
  if (transport !== "" && transport !== "udp" && transport !== "tcp") return undefined;
  const host = core.domains.canonical(target.host);
  return isDomainName(host) ? { host, port: target.port, transport } : undefined;
}

/**
 * The first hops that a user may be connected with. Judged each time and by address: whoever owns a name says where it leads, and may say
 * that it leads to our phone system.
 */
function hopsOf(servers: readonly Server[], core: Core): readonly string[] {
  const hops = new Set<string>();
  for (const { transport, host, port } of order(servers, core.entropy.upTo)) {
    if (hops.size === LIMITS.hops) break;
    if (isElsewhere(host, core)) hops.add(`${transport}:${hostPort(host, port)}`);
  }
  return [...hops];
}
