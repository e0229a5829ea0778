import { LOOKUPS, RELAYS, SETS_TARGET, type Truth } from "./functions.ts";
import { heldBy, judge } from "./judge.ts";
import { type Expr, type Route, type Script, type Statement, showExpr } from "./script.ts";
import { distinct, type Held, keyOf, type State } from "./state.ts";
import type { Spot } from "./token.ts";

const MOST_STEPS = 100_000;
const MOST_STATES = 256;
const DEEPEST = 40;

/** Something that matters was reached. */
export interface Reached {
  readonly what: "relay" | "save" | "control";
  readonly state: State;
  readonly spot: Spot;
}

export interface Walked {
  readonly reached: readonly Reached[];
  /** Sentences about where it could not be followed. */
  readonly missing: readonly string[];
}

interface Walk {
  readonly script: Script;
  readonly reached: Reached[];
  readonly places: Set<string>;
  readonly missing: Set<string>;
  /** By route and request: what it came to. */
  readonly entered: Map<string, Judged[]>;
  steps: number;
  depth: number;
}

/** States that go on with the next statement, left the route, and left a loop or switch. */
interface Ways {
  readonly on: State[];
  readonly back: State[];
  readonly broken: State[];
}

/** Follows one request through the script, along every way that it can take, and tells where it comes to. */
export function walk(script: Script, start: Route, request: State): Walked {
  const w: Walk = {
    script,
    reached: [],
    places: new Set(),
    missing: new Set(),
    entered: new Map(),
    steps: 0,
    depth: 0,
  };
  block(w, start.body, [step(request, start.name === "" ? start.type : `${start.type}[${start.name}]`, start.spot)]);
  if (w.steps >= MOST_STEPS) w.missing.add("The routes have more ways through them than are followed: some were not.");
  return { reached: w.reached, missing: [...w.missing] };
}

function step(s: State, text: string, spot: Spot): State {
  return { ...s, trail: { text, spot, before: s.trail } };
}

function block(w: Walk, body: readonly Statement[], states: readonly State[]): Ways {
  let on: State[] = [...states];
  const back: State[] = [];
  const broken: State[] = [];
  for (const statement of body) {
    if (on.length === 0) break;
    if (on.length > MOST_STATES) w.steps = MOST_STEPS;
    const next: State[] = [];
    for (const s of on) {
      if (++w.steps >= MOST_STEPS) break;
      const ways = one(w, statement, s);
      next.push(...ways.on);
      back.push(...ways.back);
      broken.push(...ways.broken);
    }
    on = distinct(next);
  }
  return { on, back: distinct(back), broken: distinct(broken) };
}

function one(w: Walk, statement: Statement, s: State): Ways {
  switch (statement.do) {
    case "if":
      return either(w, statement.cond, s, statement.yes, statement.no);
    case "while": {
      // Once or not at all: what a second time round adds is what the first has done.
      const ways = either(w, statement.cond, s, statement.body, []);
      return { on: distinct([...ways.on, ...ways.broken]), back: ways.back, broken: [] };
    }
    case "switch":
      return choose(w, statement, s);
    case "end":
      return end(w, statement, s);
    case "set":
      return { on: [assign(w, statement.target, statement.value, s)], back: [], broken: [] };
    case "call":
      return { on: commanded(w, statement.expr, s), back: [], broken: [] };
  }
}

function end(w: Walk, { how, value }: Extract<Statement, { do: "end" }>, s: State): Ways {
  if (how === "break") return { on: [], back: [], broken: [s] };
  if (how !== "return") return { on: [], back: [], broken: [] };
  const held = value === undefined ? { value: "1" } : heldBy(value, s, w.script);
  const rc = typeof held === "object" ? Number(held.value) : undefined;
  // "return 0" ends the script.
  if (rc === 0) return { on: [], back: [], broken: [] };
  return { on: [], back: [{ ...s, rc: rc === undefined || Number.isNaN(rc) ? undefined : rc }], broken: [] };
}

function either(w: Walk, cond: Expr, s: State, yes: readonly Statement[], no: readonly Statement[]): Ways {
  const all = truths(w, cond, s);
  const a = block(w, yes, distinct(all.filter((t) => t.is).map((t) => t.state)));
  const b = block(w, no, distinct(all.filter((t) => !t.is).map((t) => t.state)));
  return { on: [...a.on, ...b.on], back: [...a.back, ...b.back], broken: [...a.broken, ...b.broken] };
}

/** Every case is taken that may be; one without `break` goes on into the next. */
function choose(w: Walk, { on, cases }: Extract<Statement, { do: "switch" }>, s: State): Ways {
  const start = truths(w, on, s).map((t) => t.state);
  const says = (x: State, value: Expr): Truth =>
    judge({ is: "two", mark: "==", a: on, b: value, spot: value.spot }, x, w.script);
  const isNamed = (x: State): boolean => cases.some((c) => c.value !== undefined && says(x, c.value) === "yes");
  const others = start.filter((x) => !isNamed(x));
  const left: State[] = cases.some((c) => c.value === undefined) ? [] : [...others];
  const back: State[] = [];
  let falling: State[] = [];
  for (const { value, body } of cases) {
    const may = value === undefined ? others : start.filter((x) => says(x, value) !== "no");
    const ways = block(w, body, distinct([...may, ...falling]));
    falling = ways.on;
    left.push(...ways.broken);
    back.push(...ways.back);
  }
  return { on: distinct([...left, ...falling]), back, broken: [] };
}

interface Judged {
  readonly is: boolean;
  readonly state: State;
}

/** What an expression comes to, for each way of it. */
function truths(w: Walk, e: Expr, s: State): Judged[] {
  if (e.is === "not") return truths(w, e.a, s).map((t) => ({ is: !t.is, state: t.state }));
  if (e.is === "two" && (e.mark === "&&" || e.mark === "||")) {
    const stops = e.mark === "||";
    return truths(w, e.a, s).flatMap((t) => (t.is === stops ? [t] : truths(w, e.b, t.state)));
  }
  if (e.is === "call" && e.name === "route") return enter(w, e, s);
  if (e.is === "two" && e.a.is === "call") {
    // What it returned is compared: 1 or -1 where a function does not say more.
    const { mark, b, spot } = e;
    const rc: Expr = { is: "variable", text: "$rc", spot };
    return truths(w, e.a, s).flatMap((t) => plain(w, { is: "two", mark, a: rc, b, spot }, t.state));
  }
  return plain(w, e, s);
}

function plain(w: Walk, e: Expr, s: State): Judged[] {
  const truth = judge(e, s, w.script);
  const after = e.is === "call" ? called(w, e, s) : s;
  if (truth === "yes" || truth === "no") return [done(e, after, truth === "yes")];
  const doubtful: State =
    truth === "unknown" && after.doubt === undefined
      ? { ...after, doubt: { text: showExpr(e), spot: e.spot, before: undefined } }
      : after;
  return [done(e, doubtful, true), done(e, doubtful, false)];
}

/** A call whose answer nobody asks for: no way hangs on it. */
function commanded(w: Walk, e: Expr, s: State): State[] {
  if (e.is !== "call" || e.name === "route" || judge(e, s, w.script) !== "unknown")
    return truths(w, e, s).map((t) => t.state);
  return [{ ...done(e, called(w, e, s), true).state, rc: undefined }];
}

/** What a function has done when it said yes. */
function done(e: Expr, s: State, is: boolean): Judged {
  if (e.is !== "call") return { is, state: s };
  const rc = is ? 1 : -1;
  if (!is) return { is, state: s.rc === rc ? s : { ...s, rc } };
  if (LOOKUPS.has(e.name)) return { is, state: { ...s, uri: "user", rc } };
  if (SETS_TARGET.has(e.name)) return { is, state: { ...s, uri: "script", rc } };
  return { is, state: s.rc === rc ? s : { ...s, rc } };
}

/** What a function does whatever it says. */
function called(w: Walk, e: Extract<Expr, { is: "call" }>, s: State): State {
  const { name, args, spot } = e;
  const first = args[0];
  const flag = first !== undefined && "text" in first ? `flag ${first.text}` : "flag ?";
  if (name === "setflag") return { ...s, held: new Map(s.held).set(flag, { value: "1" }) };
  if (name === "resetflag" && s.held.has(flag)) {
    const held = new Map(s.held);
    held.delete(flag);
    return { ...s, held };
  }
  const reach = (what: Reached["what"], state: State): void => {
    // The first way to a place is enough, and one that is free of doubt besides.
    const place = `${what} ${spot.file}:${spot.line} ${state.uri} ${state.doubt === undefined}`;
    if (w.places.has(place)) return;
    w.places.add(place);
    w.reached.push({ what, state: step(state, showExpr(e), spot), spot });
  };
  if (RELAYS.has(name)) reach("relay", args.length > 0 && name !== "t_relay" ? { ...s, uri: "script" } : s);
  if (name === "save") reach("save", s);
  if (/^(?:jsonrpc_dispatch|dispatch_xhttp_rpc|xhttp_rpc_dispatch|dispatch_xhttp_pi|jsonrpc_exec)$/.test(name))
    reach("control", s);
  return s;
}

function enter(w: Walk, e: Extract<Expr, { is: "call" }>, s: State): Judged[] {
  const first = e.args[0];
  const name = first === undefined ? "" : first.is === "word" || first.is === "text" ? first.text : undefined;
  const place = `${e.spot.file}:${e.spot.line}`;
  const blind = (why: string): Judged[] => {
    w.missing.add(why);
    return [
      {
        is: true,
        state: { ...s, rc: undefined, doubt: s.doubt ?? { text: showExpr(e), spot: e.spot, before: undefined } },
      },
    ];
  };
  if (name === undefined || name.includes("$"))
    return blind(`${place}: ${showExpr(e)} names its route only when it runs, so it was not followed.`);
  const route = w.script.routes.find((r) => r.type === "route" && r.name === name);
  if (route === undefined) return blind(`${place}: route[${name}] is nowhere to be found, so it was not followed.`);
  if (w.depth >= DEEPEST) return [{ is: true, state: s }];
  // The same request in the same route comes to the same; one that is in it already does not come back.
  const key = `${name} ${keyOf(s)}`;
  const known = w.entered.get(key);
  if (known !== undefined) return known.map((t) => ({ is: t.is, state: { ...t.state, trail: s.trail } }));
  w.entered.set(key, []);
  w.depth++;
  const ways = block(w, route.body, [step(s, `route[${name}]`, e.spot)]);
  w.depth--;
  const ends = distinct([...ways.on.map((x) => ({ ...x, rc: 1 })), ...ways.back]);
  const judged = ends.map((x) => ({ is: x.rc === undefined || x.rc > 0, state: { ...x, trail: s.trail } }));
  w.entered.set(key, judged);
  return judged;
}

function assign(w: Walk, target: string, value: Expr, s: State): State {
  const held: Held = heldBy(value, s, w.script);
  const isEmpty = typeof held === "object" && held.value === "";
  if (/^\$(?:ru|rd|du|dd|ruz)$/.test(target)) {
    if (isEmpty || namesTarget(value)) return s;
    return { ...s, uri: "script" };
  }
  if (!target.startsWith("$")) return s;
  return { ...s, held: new Map(s.held).set(target, held) };
}

/** Is the destination still the caller's? */
function namesTarget(e: Expr): boolean {
  if (e.is === "variable") return /^\$\(?(?:ru|rd|ou|od|td|tu|hdr|ct|du|route_uri)\b/.test(e.text);
  return e.is === "two" && (namesTarget(e.a) || namesTarget(e.b));
}
