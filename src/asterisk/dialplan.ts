import type { Conf, Setting } from "./conf.ts";
import { callsWithin, linksOf } from "./links.ts";

/** One priority: `exten => 100,1,Dial(PJSIP/alice,20)`. */
export interface Step {
  readonly exten: string;
  readonly priority: string;
  /** In lower case: Asterisk does not tell them apart. */
  readonly app: string;
  /** What stands between the outer parentheses. */
  readonly args: string;
  readonly file: string;
  readonly line: number;
}

/** All priorities of one name or pattern in one context, in the order of the file. */
export interface Extension {
  /** "100" or "_9X." */
  readonly name: string;
  readonly steps: Step[];
}

/** A way from one place of the dialplan to another context. */
export interface Link {
  /** In lower case. */
  readonly context: string;
  /** The one extension that it leads to; undefined: the one that was dialled, or one that only a call can tell. */
  readonly exten: string | undefined;
  /** It leads to the extension that was dialled. */
  readonly same: boolean;
  /** As it is said in a path: "includes", "Goto", "Gosub", "Local". */
  readonly by: string;
  readonly file: string;
  readonly line: number;
}

export interface Context {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** By name. */
  readonly extensions: Map<string, Extension>;
  readonly includes: Link[];
  /** `switch => Realtime/...`: extensions that stand elsewhere. */
  readonly switches: Setting[];
}

/** Contexts by name in lower case. */
export interface Dialplan {
  readonly contexts: ReadonlyMap<string, Context>;
  /** Lines that are not understood, in words with their place. */
  readonly faults: readonly string[];
}

const MOST_FAULTS = 100;

/** Reads what extensions.conf says. Its work grows with the number of settings. */
export function readDialplan(conf: Conf): Dialplan {
  const contexts = new Map<string, Context>();
  const faults: string[] = [];
  for (const section of conf.sections) {
    const key = section.name.toLowerCase();
    if (section.template || key === "general" || key === "globals") continue;
    const known = contexts.get(key);
    const { name, file, line } = section;
    const context: Context = known ?? { name, file, line, extensions: new Map(), includes: [], switches: [] };
    if (known === undefined) contexts.set(key, context);
    // `same =>` goes on with the extension that stands above it.
    let above: string | undefined;
    for (const setting of section.settings) {
      if (setting.key === "exten" || setting.key === "same") {
        const step = stepOf(setting, above);
        if (step === undefined) {
          if (faults.length < MOST_FAULTS)
            faults.push(`${setting.file}:${setting.line}: no extension, priority, application`);
          continue;
        }
        above = step.exten;
        add(context, step);
      } else if (setting.key === "include") context.includes.push(includeOf(setting));
      else if (setting.key === "switch" || setting.key === "lswitch" || setting.key === "eswitch") {
        context.switches.push(setting);
      }
    }
  }
  return { contexts, faults };
}

/** Where a step may go on besides the next priority. */
export function linksOfStep(step: Step, context: string): readonly Link[] {
  const targets = expanded(step).flatMap(({ app, args, exten }) => linksOf(app, args, exten));
  return targets.map((to) => ({
    context: to.context ?? context,
    exten: to.same && !step.exten.startsWith("_") ? step.exten : to.exten,
    same: to.same,
    by: to.by,
    file: step.file,
    line: step.line,
  }));
}

/** A step, and what it runs within itself (ExecIf), each as a step. */
export function expanded(step: Step): readonly Step[] {
  if (!step.app.startsWith("exec") && step.app !== "tryexec") return [step];
  return [step, ...callsWithin(step.app, step.args).map(([app, args]) => ({ ...step, app, args }))];
}

function add(context: Context, step: Step): void {
  const extension = context.extensions.get(step.exten);
  if (extension === undefined) context.extensions.set(step.exten, { name: step.exten, steps: [step] });
  else extension.steps.push(step);
}

/** `include => name`, or `include => name,9:00-17:00,mon-fri,*,*`. */
function includeOf(setting: Setting): Link {
  const context = setting.value.split(",", 1)[0].trim().toLowerCase();
  return { context, exten: undefined, same: true, by: "includes", file: setting.file, line: setting.line };
}

/** `exten => name[/caller],priority[(label)],application(arguments)`, `same => priority,application(arguments)`. */
function stepOf({ key, value, file, line }: Setting, above: string | undefined): Step | undefined {
  const first = key === "same" ? -1 : commaFrom(value, 0);
  const second = commaFrom(value, first + 1);
  const exten = key === "same" ? above : value.slice(0, first).split("/", 1)[0].trim();
  if (exten === undefined || exten === "" || (key === "exten" && first < 0)) return undefined;
  // `exten => 100,hint,PJSIP/alice` runs nothing.
  const priority = value.slice(first + 1, second < 0 ? undefined : second).trim();
  const call = second < 0 ? "" : value.slice(second + 1).trim();
  const open = call.indexOf("(");
  const app = (open < 0 ? call : call.slice(0, open)).trim().toLowerCase();
  const close = call.lastIndexOf(")");
  const args = open < 0 ? "" : call.slice(open + 1, close > open ? close : undefined);
  return { exten, priority, app: priority === "hint" ? "" : app, args, file, line };
}

/** The next comma that does not stand within brackets, as `_[a,b]` has one. */
function commaFrom(text: string, from: number): number {
  let inside = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "[") inside = text.slice(at, at + 64).includes("]");
    else if (text[at] === "]") inside = false;
    else if (text[at] === "," && !inside) return at;
  }
  return -1;
}
