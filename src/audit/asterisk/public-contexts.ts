import { settingOf } from "../../asterisk/index.ts";
import type { Severity } from "../../findings/index.ts";
import { pjsipOf } from "./accounts-of.ts";
import { isLimited } from "./limits.ts";
import { Reach } from "./reach.ts";
import { type At, type Row, shown, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf, valueIn } from "./value.ts";

interface Root {
  readonly context: string;
  readonly at: At;
  readonly who: string;
  readonly severity: Severity;
}

/** Names that people and drivers give to what strangers reach. */
const USUAL = ["default", "public", "guest", "anonymous", "from-sip-external", "from-guest"];

/** Where calls come in that nobody answers for, the worst first. */
export function rootsOf(site: Site): readonly Root[] {
  const roots: Root[] = [];
  const general = site.section("sip.conf", "general");
  // chan_sip/sip.conf.sample: allowguest is yes, and context is default, where the file says nothing.
  if (site.runs("chan_sip", "sip.conf") && isOn(valueIn(general, "allowguest"), true)) {
    const setting = lastOf(general, "context");
    const at = setting ?? general ?? { file: "sip.conf", line: 0 };
    roots.push({ context: setting?.value ?? "default", at, who: "guests of chan_sip", severity: "critical" });
  }
  for (const section of pjsipOf(site, "endpoint")) {
    if (!/^anonymous(?:@|$)/i.test(section.name)) continue;
    const context = settingOf(section, "context") ?? "default";
    roots.push({
      context,
      at: lastOf(section, "context") ?? section,
      who: "the anonymous endpoint",
      severity: "critical",
    });
  }
  for (const account of site.accounts) {
    if (account.bare || account.secret !== undefined || account.other !== undefined || /^anonymous/i.test(account.name))
      continue;
    const at = lastOf(account.section, "context", "endpoint/context") ?? account.section;
    // Known by address and no trunk: the phones of a system in front, which asks for the password itself.
    if (!account.trunk && isLimited(site, account)) continue;
    const who = account.trunk ? `trunk ${account.name}` : `${account.name}, who needs no password`;
    roots.push({ context: account.context, at, who, severity: account.trunk ? "medium" : "critical" });
  }
  for (const name of USUAL) {
    const context = site.dialplan.contexts.get(name);
    if (context !== undefined)
      roots.push({ context: name, at: context, who: "whoever has no other context", severity: "high" });
  }
  return roots;
}

const SEE = ["guest-calls", "prefix-calls", "[front] register", "[[trunk]]"];

export const PUBLIC_CONTEXTS: readonly Row[] = [
  {
    rule: {
      id: "public-context-dials-out",
      severity: "critical",
      title: "Strangers reach a context that calls outside",
      why: "Whoever may send a call into this context can dial any number at your cost: toll fraud, the usual end of an attack on a PBX. Scanners try such numbers within hours.",
      fix: "Give strangers and trunks a context of their own that holds your own numbers and nothing else, and take the include or jump of the path out of it. Where somebody needs it, ask for a PIN (Authenticate) before the Dial.",
      see: SEE,
    },
    check: (site) => {
      const told: Told[] = [];
      const seen = new Set<string>();
      const reach = new Reach(site);
      for (const root of rootsOf(site)) {
        const key = root.context.toLowerCase();
        if (seen.has(key)) continue;
        seen.add(key);
        const reached = reach.outside(root.context);
        if (reached === undefined) continue;
        const { step } = reached.outgoing;
        told.push({
          at: root.at,
          severity: root.severity,
          says: `[${root.context}], open to ${root.who}, reaches ${step.exten} at ${shown(step)}, which calls outside`,
          key: `extensions.conf/${key}/calls-outside`,
          proof: reached.path,
        });
      }
      return told;
    },
  },
];
