import type { Spot } from "./token.ts";

/** What is compared, called or stored. */
export type Expr =
  | { readonly is: "call"; readonly name: string; readonly args: readonly Expr[]; readonly spot: Spot }
  | { readonly is: "variable" | "text" | "word"; readonly text: string; readonly spot: Spot }
  | { readonly is: "not"; readonly a: Expr; readonly spot: Spot }
  | { readonly is: "two"; readonly mark: string; readonly a: Expr; readonly b: Expr; readonly spot: Spot };

export type Statement =
  | {
      readonly do: "if";
      readonly cond: Expr;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
      readonly spot: Spot;
    }
  | { readonly do: "while"; readonly cond: Expr; readonly body: readonly Statement[]; readonly spot: Spot }
  | { readonly do: "switch"; readonly on: Expr; readonly cases: readonly Case[]; readonly spot: Spot }
  | {
      readonly do: "end";
      readonly how: "return" | "exit" | "drop" | "break";
      readonly value: Expr | undefined;
      readonly spot: Spot;
    }
  | { readonly do: "set"; readonly target: string; readonly value: Expr; readonly spot: Spot }
  | { readonly do: "call"; readonly expr: Expr; readonly spot: Spot };

/** `value` undefined: default. Without a `break` the next one follows. */
export interface Case {
  readonly value: Expr | undefined;
  readonly body: readonly Statement[];
}

/** `name = value` outside of routes, once for each time it is written. */
export interface Setting {
  readonly name: string;
  /** As it is written, `#!define`s put in, strings without quotes. */
  readonly value: string;
  readonly spot: Spot;
  /** Where the value is written. */
  readonly origin: Spot;
}

export interface Modparam extends Setting {
  /** "nathelper|registrar" as it is written. */
  readonly modules: string;
}

export interface Route {
  /** "request_route", "route", "event_route", … */
  readonly type: string;
  /** Empty for the main one. */
  readonly name: string;
  readonly body: readonly Statement[];
  readonly spot: Spot;
}

/** A kamailio.cfg as it is before it runs. */
export interface Script {
  readonly settings: readonly Setting[];
  readonly modules: readonly { readonly name: string; readonly spot: Spot }[];
  readonly modparams: readonly Modparam[];
  readonly routes: readonly Route[];
  readonly missing: readonly string[];
}

/** The last value of a setting, as Kamailio takes it. */
export function settingOf(s: Script, ...names: readonly string[]): Setting | undefined {
  return s.settings.findLast((x) => names.includes(x.name));
}

/** The last value of a module's parameter. */
export function paramOf(s: Script, module: string, ...names: readonly string[]): Modparam | undefined {
  return paramsOf(s, module).findLast((p) => names.includes(p.name));
}

/** Every parameter given to a module; names of modules may be a pattern. */
export function paramsOf(s: Script, module: string): readonly Modparam[] {
  return s.modparams.filter((p) => p.modules.split("|").includes(module));
}

export function hasModule(s: Script, module: string): boolean {
  return s.modules.some((m) => m.name === module);
}

/** Calls `see` for every expression of a route, and those within. */
export function eachExpr(body: readonly Statement[], see: (e: Expr) => void): void {
  const inside = (e: Expr): void => {
    see(e);
    if (e.is === "call") for (const a of e.args) inside(a);
    else if (e.is === "not") inside(e.a);
    else if (e.is === "two") for (const x of [e.a, e.b]) inside(x);
  };
  for (const s of body) {
    if (s.do === "if" || s.do === "while") inside(s.cond);
    else if (s.do === "set") inside(s.value);
    else if (s.do === "call") inside(s.expr);
    else if (s.do === "switch") inside(s.on);
    else if (s.value !== undefined) inside(s.value);
    for (const block of blocksOf(s)) eachExpr(block, see);
  }
}

/** The blocks of a statement. */
export function blocksOf(s: Statement): readonly (readonly Statement[])[] {
  if (s.do === "if") return [s.yes, s.no];
  if (s.do === "while") return [s.body];
  return s.do === "switch" ? s.cases.map((c) => c.body) : [];
}

/** Every call in the script, by lower-case name or any. */
export function callsOf(s: Script, isWanted: (name: string) => boolean): Extract<Expr, { is: "call" }>[] {
  const found: Extract<Expr, { is: "call" }>[] = [];
  for (const route of s.routes)
    eachExpr(route.body, (e) => {
      if (e.is === "call" && isWanted(e.name)) found.push(e);
    });
  return found;
}

/** As it is written, more or less: for people. */
export function showExpr(e: Expr): string {
  if (e.is === "call") return `${e.name}(${e.args.map(showExpr).join(", ")})`;
  if (e.is === "not") return `!${e.a.is === "two" ? `(${showExpr(e.a)})` : showExpr(e.a)}`;
  if (e.is === "two") return `${showExpr(e.a)} ${e.mark} ${showExpr(e.b)}`;
  return e.is === "text" ? `"${e.text}"` : e.text;
}
