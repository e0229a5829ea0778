import { type Extension, expanded, type Step, splitArguments } from "../../asterisk/index.ts";
import { endpointsOf } from "./accounts-of.ts";
import { changed, disabled, without } from "./edit.ts";
import { type Row, shown, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { variablesOf } from "./taint.ts";
import { isOn, lastOf } from "./value.ts";

function steps(site: Site, is: (step: Step, extension: Extension) => Told | undefined): readonly Told[] {
  const told: Told[] = [];
  for (const { extensions } of site.dialplan.contexts.values())
    for (const extension of extensions.values())
      for (const step of extension.steps.flatMap(expanded)) {
        const each = is(step, extension);
        if (each !== undefined) told.push(each);
      }
  return told;
}

/** A number out of Asterisk's own database: what phones or people put there. */
function forwards(step: Step): boolean {
  if (step.app !== "dial" && step.app !== "goto") return false;
  return variablesOf(splitArguments(step.args).join(",")).some((v) =>
    /^db\([^)]{0,64}(?:cf|fwd|forward|divert)/i.test(v),
  );
}

export const FORWARDING: readonly Row[] = [
  {
    rule: {
      id: "disa",
      severity: "high",
      title: "Callers from outside get a dial tone (DISA)",
      why: "Whoever calls in and knows or guesses the code (there may be none) calls anywhere at your cost. Codes of a few digits are tried through by machine.",
      fix: "Take DISA out. If it has to be, ask for a code of at least eight digits from a file, check the caller's number first, and give it a context that calls what is needed and nothing else.",
      see: ["prefix-calls"],
    },
    check: (site) =>
      steps(site, (step) => {
        if (step.app !== "disa") return undefined;
        const code = splitArguments(step.args)[0] ?? "";
        const open = code === "" || code.toLowerCase() === "no-password";
        const what = open ? "no code at all" : "a code";
        const says = `${step.exten} at ${shown(step)} gives a dial tone behind ${what}`;
        return { at: step, severity: open ? "critical" : "high", says, key: `extensions.conf/${step.exten}/disa` };
      }),
  },
  {
    rule: {
      id: "forwards-outside",
      severity: "medium",
      title: "Calls are forwarded to whatever number was set",
      why: "Who gets at one phone or its feature code sets an expensive number and has the PBX called: every call is then paid by you.",
      fix: "Check the number before the Dial: internal ones, or countries that you call (GotoIf with REGEX), and limit calls at a time.",
      see: ["[dial] preset"],
    },
    check: (site) =>
      steps(site, (step) => {
        if (!forwards(step)) return undefined;
        const says = `${step.exten} at ${shown(step)} calls a forwarding number from the database without a check`;
        return { at: step, says, key: `extensions.conf/${step.exten}/forward` };
      }),
  },
  {
    rule: {
      id: "redirects-outside",
      severity: "medium",
      title: "A phone may redirect calls to any address",
      why: "A 302 from a phone (or from who has registered in its place) makes Asterisk call the address in it, over your trunks, past the dialplan.",
      fix: "chan_sip: promiscredir=no. PJSIP: redirect_method=user, so that the dialplan decides.",
      see: [],
    },
    check: (site) => {
      const told: Told[] = [];
      for (const section of endpointsOf(site)) {
        const setting = lastOf(section, "redirect_method", "endpoint/redirect_method");
        // res_pjsip: "user" goes through the dialplan and is the default.
        if (setting === undefined || !/^uri_/i.test(setting.value)) continue;
        const edits = changed(site, setting, "user");
        const says = `${section.name} may redirect calls to any address`;
        told.push({ at: setting, says, key: `${setting.file}/${section.name}/redirect_method`, edits });
      }
      for (const section of site.runs("chan_sip", "sip.conf") ? site.conf("sip.conf").sections : []) {
        const setting = lastOf(section, "promiscredir");
        if (setting === undefined || !isOn(setting.value, false)) continue;
        const edits = changed(site, setting, "no");
        told.push({
          at: setting,
          says: `[${section.name}] may redirect calls to any address`,
          key: `sip.conf/${section.name}/promiscredir`,
          edits,
        });
      }
      return told;
    },
  },
  {
    rule: {
      id: "feature-runs-command",
      severity: "high",
      title: "A key on the phone runs a command of the operating system",
      why: "features.conf gives a key sequence to a program. Where the key works for the other side of a call, a stranger runs it.",
      fix: "Take the line out of [applicationmap], or let the key work for your own side alone and without arguments from the call.",
      see: [],
    },
    check: (site) => {
      const told: Told[] = [];
      for (const section of site.conf("features.conf").sections) {
        if (section.name.toLowerCase() !== "applicationmap") continue;
        for (const setting of section.settings) {
          const app = splitArguments(setting.value)[2] ?? "";
          if (!/^(?:try)?system\b|^externalivr\b/i.test(app)) continue;
          const says = `${setting.key} at ${shown(setting)} runs a command`;
          told.push({ at: setting, says, key: `features.conf/${setting.key}/command`, edits: without(setting) });
        }
      }
      return told;
    },
  },
  {
    rule: {
      id: "voicemail-dials-out",
      severity: "medium",
      title: "Voicemail lets its users call outside",
      why: "A mailbox is behind a PIN of a few digits. With dialout or callback, who guesses it calls from your PBX at your cost.",
      fix: "Take dialout and callback out, or give them a context that reaches your own extensions alone.",
      see: ["prefix-calls"],
    },
    check: (site) => {
      const told: Told[] = [];
      for (const section of site.conf("voicemail.conf").sections) {
        for (const key of ["dialout", "callback"]) {
          const setting = lastOf(section, key);
          if (setting === undefined || setting.value === "") continue;
          const says = `${setting.key} at ${shown(setting)} lets voicemail users call through [${setting.value}]`;
          told.push({
            at: setting,
            says,
            key: `voicemail.conf/${section.name}/${setting.key}`,
            edits: disabled(site, setting),
          });
        }
      }
      return told;
    },
  },
];
