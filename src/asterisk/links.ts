/** What an application leads to; without a context: the one that it stands in. */
interface Target {
  readonly context: string | undefined;
  readonly exten: string | undefined;
  /** The extension that it stands in: `${EXTEN}`, whatever that is by then. */
  readonly same: boolean;
  readonly by: string;
}

const MOST_WITHIN = 8;

/** Splits at `separator` where it stands outside of parentheses, braces, brackets and quotes, and is not escaped. */
export function splitArguments(text: string, separator = ","): string[] {
  const parts: string[] = [];
  let [depth, from, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at++;
    else if (c === '"') quoted = !quoted;
    else if (c === "(" || c === "{" || c === "[") depth++;
    else if (c === ")" || c === "}" || c === "]") depth = Math.max(0, depth - 1);
    else if (c === separator && depth === 0 && !quoted) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

/** Where an application may go on. Names that only a call can tell (`${...}`) lead nowhere that could be followed. */
export function linksOf(app: string, args: string, exten: string): readonly Target[] {
  switch (app) {
    case "goto":
      return jump(splitArguments(args), exten, "Goto");
    case "gotoif":
    case "gotoiftime":
      return branches(args).flatMap((to) => jump(splitArguments(to), exten, "GotoIf"));
    case "gosub":
      return jump(splitArguments(args), exten, "Gosub");
    case "gosubif":
      return branches(args).flatMap((to) => jump(splitArguments(to), exten, "GosubIf"));
    case "macro":
    case "macroexclusive":
      return named(`macro-${splitArguments(args)[0]}`, "s", "Macro");
    case "macroif":
      return branches(args).flatMap((to) => named(`macro-${splitArguments(to)[0]}`, "s", "MacroIf"));
    case "execif":
    case "execiftime":
    case "exec":
    case "tryexec":
      // What these run is a step of its own (callsWithin).
      return [];
    case "disa":
      return named(splitArguments(args)[1] ?? "", undefined, "DISA");
    case "background":
    case "backgrounddetect":
      return named(splitArguments(args)[3] ?? "", undefined, "Background");
    case "originate": {
      const [, , context, to] = splitArguments(args);
      return named(context ?? "", to, "Originate");
    }
    default:
      return args.includes("Local/") || args.includes("local/") ? locals(args) : [];
  }
}

/** What an application runs within itself (`ExecIf(condition?Dial(...):Goto(...))`), one in the other; [name in lower case, arguments]. */
export function callsWithin(app: string, args: string, within = 0): readonly (readonly [string, string])[] {
  const calls =
    app === "execif" || app === "execiftime" ? branches(args) : app === "exec" || app === "tryexec" ? [args] : [];
  if (within > MOST_WITHIN) return [];
  return calls.flatMap((each) => {
    const open = each.indexOf("(");
    if (open < 0) return [];
    const close = each.lastIndexOf(")");
    const [name, inside] = [
      each.slice(0, open).trim().toLowerCase(),
      each.slice(open + 1, close > open ? close : undefined),
    ];
    return [[name, inside] as const, ...callsWithin(name, inside, within + 1)];
  });
}

/** The two ways of `condition?then:else`. */
function branches(args: string): string[] {
  const [, ...rest] = splitArguments(args, "?");
  return rest.length === 0 ? [] : splitArguments(rest.join("?"), ":").filter((to) => to !== "");
}

/** `context,exten,priority`, `exten,priority` or `priority`. */
function jump(parts: readonly string[], exten: string, by: string): readonly Target[] {
  if (parts.length >= 3) return named(parts[0], parts[1], by);
  const to = parts.length === 2 ? parts[0] : exten;
  return by === "Gosub" || parts.length === 2 ? [{ context: undefined, exten: literal(to), same: isSame(to), by }] : [];
}

function named(context: string, exten: string | undefined, by: string): readonly Target[] {
  const name = context.trim().toLowerCase();
  if (name === "" || name.includes("${")) return [];
  return [{ context: name, exten: literal(exten), same: isSame(exten), by }];
}

/** An extension that stands there, rather than one that only a call can tell. */
function literal(exten: string | undefined): string | undefined {
  return exten === undefined || exten.includes("${") || exten.startsWith("_") ? undefined : exten;
}

function isSame(exten: string | undefined): boolean {
  return exten?.trim().toUpperCase() === "$" + "{EXTEN}";
}

/** `Local/exten@context/n`, as often as it stands in a list of destinations. */
function locals(args: string): readonly Target[] {
  return splitArguments(args)[0]
    .split("&")
    .flatMap((each) => {
      const at = each.lastIndexOf("@");
      if (!/^local\//i.test(each.trim()) || at < 0) return [];
      return named(each.slice(at + 1).split("/", 1)[0], each.trim().slice(6, each.trim().lastIndexOf("@")), "Local");
    });
}
