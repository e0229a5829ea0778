import { answerOf, type Truth } from "./functions.ts";
import { type Expr, type Script, settingOf } from "./script.ts";
import type { Held, State } from "./state.ts";

const NULLS = new Set(["$null", "null"]);
/** Variables that only Kamailio fills, from what the script did before. */
const KEPT = /^\$(?:var|avp|xavp|xavu|xavi|shv|sht|shtex|shtcn|dlg_var|vn|branch|T_|tmx|sndto|dsv|rtimer)/;

/** What an operand is: known, the caller's, or not to be known. */
export function heldBy(e: Expr, s: State, script: Script): Held {
  if (e.is === "text") return { value: e.text };
  if (e.is === "word") {
    // A select reads the message, but for those of settings.
    if (e.text.startsWith("@"))
      return e.text.startsWith("@cfg_get.") ? variable(`$sel(${e.text.slice(1)})`, s, script) : "caller";
    if (e.text === "method") return { value: s.method };
    return /^-?\d|^[^a-z]/.test(e.text) ? { value: e.text } : "unknown";
  }
  if (e.is === "two" && e.mark === "+") return joined(heldBy(e.a, s, script), heldBy(e.b, s, script));
  if (e.is !== "variable") return "unknown";
  return variable(e.text, s, script);
}

function variable(text: string, s: State, script: Script): Held {
  const name = text.replace(/^\$\((\w+)/, "$$$1").replace(/\{.*$/, "");
  if (NULLS.has(name)) return { value: "" };
  if (name === "$rm") return { value: s.method };
  if (name === "$rc" || name === "$retcode") return s.rc === undefined ? "unknown" : { value: String(s.rc) };
  const own = /^\$sel\(cfg_get\.([\w.]+)\)$/.exec(name)?.[1];
  if (own !== undefined) return { value: settingOf(script, own)?.value ?? "" };
  // What the script has not written yet is empty: a stranger stands in no table.
  if (KEPT.test(name)) return s.held.get(text) ?? { value: "" };
  return "caller";
}

function joined(a: Held, b: Held): Held {
  if (typeof a === "object" && typeof b === "object") return { value: a.value + b.value };
  return a === "unknown" || b === "unknown" ? "unknown" : "caller";
}

/** A comparison, or anything else that is true or not and calls no route. */
export function judge(e: Expr, s: State, script: Script): Truth {
  if (e.is === "two") return compare(e.mark, e.a, e.b, s, script);
  if (e.is === "call") return call(e.name, e.args, s, script);
  if (e.is === "word" && e.text === "?") return "unknown";
  if (e.is === "word" && e.text === "myself") return "unknown";
  const held = heldBy(e, s, script);
  if (held === "caller") return "either";
  if (held === "unknown") return "unknown";
  return held.value === "" || held.value === "0" ? "no" : "yes";
}

function call(name: string, args: readonly Expr[], s: State, script: Script): Truth {
  const first = args[0];
  switch (name) {
    case "is_method":
      return first !== undefined && "text" in first ? yes(first.text.split("|").includes(s.method)) : "unknown";
    case "has_totag":
      return yes(s.hasToTag);
    case "loose_route":
      return yes(s.hasRoute);
    case "is_uri_host_local":
    case "is_myself":
    case "is_domain_local":
    case "is_local":
      return local(name, first, s);
    case "is_from_local":
      return yes(s.from === "own");
    case "isflagset":
      return yes(s.held.has(`flag ${first === undefined ? "" : showArg(first)}`));
    // Of somebody else's domain nobody is registered here; of ours the caller picks whom.
    case "lookup":
    case "registered":
    case "reg_fetch_contacts":
    case "alias_db_lookup":
    case "sd_lookup":
      return s.uri === "foreign" ? "no" : "either";
    case "strempty": {
      const held = first === undefined ? "unknown" : heldBy(first, s, script);
      return held === "caller" ? "either" : held === "unknown" ? "unknown" : yes(held.value === "");
    }
    default:
      return answerOf(name);
  }
}

function showArg(e: Expr): string {
  return "text" in e ? e.text : "?";
}

function local(name: string, first: Expr | undefined, s: State): Truth {
  if (first === undefined || name === "is_uri_host_local") return yes(s.uri === "own");
  const text = showArg(first);
  if (/^\$\(?(?:f[dun]|fd)/.test(text)) return yes(s.from === "own");
  if (/^\$\(?(?:r[du]|ou|od)/.test(text)) return yes(s.uri === "own");
  return /^\$\(?(?:si|su|Ri)/.test(text) ? "no" : "either";
}

const TURNED: Readonly<Record<string, string>> = { "==": "!=", "!=": "==", "=~": "!~", "!~": "=~" };

function compare(mark: string, a: Expr, b: Expr, s: State, script: Script): Truth {
  if (mark === "!=" || mark === "!~") return not(compare(TURNED[mark], a, b, s, script));
  const about = subject(a) || subject(b);
  const isMyself = isWord(a, "myself") || isWord(b, "myself");
  // Somebody else's request comes from no address that the script names.
  if (about === "source") return "no";
  const domains = mark !== "=~" || [a, b].some((e) => e.is === "text" && /@[^@]*[A-Za-z0-9]{2}/.test(e.text));
  // A pattern that names no domain leaves it to the caller.
  if ((about === "uri" || about === "from") && !domains) return "either";
  if (about === "uri") return isMyself ? yes(s.uri === "own") : s.uri === "own" ? "either" : "no";
  if (about === "from") return isMyself ? yes(s.from === "own") : s.from === "own" ? "either" : "no";
  if (about === "choice" || isMyself) return "either";
  const x = heldBy(a, s, script);
  const y = heldBy(b, s, script);
  if (x === "unknown" || y === "unknown") return "unknown";
  if (x === "caller" || y === "caller") return "either";
  return known(mark, x.value, y.value);
}

/** `source` and the domains are the caller's by scenario, `choice` by his will. */
function subject(e: Expr): "source" | "uri" | "from" | "choice" | "" {
  if (e.is !== "word" && e.is !== "variable") return "";
  if (/^(?:src_ip|\$si|\$su|\$siz|\$sas)$/.test(e.text)) return "source";
  if (/^(?:uri|\$rd|\$\(ru\{uri\.host\}\))$/.test(e.text)) return "uri";
  if (/^(?:from_uri|\$fd)$/.test(e.text)) return "from";
  const free = /^(?:to_uri|src_port|dst_ip|dst_port|proto|snd_ip|snd_port|af|msg:len)$/;
  return e.is === "word" && free.test(e.text) ? "choice" : "";
}

function isWord(e: Expr, text: string): boolean {
  return e.is === "word" && e.text === text;
}

function known(mark: string, x: string, y: string): Truth {
  switch (mark) {
    case "==":
      return yes(x === y || (x !== "" && y !== "" && Number(x) === Number(y)) || (x === "" && y === "0"));
    case "=~":
      return matches(x, y);
    case "<":
      return yes(Number(x) < Number(y));
    case ">":
      return yes(Number(x) > Number(y));
    case "<=":
      return yes(Number(x) <= Number(y));
    case ">=":
      return yes(Number(x) >= Number(y));
    default:
      return "unknown";
  }
}

/** Patterns of the file are held against short words of ours alone ("INVITE"); of those that can take long, nothing is said. */
function matches(text: string, pattern: string): Truth {
  const plain = /^\^?\(?([\w|]*)\)?(\$?)$/.exec(pattern);
  if (plain === null) return "unknown";
  const [, words, end] = plain;
  const isStart = pattern.startsWith("^");
  return yes(
    words
      .split("|")
      .some((w) =>
        isStart ? (end === "" ? text.startsWith(w) : text === w) : end === "" ? text.includes(w) : text.endsWith(w),
      ),
  );
}

export function not(t: Truth): Truth {
  return t === "yes" ? "no" : t === "no" ? "yes" : t;
}

function yes(is: boolean): Truth {
  return is ? "yes" : "no";
}
