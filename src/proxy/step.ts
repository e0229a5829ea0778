import type { Message } from "../sip/index.ts";
import { forget, keep, keepStatus } from "./best.ts";
import { type Branch, Cancel, type ResponseContext } from "./context.ts";
import {
  ABANDON,
  CANCEL_ONLY,
  cancelBranch,
  DONE,
  dropBranch,
  FORWARD,
  FORWARD_DONE,
  forwardBest,
  JUST_DONE,
  JUST_FORWARD,
  NOTHING,
  type ProxyEffect,
  type ProxyEffects,
  replyWith,
  START_ONLY,
  startBranch,
} from "./effects.ts";
import { hasNextHop } from "./response.ts";
import { CANCEL_PATIENCE, SERVER_PATIENCE, TIMER_C } from "./timers.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Starts the first group of targets. `now` is in the clock's milliseconds. Without any target the answer is 480. */
export function start(ctx: ResponseContext, now: number): ProxyEffects {
  // RFC 5393 5.3.3: too little to send it even to one.
  if (ctx.breadth < 1) return answer(ctx, 440, []);
  // RFC 3261 16.5: an empty target set.
  if (ctx.branches.length === 0) return answer(ctx, 480, []);
  if (ctx.branches.length > 1) {
    const out: ProxyEffect[] = [];
    startMore(ctx, now, out);
    return out;
  }
  open(ctx, ctx.branches[0], ctx.breadth, now);
  ctx.groupEnd = 1;
  return START_ONLY;
}

/** A response on branch `i` (RFC 3261 16.7), also one that was handed up a second time. */
export function onResponse(ctx: ResponseContext, i: number, m: Message, now: number): ProxyEffects {
  const branch = ctx.branches[i];
  const { status } = m;
  // RFC 3261 16.7.3: with no Via below ours it is for nobody upstream. A final one has ended the branch all the same.
  if (!hasNextHop(m)) return status < 200 ? NOTHING : onTransportError(ctx, i, now);
  if (status < 200) return onProvisional(ctx, branch, status, now);
  if (status < 300) return onSuccess(ctx, branch, status, now);
  return onRefusal(ctx, branch, m, now);
}

/** The client transaction of branch `i` gave up waiting (timer B or F). */
export function onTimeout(ctx: ResponseContext, i: number, now: number): ProxyEffects {
  const branch = ctx.branches[i];
  if (branch.status >= 200) return NOTHING;
  // RFC 3261 16.6.7: as if it had answered 408, but nothing is placed in the context.
  close(ctx, branch, 408);
  return settle(ctx, now, []);
}

/** The request of branch `i` could not be sent. */
export function onTransportError(ctx: ResponseContext, i: number, now: number): ProxyEffects {
  const branch = ctx.branches[i];
  if (branch.status >= 200) return NOTHING;
  close(ctx, branch, 503);
  // RFC 3261 16.9: as if it had answered 503.
  if (ctx.answered === 0) keepStatus(ctx, branch, 503);
  return settle(ctx, now, []);
}

/**
 * The server of branch `i` is known to be down. When it has said no more than 100 and another one is left, that is tried now;
 * a phone that rings is left to ring, since it may only be the probes that are not answered.
 */
export function onServerDown(ctx: ResponseContext, i: number, now: number): ProxyEffects {
  const branch = ctx.branches[i];
  if (branch.status > 100 || ctx.stopped || ctx.started === ctx.branches.length) return NOTHING;
  const out: ProxyEffect[] = [];
  // RFC 3261 9.1: not before a provisional response.
  if (ctx.invite && branch.status === 100) out.push(cancelBranch(i));
  out.push(dropBranch(i));
  close(ctx, branch, 408);
  return settle(ctx, now, out);
}

/** Upstream has sent a CANCEL for this INVITE (RFC 3261 16.10). The host answers the CANCEL itself. */
export function cancel(ctx: ResponseContext, now: number): ProxyEffects {
  if (!ctx.invite || ctx.answered !== 0 || ctx.cancelled) return NOTHING;
  ctx.cancelled = true;
  ctx.stopped = true;
  if (ctx.branches.length === 1 && ctx.open === 1 && cancelOne(ctx.branches[0], now)) {
    refreshDue(ctx);
    return CANCEL_ONLY;
  }
  const out: ProxyEffect[] = [];
  cancelPending(ctx, now, out);
  return settle(ctx, now, out);
}

/** The time `ctx.due` has come, or an earlier one: then nothing happens. */
export function onTimer(ctx: ResponseContext, now: number): ProxyEffects {
  if (now < ctx.due) return NOTHING;
  const out: ProxyEffect[] = [];
  for (let i = 0; i < ctx.started; i++) {
    const b = ctx.branches[i];
    if (b.status >= 200 || b.deadline > now) continue;
    // RFC 3261 16.8: with a provisional response CANCEL it, without one act as if it had answered 408.
    if (b.status > 0 && b.cancel !== Cancel.sent) {
      cancelOne(b, now);
      out.push(cancelBranch(i));
      continue;
    }
    // RFC 3261 9.1: no final response within 64*T1 of the CANCEL, so the transaction is destroyed.
    out.push(dropBranch(i));
    close(ctx, b, 408);
  }
  refreshDue(ctx);
  return settle(ctx, now, out);
}

function onProvisional(ctx: ResponseContext, b: Branch, status: number, now: number): ProxyEffects {
  if (b.status >= 200) return NOTHING;
  const first = b.status === 0;
  b.status = status;
  let cancels: ProxyEffect | undefined;
  if (b.cancel === Cancel.wanted && cancelOne(b, now)) {
    cancels = cancelBranch(b.index);
    refreshDue(ctx);
  } else if (ctx.invite && status > 100 && b.cancel === Cancel.no) {
    // RFC 3261 16.7.2: 101..199 to an INVITE starts timer C anew.
    b.deadline = now + TIMER_C;
    refreshDue(ctx);
  } else if (first && b.target.server !== "" && b.cancel === Cancel.no) {
    // It lives: from now on it has the patience that every branch has.
    b.deadline = ctx.invite ? now + TIMER_C : NEVER;
    refreshDue(ctx);
  }
  // RFC 3261 16.7.5: provisional responses go upstream, 100 never; RFC 4320 4.1: none other than 100 to a non-INVITE.
  const forwards = status > 100 && ctx.invite && ctx.answered === 0;
  if (cancels === undefined) return forwards ? JUST_FORWARD : NOTHING;
  return forwards ? [FORWARD, cancels] : [cancels];
}

function onSuccess(ctx: ResponseContext, b: Branch, status: number, now: number): ProxyEffects {
  if (b.status < 200) close(ctx, b, status);
  else if (!ctx.invite) return NOTHING;
  const first = ctx.answered === 0;
  // RFC 3261 16.7.5: exactly one final response to a non-INVITE, but every 2xx to an INVITE.
  if (!first && !ctx.invite) return settle(ctx, now, []);
  if (first) {
    ctx.answered = status;
    ctx.stopped = true;
    forget(ctx);
  }
  if (ctx.open === 0) {
    if (ctx.finished) return JUST_FORWARD;
    finish(ctx);
    return FORWARD_DONE;
  }
  if (!first) return JUST_FORWARD;
  const out: ProxyEffect[] = [FORWARD];
  cancelPending(ctx, now, out);
  return out;
}

function onRefusal(ctx: ResponseContext, b: Branch, m: Message, now: number): ProxyEffects {
  if (b.status >= 200) return NOTHING;
  const { status } = m;
  close(ctx, b, status);
  if (ctx.answered !== 0) return settle(ctx, now, []);
  // RFC 4320 4.2: a 408 to a non-INVITE is never sent, so it counts for as much as silence.
  const silent = status === 408 && !ctx.invite;
  if (ctx.branches.length === 1 && status !== 503 && !silent) {
    ctx.answered = status;
    finish(ctx);
    return FORWARD_DONE;
  }
  if (!silent) keep(ctx, b, m);
  const out: ProxyEffect[] = [];
  // RFC 3263 4.3: a server that has answered has answered for all of them.
  if (b.target.server !== "" && status !== 503) ctx.stopped = true;
  if (status >= 600) {
    // RFC 3261 16.7.5: a 6xx is kept until the others have ended; no new branches.
    ctx.stopped = true;
    cancelPending(ctx, now, out);
  }
  return settle(ctx, now, out);
}

function open(ctx: ResponseContext, b: Branch, breadth: number, now: number): void {
  b.breadth = breadth;
  ctx.started++;
  ctx.open++;
  // Only while another one is left: the last is given the time that the RFC gives.
  if (b.target.server !== "" && ctx.groupEnd < ctx.branches.length) b.deadline = now + SERVER_PATIENCE;
  // RFC 3261 16.6.11
  else if (ctx.invite) b.deadline = now + TIMER_C;
  if (b.deadline < ctx.due) ctx.due = b.deadline;
}

function close(ctx: ResponseContext, b: Branch, status: number): void {
  b.status = status;
  b.deadline = NEVER;
  ctx.open--;
  refreshDue(ctx);
}

/** Starts what may be started now: the rest of the group as breadth allows, or the next group when none of this one is left. */
function startMore(ctx: ResponseContext, now: number, out: ProxyEffect[]): void {
  const { branches } = ctx;
  if (ctx.started === ctx.groupEnd && ctx.open === 0 && ctx.started < branches.length) {
    const { q } = branches[ctx.started].target;
    while (ctx.groupEnd < branches.length && branches[ctx.groupEnd].target.q === q) ctx.groupEnd++;
    const size = ctx.groupEnd - ctx.started;
    if (size <= ctx.breadth) {
      const first = ctx.started;
      while (ctx.started < ctx.groupEnd) startOne(ctx, shareOf(ctx.breadth, size, ctx.started - first), now, out);
      return;
    }
  }
  // RFC 5393 5.5: more targets than breadth: one each, and the next when one has ended.
  while (ctx.started < ctx.groupEnd && ctx.open < ctx.breadth) startOne(ctx, 1, now, out);
}

function startOne(ctx: ResponseContext, breadth: number, now: number, out: ProxyEffect[]): void {
  out.push(startBranch(ctx.started));
  open(ctx, ctx.branches[ctx.started], breadth, now);
}

/** RFC 5393 5.3.3: the parts of a group never exceed what came in; the remainder goes to the first ones. */
function shareOf(breadth: number, size: number, k: number): number {
  return Math.floor(breadth / size) + (k < breadth % size ? 1 : 0);
}

/** After a branch has ended: more branches, or the final answer when none is left. */
function settle(ctx: ResponseContext, now: number, out: ProxyEffect[]): ProxyEffects {
  if (!ctx.stopped) startMore(ctx, now, out);
  if (ctx.open > 0 || ctx.finished) return out.length === 0 ? NOTHING : out;
  if (ctx.answered !== 0) {
    finish(ctx);
    if (out.length === 0) return JUST_DONE;
    out.push(DONE);
    return out;
  }
  return conclude(ctx, out);
}

/** RFC 3261 16.7.6: every branch has ended without a 2xx. */
function conclude(ctx: ResponseContext, out: ProxyEffect[]): ProxyEffects {
  if (ctx.bestStatus === 0 || ctx.bestStatus === 503) {
    // RFC 3261 9.2: what a caller who has given up expects.
    if (ctx.cancelled) return answer(ctx, 487, out);
    // RFC 3261 16.7.6: a 503 would tell upstream that nothing at all can be served here.
    if (ctx.bestStatus === 503) return answer(ctx, 500, out);
    if (ctx.invite) return answer(ctx, 408, out);
    // RFC 4320 4.2: no 408 to a non-INVITE.
    finish(ctx);
    out.push(ABANDON, DONE);
    return out;
  }
  ctx.answered = ctx.bestStatus;
  finish(ctx);
  out.push(forwardBest(ctx.bestBranch), DONE);
  return out;
}

function answer(ctx: ResponseContext, status: number, out: ProxyEffect[]): ProxyEffects {
  ctx.answered = status;
  finish(ctx);
  out.push(replyWith(status), DONE);
  return out;
}

function finish(ctx: ResponseContext): void {
  ctx.finished = true;
  ctx.stopped = true;
}

/** RFC 3261 16.7.10: CANCEL for every pending branch of an INVITE; those without a provisional response are remembered. */
function cancelPending(ctx: ResponseContext, now: number, out: ProxyEffect[]): void {
  if (!ctx.invite) return;
  for (let i = 0; i < ctx.started; i++) if (cancelOne(ctx.branches[i], now)) out.push(cancelBranch(i));
  refreshDue(ctx);
}

/** True when a CANCEL is to be sent now. */
function cancelOne(b: Branch, now: number): boolean {
  if (b.status >= 200 || b.cancel === Cancel.sent) return false;
  // RFC 3261 9.1: not before a provisional response; 100 is one.
  if (b.status === 0) {
    b.cancel = Cancel.wanted;
    return false;
  }
  b.cancel = Cancel.sent;
  b.deadline = now + CANCEL_PATIENCE;
  return true;
}

function refreshDue(ctx: ResponseContext): void {
  let due = NEVER;
  for (let i = 0; i < ctx.started; i++) if (ctx.branches[i].deadline < due) due = ctx.branches[i].deadline;
  ctx.due = due;
}
