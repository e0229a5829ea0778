import { isFailure } from "../../base/index.ts";
import { readToken, type Target, undoStrictRoute, type Way } from "../../proxy/index.ts";
import { H, type NameAddr } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";
import { shownUri } from "../seal.ts";

const NO_ROUTES: readonly string[] = [];

/**
 * RFC 3261 16.4. A topmost Route of ours with a valid token sends the request to the side it did not come from; whatever
 * its Request-URI says, it reaches nobody else (docs/decisions/002). Without a token the Route only named us.
 */
export function looseRoute(r: Request, core: Core): Word {
  if (!r.m.has(H.route)) return ackWithoutDialog(r, core);
  const { isOurs } = core;
  const undone = undoStrictRoute(r.m, isOurs);
  if (undone !== undefined) r.m = undone.message;
  const routes = r.m.all(H.route);
  const target = r.m.requestUri();
  if (isFailure(routes) || isFailure(target)) return r.m.method === "ACK" ? "drop" : r.reply(400);
  r.target = target;
  while (r.popRoutes < routes.length && isOurs(routes[r.popRoutes].uri)) r.popRoutes++;
  const token = undone?.token ?? (r.popRoutes > 0 ? routes[0].uri.user : "");
  if (r.popRoutes > 0) r.route = routes[0].uri;
  const way = dialogWay(r, core, token);
  if (way === undefined) return ackWithoutDialog(r, core);
  r.inDialog = true;
  r.way = way;
  r.inside = core.backends.isAt(r.flow);
  r.targets = core.backends.isAt(way)
    ? [inwardTarget(r, way, routes.slice(0, r.popRoutes), core)]
    : [{ uri: target.text, routes: NO_ROUTES, flow: undefined, hop: "", q: 1000, server: "" }];
  if (r.m.method === "ACK") return "pass";
  // RFC 3515: it may start a call, which is for the stages below to judge.
  return r.m.method === "REFER" ? "next" : "relay";
}

/** The inside gets back what `topology = "hide"` took out of its Contact and its Record-Routes. */
function inwardTarget(r: Request, way: Way, passed: readonly NameAddr[], core: Core): Target {
  const uri = core.isOurs(r.target) ? shownUri(r.target, way, core.seal) : r.target.text;
  const routes = passed.map((route) => core.seal.open(route.uri)).filter((text) => text !== undefined);
  return { uri, routes: routes.map((text) => `<${text}>`), flow: undefined, hop: "", q: 1000, server: "" };
}

/** The far side of the dialog whose token this is; undefined when the token is none of ours or of another call. */
function dialogWay(r: Request, core: Core, token: string): Way | undefined {
  const toTag = r.m.need(H.to).tag;
  // A dialog has a To tag; without one this is a new request that borrowed a token.
  if (token === "" || toTag === "") return undefined;
  return readToken(token, r.m.need(H.callId), r.m.need(H.from).tag, toTag, core.mac);
}

/** RFC 3261 16.11 would forward any ACK; one that no token of ours vouches for goes nowhere. */
function ackWithoutDialog(r: Request, core: Core): Word {
  if (r.m.method !== "ACK") return "next";
  core.counters.strayAcks++;
  return "drop";
}
