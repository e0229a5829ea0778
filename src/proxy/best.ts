import { own } from "../base/index.ts";
import type { Message } from "../sip/index.ts";
import type { Branch, ResponseContext } from "./context.ts";
import { headerLines } from "./lines.ts";
import { forwardResponse } from "./response.ts";

/** Better is lower; no response at all. */
const WORST = 1_000;

/**
 * RFC 3261 16.7.6: how good a final response is, lower is better: 6xx, then the lowest class, within 4xx first what tells the
 * caller how to try again, last what only says that nobody answered. 503 stays behind its class: it is never forwarded.
 */
export function rank(status: number): number {
  if (status === 0) return WORST;
  if (status >= 600) return 0;
  const base = Math.trunc(status / 100) * 100;
  return base + withinClass(status);
}

function withinClass(status: number): number {
  switch (status) {
    case 401:
    case 407:
      return 0;
    case 415:
    case 420:
    case 484:
      return 1;
    case 408:
    case 487:
    case 503:
      return 9;
    default:
      return 5;
  }
}

/** Adds a final response of 300..699 to the context (RFC 3261 16.7.4). Only what may still be needed is copied out of `m`. */
export function keep(ctx: ResponseContext, branch: Branch, m: Message): void {
  const { status } = m;
  if (rank(status) < rank(ctx.bestStatus)) {
    ctx.bestStatus = status;
    ctx.bestBranch = branch.index;
    // RFC 3261 16.7.6: a 503 becomes a 500 of our own, so its text is of no use.
    ctx.bestText = status === 503 ? "" : own(forwardResponse(m));
    ctx.bestHeadEnd = ctx.bestText.length - (m.bodyEnd - m.bodyStart);
  } else if (isChallenge(status) && isChallenge(ctx.bestStatus)) ctx.challenges += own(headerLines(m, isChallengeName));
}

/** A failure of ours in the place of a response: 503 for a transport error (RFC 3261 16.9). */
export function keepStatus(ctx: ResponseContext, branch: Branch, status: number): void {
  if (rank(status) >= rank(ctx.bestStatus)) return;
  ctx.bestStatus = status;
  ctx.bestBranch = branch.index;
}

/** Frees what only a choice between failures needs. */
export function forget(ctx: ResponseContext): void {
  ctx.bestText = "";
  ctx.challenges = "";
}

/**
 * Text of the response that `forwardBest` asks for: without our Via, and with the challenges of all other 401 and 407
 * responses (RFC 3261 16.7.7). Empty when there is none.
 */
export function bestResponse(ctx: ResponseContext): string {
  const text = ctx.bestText;
  if (ctx.challenges === "") return text;
  // In front of the empty line that ends the header section.
  const at = text.charCodeAt(ctx.bestHeadEnd - 2) === CR ? ctx.bestHeadEnd - 2 : ctx.bestHeadEnd - 1;
  return text.slice(0, at) + ctx.challenges + text.slice(at);
}

const CR = 13;

function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

function isChallengeName(name: string): boolean {
  return name === "www-authenticate" || name === "proxy-authenticate";
}
