import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { check, type Message, parseMessage } from "../sip/index.ts";
import { newContext, type ResponseContext, type Target } from "./context.ts";
import type { ProxyEffect, ProxyEffects } from "./effects.ts";
import { cancel, onResponse, onServerDown, onTimeout, onTimer, onTransportError, start } from "./step.ts";

/** A message that must be sound. */
export function read(text: string): Message {
  const m = parseMessage(text);
  if (isFailure(m)) throw new Error(`${m.code} in ${text}`);
  assert.equal(check(m), undefined, text);
  return m;
}

/** Lines joined to a message without a body. */
export function lines(...all: string[]): string {
  return `${all.join("\r\n")}\r\n\r\n`;
}

/** A response as it comes back to us: our Via, then the caller's. `extra` are whole header lines. */
export function response(status: number, method = "INVITE", extra: string[] = [], vias = 2): Message {
  const via = ["Via: SIP/2.0/UDP p.example.org;branch=z9hG4bKours", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs"];
  return read(
    lines(
      `SIP/2.0 ${status} Whatever`,
      ...via.slice(0, vias),
      "From: <sip:a@example.org>;tag=1",
      "To: <sip:b@example.org>;tag=2",
      "Call-ID: c",
      `CSeq: 1 ${method}`,
      ...extra,
      "Content-Length: 0",
    ),
  );
}

export function target(uri: string, q = 1000, server = ""): Target {
  return { uri, routes: [], flow: undefined, hop: "udp:192.0.2.9:5060", q, server };
}

/** A context on a fake clock that is told events and says effects, both as short text. */
export interface Play {
  readonly ctx: ResponseContext;
  /** Milliseconds of the fake clock. */
  now: number;
  /**
   * "start", "cancel", "0:180" (a response on branch 0), "0:timeout", "0:error", "0:down", "0:novia" (a 200 without the caller's Via),
   * "+181000" (time passes, then the timer fires). Gives the effects: "start 0, start 1", "-" for none.
   */
  tell(event: string): string;
}

/** One target per q, named by its index. */
export function play(method: string, qs: readonly number[], maxBreadth = -1, servers = false): Play {
  const ctx = newContext(
    method,
    qs.map((q, i) => target(`sip:${i}@example.org`, q, servers ? `s${i}` : "")),
    maxBreadth,
  );
  const p: Play = { ctx, now: 1_000, tell: (event) => show(happen(p, method, event)) };
  return p;
}

function happen(p: Play, method: string, event: string): ProxyEffects {
  const { ctx } = p;
  if (event === "start") return start(ctx, p.now);
  if (event === "cancel") return cancel(ctx, p.now);
  if (event.startsWith("+")) {
    p.now += Number(event);
    return onTimer(ctx, p.now);
  }
  const [branch, what] = event.split(":");
  const i = Number(branch);
  if (what === "timeout") return onTimeout(ctx, i, p.now);
  if (what === "down") return onServerDown(ctx, i, p.now);
  if (what === "error") return onTransportError(ctx, i, p.now);
  if (what === "novia") return onResponse(ctx, i, response(200, method, [], 1), p.now);
  return onResponse(ctx, i, response(Number(what), method), p.now);
}

export function show(effects: ProxyEffects): string {
  return effects.length === 0 ? "-" : effects.map(word).join(", ");
}

function word(e: ProxyEffect): string {
  switch (e.kind) {
    case "startBranch":
      return `start ${e.branch}`;
    case "cancelBranch":
      return `cancel ${e.branch}`;
    case "dropBranch":
      return `drop ${e.branch}`;
    case "forwardBest":
      return `best ${e.branch}`;
    case "reply":
      return `reply ${e.status}`;
    default:
      return e.kind;
  }
}

/** A context's life, event by event. */
export interface Story {
  readonly clause: string;
  readonly method?: string;
  /** q of each target. */
  readonly q: readonly number[];
  readonly breadth?: number;
  /** Event and the effects that answer it. */
  readonly story: readonly (readonly [string, string])[];
}

export const ONE = [1000];
export const TWO = [1000, 1000];

/** Makes a test of each story. */
export function tellStories(stories: readonly Story[]): void {
  for (const { clause, method = "INVITE", q, breadth = -1, story } of stories) {
    test(clause, () => {
      const p = play(method, q, breadth);
      const told = story.map(([event]) => [event, p.tell(event)]);
      assert.deepEqual(told, story);
    });
  }
}
