/**
 * All that a response context can ask of its host. The host executes an array from first to last.
 *
 * - `startBranch`: make a client transaction for `branches[branch]` and send the request to its target;
 * - `forward`: send the response just handed in upstream, its top Via removed (`forwardResponse`);
 * - `cancelBranch`: send a CANCEL on `branches[branch]` (it has had a provisional response);
 * - `dropBranch`: end the client transaction of `branches[branch]`, it will say nothing any more (RFC 3261 9.1);
 * - `reply`: answer upstream with `status` ourselves;
 * - `forwardBest`: send `bestResponse(context)` upstream;
 * - `abandon`: there will be no answer (RFC 4320 4.2); let the server transaction swallow retransmissions until it ends by itself;
 * - `done`: nothing more will come but late 2xx to an INVITE, so the context may be forgotten.
 */
export type EffectKind =
  | "startBranch"
  | "forward"
  | "cancelBranch"
  | "dropBranch"
  | "reply"
  | "forwardBest"
  | "abandon"
  | "done";

/** One shape for every kind, so that the host's loop stays monomorphic. `branch` is -1 and `status` 0 where they mean nothing. */
export interface ProxyEffect {
  readonly kind: EffectKind;
  /** Index into `ResponseContext.branches`. */
  readonly branch: number;
  readonly status: number;
}

export type ProxyEffects = readonly ProxyEffect[];

/** Effects of one branch that need no allocation: as many as an AOR may hold contacts, and some. */
const SHARED = 16;

const make = (kind: EffectKind, branch: number, status: number): ProxyEffect => ({ kind, branch, status });
const row = (kind: EffectKind): ProxyEffect[] => Array.from({ length: SHARED }, (_, i) => make(kind, i, 0));

const STARTS = row("startBranch");
const CANCELS = row("cancelBranch");
const DROPS = row("dropBranch");
const BESTS = row("forwardBest");

export const startBranch = (i: number): ProxyEffect => (i < SHARED ? STARTS[i] : make("startBranch", i, 0));
export const cancelBranch = (i: number): ProxyEffect => (i < SHARED ? CANCELS[i] : make("cancelBranch", i, 0));
export const dropBranch = (i: number): ProxyEffect => (i < SHARED ? DROPS[i] : make("dropBranch", i, 0));
export const forwardBest = (i: number): ProxyEffect => (i < SHARED ? BESTS[i] : make("forwardBest", i, 0));
export const replyWith = (status: number): ProxyEffect => make("reply", -1, status);

export const FORWARD = make("forward", -1, 0);
export const ABANDON = make("abandon", -1, 0);
export const DONE = make("done", -1, 0);

/** Whole answers of the common paths: a call to one contact allocates none of them. */
export const NOTHING: ProxyEffects = [];
export const START_ONLY: ProxyEffects = [STARTS[0]];
export const CANCEL_ONLY: ProxyEffects = [CANCELS[0]];
export const JUST_FORWARD: ProxyEffects = [FORWARD];
export const FORWARD_DONE: ProxyEffects = [FORWARD, DONE];
export const JUST_DONE: ProxyEffects = [DONE];
