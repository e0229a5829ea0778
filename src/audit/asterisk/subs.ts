import { type Extension, linksOfStep } from "../../asterisk/index.ts";
import { asksForPin, type Outgoing, outgoingOf } from "./outgoing.ts";
import type { Site } from "./site.ts";

/** Links that hand on what was dialled as an argument. */
export const CARRYING = ["Gosub", "GosubIf", "Macro", "MacroIf"];
/** Subs within subs. */
const DEEPEST = 8;

/** A call outside, and the steps that lead to it: the first stands in the extension that was asked for. */
export interface Called {
  readonly outgoing: Outgoing;
  readonly path: readonly Extension["steps"][number][];
}

/** Finds calls outside that stand in subs and macros, each sub looked at once. */
export class Subs {
  readonly #site: Site;
  readonly #known = new Map<string, Called | undefined>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** The first call of an extension over a trunk, in itself or in a sub that it hands the number to. */
  callOf(context: string, extension: Extension, depth = 0): Called | undefined {
    const outgoing = outgoingOf(extension);
    if (outgoing !== undefined) return { outgoing, path: [outgoing.step] };
    if (depth >= DEEPEST || extension.steps.some(asksForPin)) return undefined;
    for (const step of extension.steps) {
      for (const link of linksOfStep(step, context)) {
        if (!CARRYING.includes(link.by) || link.exten === undefined || !step.args.includes("${")) continue;
        const called = this.#sub(link.context, link.exten, depth + 1);
        if (called !== undefined) return { outgoing: called.outgoing, path: [step, ...called.path] };
      }
    }
    return undefined;
  }

  #sub(context: string, exten: string, depth: number): Called | undefined {
    const id = `${context} ${exten}`;
    if (this.#known.has(id)) return this.#known.get(id);
    // One that calls itself finds nothing new.
    this.#known.set(id, undefined);
    const extension = this.#site.dialplan.contexts.get(context)?.extensions.get(exten);
    const called = extension && this.callOf(context, extension, depth);
    this.#known.set(id, called);
    return called;
  }
}
