import { type Extension, expanded, type Step, splitArguments } from "../../asterisk/index.ts";
import type { Edit } from "../../findings/index.ts";
import { takesAbroad } from "./outgoing.ts";
import { type Row, shown, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { Subs } from "./subs.ts";
import { Taint, variablesOf } from "./taint.ts";
import { masked } from "./value.ts";

/** A context's name and one of its extensions. */
type Visit = (context: string, extension: Extension) => readonly Told[];

function everyExtension(site: Site, visit: Visit): readonly Told[] {
  const told: Told[] = [];
  for (const [context, { extensions }] of site.dialplan.contexts)
    for (const extension of extensions.values()) told.push(...visit(context, extension));
  return told;
}

/** The first step of an extension for which `is` holds, with what callers' words are by then. */
function firstStep(extension: Extension, is: (step: Step, taint: Taint) => boolean): Step | undefined {
  const taint = new Taint(extension);
  for (const step of extension.steps.flatMap(expanded)) {
    if (is(step, taint)) return step;
    taint.step(step.app, step.args);
  }
  return undefined;
}

const CALLS = ["dial", "retrydial", "page", "originate", "chanisavail", "transfer"];
const TECHNOLOGY = /^\s*(?:pj)?sip\/|^\s*(?:iax2?|local|dahdi|motif|sccp|skinny|h323|ooh323)\//i;

/** What a sub or macro is handed to call: `Gosub(page,s,1(SIP/${EXTEN}))`. */
function handsOver(step: Step, taint: Taint): boolean {
  if (step.app !== "gosub" && step.app !== "macro") return false;
  const open = step.app === "macro" ? step.args.indexOf(",") : step.args.indexOf("(");
  if (open < 0) return false;
  return splitArguments(step.args.slice(open + 1)).some((a) => TECHNOLOGY.test(a) && taint.has(a));
}

/** A pattern of digits: FILTER(0-9) takes nothing from what it is meant for. */
const DIGITS = /^_(?:[0-9XZN]|\[[0-9-]+\])+[.!]$/i;

/** `${EXTEN}` and `${EXTEN:1}` behind FILTER; not where the line might hold a password. */
function filtered(site: Site, step: Step): readonly Edit[] {
  const raw = site.line(step.file, step.line);
  if (raw === undefined || masked(raw) !== raw || !DIGITS.test(step.exten)) return [];
  const from = raw.search(/\b(?:dial|retrydial|page|originate)\(/i);
  if (from < 0) return [];
  const line = raw.slice(0, from) + raw.slice(from).replace(/\$\{EXTEN(?::-?\d{1,3}){0,2}\}/g, `$\${FILTER(0-9,$&)}`);
  return line === raw ? [] : [{ file: step.file, line: step.line, count: 1, lines: [line] }];
}

const RUNS = ["system", "trysystem", "externalivr"];

/** The part of a step's arguments that a shell gets to see. */
function command(step: Step): string {
  if (RUNS.includes(step.app)) return step.args;
  const shells = variablesOf(step.args).filter((v) => /^shell\(/i.test(v));
  const after = step.app === "mixmonitor" || step.app === "monitor" ? (splitArguments(step.args)[2] ?? "") : "";
  return [...shells, after].join(" ");
}

/** Variables in a command that this extension did not set itself: whoever begins the call may. */
function foreign(step: Step, taint: Taint): boolean {
  return variablesOf(command(step)).some(
    (v) => /^[a-z_0-9]+$/i.test(v) && !/^exten$|^uniqueid$/i.test(v) && !taint.knows(v),
  );
}

/** "Dial" */
function named({ app }: Step): string {
  return `${app.charAt(0).toUpperCase()}${app.slice(1)}`;
}

/** "Dial(PJSIP/...)" */
function call(step: Step): string {
  return `${named(step)}(${masked(step.args)})`;
}

function place(context: string, step: Step): string {
  return `[${context}] ${step.exten} at ${shown(step)}`;
}

export const DIALPLAN: readonly Row[] = [
  {
    rule: {
      id: "dialled-text-into-dial",
      severity: "high",
      title: "What a caller dialled goes into Dial as it came",
      why: "A pattern that ends in . or ! takes any characters. A caller who dials 500&PJSIP/trunk/1900555 has Asterisk call both, the second over your trunk.",
      fix: `Let nothing but digits through: Dial(PJSIP/\${FILTER(0-9,\${EXTEN})}), or a pattern of a fixed length (_XXX).`,
      see: ["prefix-calls"],
    },
    check: (site) =>
      everyExtension(site, (context, extension) => {
        const step = firstStep(
          extension,
          (s, taint) => (CALLS.includes(s.app) && taint.has(splitArguments(s.args)[0])) || handsOver(s, taint),
        );
        if (step === undefined) return [];
        const says = `${place(context, step)}: what the caller sent goes into ${named(step)} without FILTER`;
        const key = `extensions.conf/${context}/${step.exten}/dial`;
        return [{ at: step, says, key, proof: [call(step)], edits: filtered(site, step) }];
      }),
  },
  {
    rule: {
      id: "dialled-text-into-shell",
      severity: "critical",
      title: "What a caller sent goes into a command of the operating system",
      why: "Number and name of a caller are what the caller says they are. Quotes and semicolons in them run commands on this machine, as the user of Asterisk.",
      fix: `Put FILTER around it (FILTER(0-9,\${CALLERID(num)})), or do without System, SHELL and the command of MixMonitor.`,
      see: [],
    },
    check: (site) =>
      everyExtension(site, (context, extension) => {
        const step = firstStep(extension, (s, taint) => taint.has(command(s)));
        if (step === undefined) return [];
        const says = `${place(context, step)}: what the caller sent goes into a command (${named(step)})`;
        return [{ at: step, says, key: `extensions.conf/${context}/${step.exten}/shell`, proof: [] }];
      }),
  },
  {
    rule: {
      id: "foreign-variable-into-shell",
      severity: "medium",
      title: "A command of the operating system is made from a variable that is set elsewhere",
      why: "Who may originate calls over the manager interface may set any variable of the call, and so choose the command.",
      fix: "Set the variable in the same extension, right before it is used, or write the command out.",
      see: ["manager-exposed"],
    },
    check: (site) =>
      everyExtension(site, (context, extension) => {
        const step = firstStep(extension, (s, taint) => foreign(s, taint) && !taint.has(command(s)));
        if (step === undefined) return [];
        const says = `${place(context, step)}: ${named(step)} runs what stands in a variable that this extension does not set`;
        return [{ at: step, says, key: `extensions.conf/${context}/${step.exten}/variable` }];
      }),
  },
  {
    rule: {
      id: "pattern-takes-all",
      severity: "low",
      title: "A pattern takes everything",
      why: "_. and _! also take the names that Asterisk itself uses (h, i, t, s), and every text that a scanner sends: calls end up where nobody meant them to.",
      fix: "Say what the numbers look like: _X. for digits, or a fixed length.",
      see: ["prefix-calls"],
    },
    check: (site) =>
      everyExtension(site, (context, { name, steps }) => {
        if (name !== "_." && name !== "_!") return [];
        return [
          {
            at: steps[0],
            says: `[${context}] ${name} takes every text`,
            key: `extensions.conf/${context}/${name}/all`,
          },
        ];
      }),
  },
  {
    rule: {
      id: "abroad-without-pin",
      severity: "medium",
      title: "Numbers abroad are called without a PIN",
      why: "One stolen password, or one phone with its own, is enough to run up a bill over night: calls abroad to numbers that pay the caller.",
      fix: "Ask for a PIN before the Dial (same => n,Authenticate(/path/of/a/file/with/PINs)), allow the countries that you call and no others, and have your carrier set a limit.",
      see: ["prefix-calls", "[dial] preset"],
    },
    check: (site) => {
      const subs = new Subs(site);
      return everyExtension(site, (context, extension) => {
        const called = takesAbroad(extension) ? subs.callOf(context, extension) : undefined;
        if (called === undefined || called.outgoing.guarded) return [];
        const [step] = called.path;
        const says = `${place(context, step)} calls numbers abroad and asks for no PIN`;
        const key = `extensions.conf/${context}/${step.exten}/abroad`;
        return [{ at: step, says, key, proof: called.path.map((s) => `${shown(s)}: ${call(s)}`) }];
      });
    },
  },
  {
    rule: {
      id: "repeated-pattern",
      severity: "note",
      title: "A pattern is repeated line by line",
      why: "A typing error in one of the lines makes another pattern of it, with steps that nobody meant.",
      fix: "Write the pattern once, and same => on the lines below.",
      see: [],
    },
    check: (site) =>
      everyExtension(site, (context, { name, steps }) => {
        if (!name.startsWith("_") || steps.length < 4) return [];
        const repeated = steps.slice(1).every((s) => /^\s*exten\b/i.test(site.line(s.file, s.line) ?? ""));
        if (!repeated) return [];
        const says = `[${context}] ${name} stands on ${steps.length} lines`;
        return [{ at: steps[0], says, key: `extensions.conf/${context}/${name}/repeated` }];
      }),
  },
];
