import { Cursor } from "./cursor.ts";
import type { Case, Expr, Modparam, Route, Script, Setting, Statement } from "./script.ts";
import type { Source } from "./source.ts";
import type { Spot, Token } from "./token.ts";

const ROUTES = new Set([
  "route",
  "request_route",
  "reply_route",
  "onreply_route",
  "failure_route",
  "branch_route",
  "onsend_route",
  "event_route",
]);
const SETS = new Set(["=", ":=", "+=", "-=", "*="]);
const MOST_FAULTS = 20;

interface Reading {
  readonly at: Cursor;
  readonly settings: Setting[];
  readonly modules: { name: string; spot: Spot }[];
  readonly modparams: Modparam[];
  readonly routes: Route[];
  readonly faults: Set<string>;
}

/** Tokens to settings, modules and routes. What is not understood is passed over and named. */
export function parseScript(source: Source): Script {
  const r: Reading = {
    at: new Cursor(source.tokens),
    settings: [],
    modules: [],
    modparams: [],
    routes: [],
    faults: new Set(),
  };
  while (r.at.token !== undefined) top(r);
  const { settings, modules, modparams, routes } = r;
  return { settings, modules, modparams, routes, missing: [...source.missing, ...r.faults] };
}

function top(r: Reading): void {
  const { at } = r;
  const t = at.token;
  if (t === undefined || at.eat(";")) return;
  const next = at.next?.text ?? "";
  if (t.kind !== "word") stray(r);
  else if (ROUTES.has(t.text) && /^[[{]$/.test(next)) route(r);
  else if (t.text === "loadmodule" || t.text === "loadmodulex") module(r);
  else if ((t.text === "modparam" || t.text === "modparamx") && next === "(") modparam(r);
  else if (at.next?.kind === "mark" && next === "=") setting(r);
  else stray(r);
}

/** A word with no "=" (`cfgengine "lua"`), or what belongs to no place. */
function stray(r: Reading): void {
  const { at } = r;
  const spot = at.spot;
  const t = at.take();
  if (t?.kind === "word" && at.token?.kind === "text" && at.token.spot.line === spot.line) {
    const value = at.take();
    r.settings.push({ name: t.text, value: value?.text ?? "", spot, origin: value?.origin ?? spot });
    return;
  }
  if (at.is("{")) at.group("}");
  fault(r, spot, t?.text ?? "");
}

function module(r: Reading): void {
  const spot = r.at.spot;
  r.at.take();
  if (r.at.is("(")) r.at.take();
  const name = r.at.take()?.text ?? "";
  r.at.eat(")");
  r.modules.push({ name: (name.split("/").pop() ?? "").replace(/\.so$/, ""), spot });
}

function modparam(r: Reading): void {
  const spot = r.at.spot;
  r.at.take();
  const parts = split(r.at.group(")"));
  if (parts.length < 2) {
    fault(r, spot, "modparam");
    return;
  }
  const value = parts[2] ?? [];
  r.modparams.push({
    modules: plain(parts[0]),
    name: plain(parts[1]),
    value: plain(value),
    spot,
    origin: value[0]?.origin ?? spot,
  });
}

/** `name = value` to the end of the line, or to a semicolon; `socket = { … }`. */
function setting(r: Reading): void {
  const { at } = r;
  const spot = at.spot;
  const name = at.take()?.text ?? "";
  at.take();
  if (at.is("{")) {
    for (const part of split(at.group("}"), ";")) {
      const [key, , ...value] = part;
      if (key !== undefined) add(r, `${name}.${key.text}`, value, key.spot);
    }
    return;
  }
  const value: Token[] = [];
  const line = at.spot.line;
  const file = at.spot.file;
  while (at.token !== undefined && at.token.spot.line === line && at.token.spot.file === file && !at.is(";")) {
    const t = at.take();
    if (t !== undefined) value.push(t);
  }
  // A value of one's own may have a description behind it.
  const description = value.findIndex((t) => t.kind === "word" && (t.text === "desc" || t.text === "descr"));
  add(r, name, description < 0 ? value : value.slice(0, description), spot);
}

function add(r: Reading, name: string, value: readonly Token[], spot: Spot): void {
  r.settings.push({ name, value: plain(value), spot, origin: value[0]?.origin ?? spot });
}

function route(r: Reading): void {
  const { at } = r;
  const spot = at.spot;
  const type = at.take()?.text ?? "";
  const name = at.is("[") ? plain(at.group("]")) : "";
  if (at.is("{")) r.routes.push({ type, name, body: block(r), spot });
  else fault(r, spot, type);
}

/** `{ … }`, or one statement. */
function block(r: Reading): Statement[] {
  const { at } = r;
  const inside = at.within(() => {
    const body: Statement[] = [];
    if (!at.eat("{")) {
      const one = statement(r);
      return one === undefined ? body : [one];
    }
    while (at.token !== undefined && !at.is("}")) {
      const one = statement(r);
      if (one !== undefined) body.push(one);
    }
    at.eat("}");
    return body;
  });
  if (inside !== undefined) return inside;
  fault(r, at.spot, "blocks within too many others");
  if (at.is("{")) at.group("}");
  else at.take();
  return [];
}

function statement(r: Reading): Statement | undefined {
  const { at } = r;
  const { spot } = at;
  const t = at.token;
  if (t === undefined || at.eat(";")) return undefined;
  if (at.eat("if")) {
    const cond = at.expr() ?? unread(r, spot);
    const yes = block(r);
    const no = at.eat("else") ? block(r) : [];
    return { do: "if", cond, yes, no, spot };
  }
  if (at.eat("while")) return { do: "while", cond: at.expr() ?? unread(r, spot), body: block(r), spot };
  if (at.eat("switch")) return { do: "switch", on: at.expr() ?? unread(r, spot), cases: cases(r), spot };
  for (const how of ["return", "exit", "drop", "break"] as const) {
    if (!at.eat(how)) continue;
    const value = at.is(";") || at.is("}") ? undefined : at.expr();
    at.eat(";");
    return { do: "end", how, value, spot };
  }
  if (at.is("{")) return { do: "if", cond: { is: "word", text: "1", spot }, yes: block(r), no: [], spot };
  return simple(r, t);
}

/** A call or an assignment. */
function simple(r: Reading, t: Token): Statement | undefined {
  const { at } = r;
  const { spot } = at;
  const mark = at.next?.kind === "mark" ? at.next.text : "";
  if ((t.kind === "variable" || t.kind === "word") && SETS.has(mark)) {
    at.take();
    at.take();
    const value = at.expr() ?? unread(r, spot);
    at.eat(";");
    return { do: "set", target: t.text, value, spot };
  }
  const expr = at.expr();
  if (expr === undefined) {
    fault(r, spot, t.text);
    at.take();
    return undefined;
  }
  at.eat(";");
  return { do: "call", expr, spot };
}

function cases(r: Reading): Case[] {
  const { at } = r;
  const found: Case[] = [];
  if (!at.eat("{")) return found;
  while (at.token !== undefined && !at.is("}")) {
    const isCase = at.eat("case");
    if (!isCase && !at.eat("default")) {
      fault(r, at.spot, at.take()?.text ?? "");
      continue;
    }
    const value = isCase ? at.expr() : undefined;
    at.eat(":");
    const body: Statement[] = [];
    while (at.token !== undefined && !at.is("case") && !at.is("default") && !at.is("}")) {
      const one = statement(r);
      if (one !== undefined) body.push(one);
    }
    found.push({ value, body });
  }
  at.eat("}");
  return found;
}

function unread(r: Reading, spot: Spot): Expr {
  fault(r, spot, r.at.token?.text ?? "");
  return { is: "word", text: "?", spot };
}

function fault(r: Reading, { file, line }: Spot, text: string): void {
  if (r.faults.size < MOST_FAULTS)
    r.faults.add(`${file}:${line}: "${text.slice(0, 40)}" was not understood, and passed over.`);
}

function split(tokens: readonly Token[], by = ","): Token[][] {
  const parts: Token[][] = [[]];
  for (const t of tokens)
    if (t.kind === "mark" && t.text === by) parts.push([]);
    else parts[parts.length - 1].push(t);
  return parts.filter((p) => p.length > 0);
}

/** Tokens as they would be written; strings without quotes and one behind the other joined. */
function plain(tokens: readonly Token[]): string {
  let text = "";
  tokens.forEach((t, i) => {
    const before = tokens[i - 1];
    const isApart = before !== undefined && t.kind === "word" && before.kind !== "mark";
    text += isApart ? ` ${t.text}` : t.text;
  });
  return text;
}
