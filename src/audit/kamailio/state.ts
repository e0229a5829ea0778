import type { Spot } from "./token.ts";

/** What a variable holds: a value of the script, a caller's words, or what cannot be known. */
export type Held = { readonly value: string } | "caller" | "unknown";

/** Steps that led somewhere, the last one first. */
export interface Trail {
  readonly text: string;
  readonly spot: Spot;
  readonly before: Trail | undefined;
}

/** One request on its way through the script. Never changed: each step makes another. */
export interface State {
  readonly method: string;
  /** Whom its Request-URI names now: someone else's domain, our own, a place the script chose, a registered user of ours. */
  readonly uri: "foreign" | "own" | "script" | "user";
  /** Does its From name our own domain? */
  readonly from: "foreign" | "own";
  readonly hasToTag: boolean;
  /** Does loose_route() find a Route that leads on? */
  readonly hasRoute: boolean;
  /** Comes over HTTP, for event routes. */
  readonly isHttp: boolean;
  readonly held: ReadonlyMap<string, Held>;
  /** What the last function or route returned, where that is known. */
  readonly rc: number | undefined;
  /** A condition on the way that only the running Kamailio can decide. */
  readonly doubt: Trail | undefined;
  readonly trail: Trail | undefined;
}

/** What makes two requests the same from here on. */
export function keyOf(s: State): string {
  const held = [...s.held].map(([k, v]) => `${k}=${typeof v === "string" ? v : `"${v.value}"`}`).sort();
  return `${s.uri} ${s.rc ?? "?"} ${s.doubt === undefined} ${held.join(" ")}`;
}

/** Each kind of request once. */
export function distinct(states: readonly State[]): State[] {
  if (states.length < 2) return [...states];
  const seen = new Map<string, State>();
  for (const s of states) if (!seen.has(keyOf(s))) seen.set(keyOf(s), s);
  return [...seen.values()];
}

/** The way as lines: "text (file:line)", first step first. */
export function trailLines(trail: Trail | undefined, name: (file: string) => string): string[] {
  const lines: string[] = [];
  for (let t = trail; t !== undefined; t = t.before) lines.push(`${t.text} (${name(t.spot.file)}:${t.spot.line})`);
  return lines.reverse();
}
