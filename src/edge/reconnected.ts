import { type Flow, isFailure, isSecure } from "../base/index.ts";
import { aorOf } from "../policy/index.ts";
import { HOLDER_CHARS, type Way } from "../proxy/index.ts";
import { type Binding, isLive } from "../registrar/index.ts";
import { H, type Message, parseUri, sameUri, type Uri } from "../sip/index.ts";
import type { Core } from "./core.ts";
import { userNamed } from "./registering.ts";

/**
 * A phone on TCP, TLS or WebSocket that connects anew in the middle of a call (another network, a laptop that slept, a restart of ours).
 * The call's token names a connection that is gone; it also tells, sealed, who was registered over it. Where that user is registered again
 * with the very contact that the call has for its target, the new connection is the way (RFC 5626 5.3).
 */

const NOBODY: readonly string[] = [];

/** What stands in a token for the user named by `uri`, From or To, when `flow` is a connection that he is registered over. */
export function holderOf(flow: Flow, uri: Uri, core: Core): string {
  // Over UDP the address stays the way, and nothing can close.
  if (!flow.reliable || !core.location.reaches(flow)) return "";
  for (const aor of aorsMeant(uri, core)) {
    for (const b of core.location.get(aor)) if (b.flow === flow) return markOf(aor, core);
  }
  return "";
}

/** Where the holder of a dead connection can be reached as `uri`, his target in the dialog of `m`. */
export function flowOfHolder(way: Way, m: Message, uri: string, core: Core): Flow | undefined {
  const target = parseUri(uri);
  if (isFailure(target)) return undefined;
  const now = core.clock.wall();
  for (const aor of aorsMeant(m.need(H.to).uri, core)) {
    // Only who held it when the call was set up: To alone is what anybody in a call may write.
    if (markOf(aor, core) !== way.holder) continue;
    for (const b of core.location.get(aor)) if (isLive(b, now) && fits(b, way, target)) return b.flow;
  }
  return undefined;
}

function fits({ flow, contact, path }: Binding, way: Way, target: Uri): boolean {
  // Behind another proxy it is that proxy's connection, and the call's route set leads to it.
  if (flow === undefined || path.length > 0) return false;
  // What began unseen by others does not go on in the open.
  if (isSecure(way.transport) && !isSecure(flow.transport)) return false;
  const bound = parseUri(contact);
  return !isFailure(bound) && sameUri(bound, target);
}

function markOf(aor: string, core: Core): string {
  return core.mac(`holder ${aor}`).slice(0, HOLDER_CHARS);
}

/** A phone system that is the registrar calls its phones by a contact of ours, or with Path by theirs. */
function aorsMeant(uri: Uri, core: Core): readonly string[] {
  const aor = aorOf(uri, core.domains);
  if (aor === "") return NOBODY;
  if (core.config.register !== "relay") return [aor];
  const user = userNamed(aor.slice(0, aor.lastIndexOf("@")));
  return [aor, ...core.config.domains.map((domain) => `${user}@${core.domains.canonical(domain)}`)];
}
