import { type Extension, expanded, linksOfStep, type Step, splitArguments } from "../../asterisk/index.ts";
import { rootsOf } from "./public-contexts.ts";
import { type Row, shown, type Told } from "./row.ts";
import type { Site } from "./site.ts";

/** Letters of the options of Dial and Queue, without what stands in parentheses behind them. */
function options(step: Step): string {
  const args = splitArguments(step.args);
  const at = { dial: 2, queue: 1 }[step.app];
  return at === undefined ? "" : (args[at] ?? "").replace(/\([^)]*\)/g, "").replace(/\$\{[^}]*\}/g, "");
}

/** Extensions that calls from outside come to, from all places at once: each is looked at once. */
function* fromOutside(site: Site): Generator<readonly [string, Extension]> {
  const { contexts } = site.dialplan;
  const starts = new Set(rootsOf(site).map((r) => r.context.toLowerCase()));
  const queue: { readonly key: string; readonly exten: string | undefined }[] = [];
  const seen = new Set<string>();
  const add = (key: string, exten: string | undefined): void => {
    const id = exten === undefined ? key : `${key} ${exten}`;
    if (!seen.has(id)) queue.push({ key, exten });
    seen.add(id);
  };
  for (const key of starts) add(key, undefined);
  for (let next = 0; next < queue.length; next++) {
    const { key, exten } = queue[next];
    const context = contexts.get(key);
    if (context === undefined) continue;
    const given = exten === undefined ? [...context.extensions.values()] : [context.extensions.get(exten)];
    for (const link of context.includes) add(link.context, exten);
    for (const extension of given) {
      if (extension === undefined) continue;
      yield [key, extension];
      for (const step of extension.steps) for (const link of linksOfStep(step, key)) add(link.context, link.exten);
    }
  }
}

export const TRANSFERS: readonly Row[] = [
  {
    rule: {
      id: "caller-may-transfer",
      severity: "low",
      title: "Callers from outside may transfer calls",
      why: "With T in the options of Dial or Queue the one who calls in transfers the call by keys on his phone: to any number that the context reaches, at your cost.",
      fix: "Take T out of the options where calls come in from outside; t is for your own side, who is called.",
      see: ["prefix-calls"],
    },
    check: (site) => {
      const told = new Map<string, Told>();
      for (const [context, extension] of fromOutside(site)) {
        const step = extension.steps.flatMap(expanded).find((s) => options(s).includes("T"));
        const key = `extensions.conf/${context}/${extension.name}/transfer`;
        if (step === undefined || told.has(key)) continue;
        told.set(key, { at: step, says: `[${context}] ${step.exten} at ${shown(step)} lets the caller transfer`, key });
      }
      return [...told.values()];
    },
  },
];
