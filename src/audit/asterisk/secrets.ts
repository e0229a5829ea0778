import { type Section, type Setting, settingOf } from "../../asterisk/index.ts";
import { pjsipOf } from "./accounts-of.ts";
import { COMMON, isRun } from "./common.ts";
import { listed, type Row, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf, parts } from "./value.ts";

/** A password that stands in a file, and the names that it must not be like. */
interface Secret {
  readonly setting: Setting;
  readonly owner: string;
  readonly name: string;
  readonly names: readonly string[];
}

const ENOUGH = 20;
/** Below it, every password falls to a patient machine that has the hash, and many to one that has not. */
const SHORT = 12;
/** Judging one takes about two milliseconds. */
const MOST_JUDGED = 2_000;

/** Digits or letters of one case alone: less in them than their length says. */
const FEW = /^(?:\d*|[a-z]*|[A-Z]*)$/;

const FIX = "Let a machine make it: 20 random characters or more (rempart secret generate), another for each account.";
const SEE = ["weak-secret"];

function secretsOf(site: Site): readonly Secret[] {
  const secrets: Secret[] = [];
  for (const account of site.accounts) {
    if (account.secret === undefined) continue;
    const names = [account.name, account.user].map((n) => n.toLowerCase());
    secrets.push({
      setting: account.secret,
      owner: `${account.driver} account ${account.name}`,
      name: account.name,
      names,
    });
  }
  const others: [string, string, string, (s: Section) => boolean][] = [
    ["manager.conf", "secret", "manager user", (s) => s.name.toLowerCase() !== "general"],
    ["ari.conf", "password", "ARI user", (s) => settingOf(s, "password_format")?.toLowerCase() !== "crypt"],
  ];
  for (const [file, key, kind, is] of others) {
    for (const section of site.conf(file).sections) {
      const setting = section.template || !is(section) ? undefined : lastOf(section, key);
      if (setting !== undefined)
        secrets.push({
          setting,
          owner: `${kind} ${section.name}`,
          name: section.name,
          names: [section.name.toLowerCase()],
        });
    }
  }
  return secrets;
}

/** What is worst about it; each secret has one finding. */
type Fault = "name" | "common" | "weak" | "short" | undefined;

const faults = new WeakMap<Site, ReadonlyMap<Secret, Fault>>();

function judged(site: Site): ReadonlyMap<Secret, Fault> {
  const known = faults.get(site);
  if (known !== undefined) return known;
  const all = new Map<Secret, Fault>();
  const scores = new Map<string, number>();
  for (const secret of secretsOf(site)) all.set(secret, faultOf(site, secret, scores));
  if (scores.size >= MOST_JUDGED)
    site.miss(`passwords: only the first ${MOST_JUDGED} were held against lists of words`);
  if (site.strength === undefined && all.size > 0)
    site.miss("passwords: not held against lists of words, which were not loaded");
  faults.set(site, all);
  return all;
}

function faultOf(site: Site, { setting, names }: Secret, scores: Map<string, number>): Fault {
  const value = setting.value;
  const lower = value.toLowerCase();
  if (names.some((n) => lower === n || lower === [...n].reverse().join("") || (n.length > 2 && lower === n + n)))
    return "name";
  if (value === "" || COMMON.has(lower) || isRun(value)) return "common";
  let score = scores.get(value);
  if (score === undefined && site.strength !== undefined && scores.size < MOST_JUDGED) {
    score = site.strength(value, names);
    scores.set(value, score);
  }
  if (score !== undefined && score < 2) return "common";
  // zxcvbn gives 4 to any twelve random characters: a long one that has less repeats itself or is made of words.
  if (holdsName(lower, names) || (score !== undefined && score < (value.length < ENOUGH ? 3 : 4))) return "weak";
  return value.length < ENOUGH ? "short" : undefined;
}

function holdsName(lower: string, names: readonly string[]): boolean {
  const letters = (text: string): string => text.replace(/[^a-z0-9]/g, "");
  return names.map(letters).some((name) => name.length >= 4 && letters(lower).includes(name));
}

function tell(site: Site, wanted: Fault, says: (secret: Secret) => string): readonly Told[] {
  return [...judged(site)]
    .filter(([, fault]) => fault === wanted)
    .map(([secret]) => {
      const told: Told = {
        at: secret.setting,
        says: says(secret),
        key: `${secret.setting.file}/${secret.name}/${secret.setting.key}`,
      };
      const length = secret.setting.value.length;
      // Twelve random characters are no number that is tried through over a network.
      return wanted === "short" && length >= SHORT && !FEW.test(secret.setting.value)
        ? { ...told, severity: "note" }
        : told;
    });
}

export const SECRETS: readonly Row[] = [
  {
    rule: {
      id: "secret-is-name",
      severity: "critical",
      title: "A password is the account's own name",
      why: "Every scanner tries it first: name and password alike (1000/1000).",
      fix: FIX,
      see: SEE,
    },
    check: (site) => tell(site, "name", (s) => `${s.owner}: the password is its name`),
  },
  {
    rule: {
      id: "secret-common",
      severity: "critical",
      title: "A password is in every list of passwords",
      why: "Scanners come with lists of the words and numbers that people take, and with the defaults of phone systems. These fall in minutes.",
      fix: FIX,
      see: SEE,
    },
    check: (site) => tell(site, "common", (s) => `${s.owner}: the password is a common one, or empty`),
  },
  {
    rule: {
      id: "secret-weak",
      severity: "high",
      title: "A password can be guessed",
      why: "It is made of words, names, dates or keys side by side. One registration on the wire is enough to try billions of such passwords at home.",
      fix: FIX,
      see: SEE,
    },
    check: (site) => tell(site, "weak", (s) => `${s.owner}: the password is made of what is guessed first`),
  },
  {
    rule: {
      id: "secret-short",
      severity: "medium",
      title: `A password has fewer than ${ENOUGH} characters`,
      why: "SIP digests are MD5 in most systems: who sees one registration tries short passwords through at home. A machine remembers 20 characters as easily as 8.",
      fix: FIX,
      see: SEE,
    },
    check: (site) => tell(site, "short", (s) => `${s.owner}: the password has ${s.setting.value.length} characters`),
  },
  {
    rule: {
      id: "secret-shared",
      severity: "medium",
      title: "Several accounts have one password",
      why: "Who has one phone's password has them all, and taking one phone away means to change every other.",
      fix: FIX,
      see: SEE,
    },
    check: (site) => {
      const owners = new Map<string, Secret[]>();
      for (const secret of judged(site).keys()) {
        const same = owners.get(secret.setting.value);
        if (same === undefined) owners.set(secret.setting.value, [secret]);
        else same.push(secret);
      }
      return [...owners.values()]
        .filter((same) => new Set(same.map((s) => s.name)).size > 1)
        .map((same) => {
          const says = `${same.length} accounts have one password: ${listed(same.map((s) => s.owner))}`;
          return { at: same[0].setting, says, key: `${same[0].setting.file}/${same[0].name}/shared` };
        });
    },
  },
  {
    rule: {
      id: "digest-md5-alone",
      severity: "low",
      title: "A password is kept or asked for as MD5 alone",
      why: "An MD5 hash is as good as the password for who reads the file, and who hears an MD5 digest tries billions of passwords a second.",
      fix: "Where your PJSIP knows password_digest: password_digest=SHA-256:... and supported_algorithms_uas=SHA-256,MD5; TLS for the signalling in any case.",
      see: ["digest-md5-only", "[auth] algorithms"],
    },
    check: (site) =>
      [...pjsipOf(site, "auth"), ...pjsipOf(site, "global")].flatMap((section): Told[] => {
        const digests = section.settings.filter((s) => s.key === "password_digest");
        const offered = lastOf(section, "supported_algorithms_uas", "default_auth_algorithms_uas");
        const isMd5 = (s: Setting): boolean => /^md5(?::|$)/i.test(s.value);
        const hash =
          lastOf(section, "md5_cred") ?? (digests.length > 0 && digests.every(isMd5) ? digests[0] : undefined);
        const asked = offered !== undefined && parts(offered.value).join() === "md5" ? offered : undefined;
        const setting = hash ?? asked;
        if (setting === undefined) return [];
        return [
          {
            at: setting,
            says: `[${section.name}]: ${setting.key} is MD5 alone`,
            key: `${setting.file}/${section.name}/${setting.key}`,
          },
        ];
      }),
  },
  {
    rule: {
      id: "ari-password-plain",
      severity: "low",
      title: "An ARI password stands in the file as it is",
      why: "Who reads the file (a backup, a ticket, a screen) can use it at once.",
      fix: "Set password_format=crypt and put the hash there (mkpasswd -m sha-512).",
      see: [],
    },
    // ari.conf.sample: password_format is plain by default.
    check: (site) =>
      site.conf("ari.conf").sections.flatMap((section): Told[] => {
        const setting = lastOf(section, "password");
        if (
          setting === undefined ||
          section.template ||
          settingOf(section, "password_format")?.toLowerCase() === "crypt"
        )
          return [];
        if (!isOn(settingOf(section, "enabled"), true)) return [];
        return [
          {
            at: setting,
            says: `ARI user ${section.name}: the password stands there as it is`,
            key: `ari.conf/${section.name}/format`,
          },
        ];
      }),
  },
];
