import type { Account } from "./accounts-of.ts";
import { ADDRESS_KEYS, isLimited, limitedAtOnce } from "./limits.ts";
import { listed, type Row, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { valueIn } from "./value.ts";

const SHORTEST = 8;
/** Twelve hexadecimal digits are the address of a device, also where all of them are digits. */
const DEVICE = /^[0-9a-f]{12}$/i;

const NUMBERS = "A scanner tries 100, 101, 1000 and so on before anything else, and needs the password alone to be in.";

/** Guests of IAX2 have a rule of their own: their name is nobody's. */
function phones(site: Site): readonly Account[] {
  const isGuest = (a: Account): boolean => a.driver === "IAX2" && a.secret === undefined && a.other === undefined;
  return site.accounts.filter((a) => !a.trunk && !isGuest(a) && !/^anonymous/i.test(a.name));
}

/** Literal extensions of the dialplan, and those of voicemail are left out: people dial these. */
function dialled(site: Site): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { extensions } of site.dialplan.contexts.values())
    for (const { name, steps } of extensions.values()) {
      const isHint = steps.every((s) => s.priority === "hint");
      if (name.length > 1 && !name.startsWith("_") && !isHint) names.add(name.toLowerCase());
    }
  return names;
}

const isNumber = (a: Account): boolean => /^\d+$/.test(a.name) && !DEVICE.test(a.name);

function numbered(site: Site, dialledToo: boolean, says: (a: Account) => string): readonly Told[] {
  const extensions = dialled(site);
  return phones(site)
    .filter((a) => (dialledToo ? extensions.has(a.name.toLowerCase()) : isNumber(a) && !extensions.has(a.name)))
    .map((a) => ({ at: a.section, says: says(a), key: `${a.section.file}/${a.name}/name` }));
}

export const ACCOUNTS: readonly Row[] = [
  {
    rule: {
      id: "account-is-number",
      severity: "medium",
      title: "An account is named by a number",
      why: NUMBERS,
      fix: "Name accounts by something that nobody guesses, such as the phone's MAC address and some letters, and let the dialplan say which extension rings it.",
      see: ["user-enumeration"],
    },
    check: (site) => numbered(site, false, (a) => `${a.driver} account ${a.name} is a number`),
  },
  {
    rule: {
      id: "account-is-extension",
      severity: "medium",
      title: "An account is named as its extension",
      why: `Whoever knows your number plan knows your accounts. ${NUMBERS}`,
      fix: "Name accounts by something that nobody guesses, such as the phone's MAC address and some letters, and let the dialplan say which extension rings it.",
      see: ["user-enumeration"],
    },
    check: (site) => numbered(site, true, (a) => `${a.driver} account ${a.name} is also an extension that people dial`),
  },
  {
    rule: {
      id: "account-name-short",
      severity: "low",
      title: `An account's name has fewer than ${SHORTEST} characters`,
      why: "Short names are found by trying: first names, departments, phone, door.",
      fix: `Take names of ${SHORTEST} characters or more that nobody guesses.`,
      see: ["user-enumeration"],
    },
    check: (site) => {
      const extensions = dialled(site);
      return phones(site)
        .filter((a) => a.name.length < SHORTEST && !isNumber(a) && !extensions.has(a.name.toLowerCase()))
        .map((a) => {
          const says = `${a.driver} account ${a.name} has ${a.name.length} characters`;
          return { at: a.section, says, key: `${a.section.file}/${a.name}/short` };
        });
    },
  },
  {
    rule: {
      id: "no-address-limit",
      severity: "low",
      title: "Accounts may be used from anywhere",
      why: "A stolen or guessed password works from every address in the world. Where phones stand in known networks, it need not.",
      fix: "Set deny=0.0.0.0/0.0.0.0 and permit= for the networks of the phones (or acl= with acl.conf); for PJSIP a section with type=acl holds for all, and contact_deny, contact_permit keep registrations to known addresses.",
      see: ["[shield.country]", "[front] register"],
    },
    // One line for all: a hundred phones have one cause.
    check: (site) =>
      (["PJSIP", "chan_sip", "IAX2"] as const).flatMap((driver): Told[] => {
        if (limitedAtOnce(site, driver)) return [];
        const open = phones(site).filter(
          (a) =>
            a.driver === driver && !a.bare && !ADDRESS_KEYS[driver].some((k) => valueIn(a.section, k) !== undefined),
        );
        if (open.length === 0) return [];
        const names = listed(open.map((a) => a.name));
        const says = `${open.length} ${driver} account${open.length === 1 ? "" : "s"} may be used from anywhere: ${names}`;
        return [{ at: open[0].section, says, key: `${driver}/no-address-limit` }];
      }),
  },
  {
    rule: {
      id: "account-without-secret",
      severity: "critical",
      title: "A phone needs no password",
      why: "Whoever uses its name is taken for it: calls on its behalf, and its calls diverted.",
      fix: "Give it a password of 20 random characters or more (rempart secret generate).",
      see: ["open-registrar", "guest-calls"],
    },
    check: (site) =>
      phones(site)
        .filter((a) => a.secret === undefined && a.other === undefined && !a.bare && a.driver !== "IAX2")
        .map((a) => {
          const known = isLimited(site, a);
          const says = `${a.driver} account ${a.name} has no password${known ? ", and known addresses may use it" : " and no fixed address"}`;
          return {
            at: a.section,
            severity: known ? "note" : "critical",
            says,
            key: `${a.section.file}/${a.name}/secret`,
          };
        }),
  },
  {
    rule: {
      id: "permit-without-deny",
      severity: "medium",
      title: "permit without deny refuses nobody",
      why: "Asterisk lets in what no rule forbids: a list of permits alone changes nothing, though it looks as if it did.",
      fix: "Write deny=0.0.0.0/0.0.0.0 (and deny=::/0) before the permits.",
      see: [],
    },
    // acl.conf.sample: rules are tried in order, and the last that fits decides; without one, the address is let in.
    check: (site) => {
      const files = ["acl.conf", "sip.conf", "pjsip.conf", "iax.conf", "manager.conf", "ari.conf"];
      return files.flatMap((file) =>
        site.conf(file).sections.flatMap((section): Told[] => {
          const permit = section.settings.find((s) => s.key === "permit");
          if (permit === undefined || section.template || section.settings.some((s) => s.key === "deny")) return [];
          const edits = [{ file: permit.file, line: permit.line, count: 0, lines: ["deny = 0.0.0.0/0.0.0.0"] }];
          const says = `[${section.name}] has permit and no deny`;
          return [{ at: permit, says, key: `${file}/${section.name}/permit`, edits }];
        }),
      );
    },
  },
];
