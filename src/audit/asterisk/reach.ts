import { type Context, type Extension, type Link, linksOfStep, matchesPattern } from "../../asterisk/index.ts";
import { asksForPin, type Outgoing, outgoingOf, takesNumbers } from "./outgoing.ts";
import { shown } from "./row.ts";
import type { Site } from "./site.ts";
import { CARRYING } from "./subs.ts";
import { masked } from "./value.ts";

/** A call that can be made from a context, and how one gets there, one line a step. */
export interface Reached {
  readonly outgoing: Outgoing;
  readonly path: readonly string[];
}

/** A place of the dialplan: a context, where the caller chose the extension or one extension is given. */
interface Node {
  readonly key: string;
  readonly context: Context;
  readonly exten: string | undefined;
  /** Whether an argument (ARG1) may hold the number that the caller chose. */
  readonly carries: boolean;
  readonly from: Node | undefined;
  readonly by: Link | undefined;
}

/** A link, and whether what it hands on holds the number that the caller chose. */
interface Way {
  readonly link: Link;
  readonly carries: boolean;
}

/** Patterns that given extensions are held against, for each extension there is: files of others may hold very many of both. */
const FUEL = 64;
const LEAST_FUEL = 10_000;
const MOST_STARTS = 256;

/** Looks for ways outside, from one context after the other; what led nowhere once is not looked at again. */
export class Reach {
  readonly #site: Site;
  readonly #dead = new Set<string>();
  #fuel = LEAST_FUEL;
  #starts = 0;

  constructor(site: Site) {
    this.#site = site;
    for (const { extensions } of site.dialplan.contexts.values()) this.#fuel += FUEL * extensions.size;
  }

  /**
   * The nearest way from a context to a call over a trunk to a number that the caller chose, and without a PIN: through includes,
   * Goto, Gosub, Macro, Local, ExecIf, DISA. Every context and every given extension of one is looked at once.
   */
  outside(start: string): Reached | undefined {
    const key = start.toLowerCase();
    const { contexts } = this.#site.dialplan;
    const first = contexts.get(key);
    if (first === undefined) return undefined;
    if (++this.#starts > MOST_STARTS) {
      this.#site.miss(
        `extensions.conf: more than ${MOST_STARTS} contexts are open to strangers: not all were followed`,
      );
      return undefined;
    }
    const seen = new Set<string>([idOf(key, undefined, false)]);
    const queue: Node[] = [{ key, context: first, exten: undefined, carries: false, from: undefined, by: undefined }];
    for (let next = 0; next < queue.length; next++) {
      const node = queue[next];
      const links: Way[] = node.context.includes.map((link) => ({ link, carries: node.carries }));
      for (const extension of this.#extensionsOf(node)) {
        const outgoing = chosen(node, extension);
        if (outgoing !== undefined && !outgoing.guarded) return { outgoing, path: pathTo(node, outgoing) };
        // Behind a PIN, what stands there is out of a stranger's reach.
        if (extension.steps.some(asksForPin)) continue;
        const chose = node.exten === undefined ? takesNumbers(extension) : node.carries;
        for (const step of extension.steps)
          for (const link of linksOfStep(step, node.key))
            links.push({ link, carries: chose && CARRYING.includes(link.by) });
      }
      for (const { link, carries } of links) {
        const context = contexts.get(link.context);
        const exten = link.same ? (node.exten ?? link.exten) : link.exten;
        const id = idOf(link.context, exten, carries);
        if (context === undefined || seen.has(id) || this.#dead.has(id)) continue;
        seen.add(id);
        queue.push({ key: link.context, context, exten, carries, from: node, by: link });
      }
    }
    for (const id of seen) this.#dead.add(id);
    return undefined;
  }

  #extensionsOf(node: Node): readonly Extension[] {
    const { extensions } = node.context;
    if (node.exten === undefined) return [...extensions.values()];
    const literal = extensions.get(node.exten);
    if (literal !== undefined) return [literal];
    this.#fuel -= extensions.size;
    if (this.#fuel <= 0) {
      this.#site.miss("extensions.conf: not all jumps to patterns were followed: there are too many");
      return [];
    }
    const number = node.exten;
    return [...extensions.values()].filter((e) => e.name.startsWith("_") && matchesPattern(e.name, number));
  }
}

function idOf(context: string, exten: string | undefined, carries: boolean): string {
  return exten === undefined ? context : `${context} ${exten} ${carries}`;
}

/** In an extension that is given, EXTEN is no choice of the caller's; what was handed to it as an argument is. */
function chosen(node: Node, extension: Extension): Outgoing | undefined {
  if (node.exten === undefined) return takesNumbers(extension) ? outgoingOf(extension) : undefined;
  const outgoing = node.carries ? outgoingOf(extension) : undefined;
  return outgoing !== undefined && /\$\{(?!EXTEN\b)/i.test(outgoing.step.args) ? outgoing : undefined;
}

function pathTo(node: Node, { step }: Outgoing): readonly string[] {
  const lines: string[] = [`${shown(step)}: [${node.context.name}] ${step.exten}: Dial(${masked(step.args)})`];
  for (let at: Node | undefined = node; at !== undefined; at = at.from) {
    const { by, from } = at;
    if (by !== undefined && from !== undefined) {
      const to = at.exten === undefined ? "" : `, extension ${at.exten}`;
      lines.unshift(`${shown(by)}: [${from.context.name}] ${by.by} [${at.context.name}]${to}`);
    } else lines.unshift(`${shown(at.context)}: [${at.context.name}]`);
  }
  return lines;
}
