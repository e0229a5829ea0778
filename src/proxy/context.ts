import { type Flow, isFailure, LIMITS, type Timed } from "../base/index.ts";
import { parseUri, sameUri } from "../sip/index.ts";

/** One place a request may go to (RFC 3261 16.5). */
export interface Target {
  /** The new Request-URI. */
  readonly uri: string;
  /** Route values to push in front (Path, RFC 3327), the first one first. */
  readonly routes: readonly string[];
  /** The way to it when one is known. */
  readonly flow: Flow | undefined;
  /** "udp:host:port" of the next hop when there is no flow; empty for none. */
  readonly hop: string;
  /** 0..1000; higher is tried earlier, equals are tried together. */
  readonly q: number;
  /**
   * Name of the server behind us that this is, or the hop of one of another domain's; "" for a phone. Servers stand in for each other (RFC 3263 4.3): the next is
   * tried after silence, 503 or a transport error, and never after an answer.
   */
  readonly server: string;
}

/** Whether a branch is to be cancelled. A CANCEL has to wait for the first provisional response (RFC 3261 9.1). */
export const Cancel = { no: 0, wanted: 1, sent: 2 } as const;

/** One forwarded copy of the request. `C` is what the host keeps of its client transaction. */
export class Branch<C = unknown> {
  readonly index: number;
  readonly target: Target;
  /** Via branch of this copy, given by the host when it starts it. */
  branch = "";
  /** The host's client transaction. */
  client: C | undefined = undefined;
  /** Status of the last response: 0 none yet, 100..199 pending, 200..699 finished. */
  status = 0;
  /** Max-Breadth of this copy (RFC 5393 5.3.3). */
  breadth = 0;
  /** One of `Cancel`. */
  cancel = 0;
  /** When patience with this branch ends: timer C, or after a CANCEL 64*T1. */
  deadline = Number.POSITIVE_INFINITY;

  constructor(index: number, target: Target) {
    this.index = index;
    this.target = target;
  }
}

/**
 * What a stateful proxy knows of one request and its copies (RFC 3261 16.2). The host reads `branches`, `due`, `answered` and
 * `finished`, writes `server`, `Branch.branch` and `Branch.client`, and arms it in a wheel for `due`; the rest belongs to the step functions.
 */
export class ResponseContext<C = unknown> implements Timed {
  /** Every target, in the order of trying. */
  readonly branches: readonly Branch<C>[];
  readonly invite: boolean;
  /** The host's server transaction. */
  server: C | undefined = undefined;
  /** When `onTimer` wants to be called; Infinity for never. */
  due = Number.POSITIVE_INFINITY;
  /** Status of the final response sent upstream; 0 while there is none. */
  answered = 0;
  /** True once `done` was said. */
  finished = false;

  /** Upstream has sent CANCEL. */
  cancelled = false;
  /** No new branches: a 2xx or 6xx has come, or a CANCEL. */
  stopped = false;
  /** Max-Breadth that this request brought along (RFC 5393 5.3.2). */
  breadth: number;
  /** Branches started that have no final response. */
  open = 0;
  /** How many branches were started, and where the group being tried ends. */
  started = 0;
  groupEnd = 0;
  /** The best final response so far: its status (0 none), branch, text without our Via, and where its header section ends. */
  bestStatus = 0;
  bestBranch = -1;
  bestText = "";
  bestHeadEnd = 0;
  /** Challenges of the other 401 and 407 responses: whole header lines. */
  challenges = "";

  // The timer wheel's own.
  at = 0;
  next: Timed | null = null;
  prev: Timed | null = null;

  constructor(invite: boolean, branches: readonly Branch<C>[], breadth: number) {
    this.invite = invite;
    this.branches = branches;
    this.breadth = breadth;
  }
}

/**
 * A context for one request, nothing started yet.
 *
 * `maxBreadth` is the request's Max-Breadth, -1 when it has none. The targets are tried from the highest q to the lowest, equals
 * together; one that is there twice (equal URIs by the same way) is tried once (RFC 3261 16.5).
 */
export function newContext<C = unknown>(
  method: string,
  targets: readonly Target[],
  maxBreadth = -1,
): ResponseContext<C> {
  // RFC 5393 5.3.3: none means 60, and more than our maximum is overwritten.
  const breadth = maxBreadth < 0 || maxBreadth > LIMITS.maxBreadth ? LIMITS.maxBreadth : maxBreadth;
  // The call to one contact, by far the most frequent: a list of just one place.
  const branches =
    targets.length === 1 ? [new Branch<C>(0, targets[0])] : inOrder(targets).map((t, i) => new Branch<C>(i, t));
  return new ResponseContext<C>(method === "INVITE", branches, breadth);
}

function inOrder(targets: readonly Target[]): Target[] {
  const kept: Target[] = [];
  // Sorted first (a stable sort), so that of two alike the one with the higher q stays.
  for (const t of [...targets].sort((a, b) => b.q - a.q)) if (!kept.some((k) => isSameTarget(k, t))) kept.push(t);
  return kept;
}

/** Two phones behind two NATs may well register the same private address: the way is part of who it is. */
function isSameTarget(a: Target, b: Target): boolean {
  if (a.flow !== b.flow || a.hop !== b.hop) return false;
  if (a.uri === b.uri) return true;
  const left = parseUri(a.uri);
  const right = parseUri(b.uri);
  return !isFailure(left) && !isFailure(right) && sameUri(left, right);
}
