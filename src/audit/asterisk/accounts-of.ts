import { type Section, type Setting, settingOf, settingsOf } from "../../asterisk/index.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf, parts } from "./value.ts";

/** Who may register or call: a PJSIP endpoint, a peer of chan_sip, a user of IAX2. */
export interface Account {
  readonly driver: "PJSIP" | "chan_sip" | "IAX2";
  readonly name: string;
  readonly section: Section;
  /** The name that the password belongs to. */
  readonly user: string;
  /** The password in the clear. */
  readonly secret: Setting | undefined;
  /** A hash of it, or keys: there is a credential, and it cannot be judged. */
  readonly other: Setting | undefined;
  /** Known by its address, or registered at by us: no phone. */
  readonly trunk: boolean;
  readonly context: string;
  /** Credentials that no endpoint names: there is a password to judge, and nothing else. */
  readonly bare?: true;
}

/** All accounts of the drivers that run, in the order of the files. */
export function accountsOf(site: Site): readonly Account[] {
  return [...pjsip(site), ...bareAuths(site), ...wizard(site), ...chanSip(site), ...iax(site)];
}

/** Sections of one PJSIP type, by name in lower case. */
export function pjsipOf(site: Site, type: string): readonly Section[] {
  if (!site.runs("chan_pjsip", "pjsip.conf")) return [];
  return site.conf("pjsip.conf").sections.filter((s) => !s.template && settingOf(s, "type")?.toLowerCase() === type);
}

function pjsip(site: Site): Account[] {
  const auths = new Map(pjsipOf(site, "auth").map((s) => [s.name.toLowerCase(), s]));
  const fixed = new Set(
    pjsipOf(site, "aor")
      .filter((s) => settingOf(s, "contact") !== undefined)
      .map((s) => s.name.toLowerCase()),
  );
  const known = new Set([
    ...pjsipOf(site, "identify").map((s) => settingOf(s, "endpoint")?.toLowerCase()),
    ...pjsipOf(site, "registration").map((s) => (settingOf(s, "endpoint") ?? s.name).toLowerCase()),
  ]);
  return pjsipOf(site, "endpoint").map((section) => {
    const named = parts(settingOf(section, "auth"));
    const auth = named.map((n) => auths.get(n)).find((a) => a !== undefined);
    const secret = lastOf(auth, "password");
    const other = lastOf(auth, "md5_cred", "password_digest") ?? (auth ? undefined : lastOf(section, "auth"));
    return {
      driver: "PJSIP",
      name: section.name,
      section,
      user: (auth && settingOf(auth, "username")) ?? section.name,
      secret,
      other,
      trunk:
        known.has(section.name.toLowerCase()) ||
        settingOf(section, "outbound_auth") !== undefined ||
        parts(settingOf(section, "aors")).some((a) => fixed.has(a)),
      context: settingOf(section, "context") ?? "default",
    };
  });
}

/** Endpoints as they are written, and those that the wizard makes, whose settings are called `endpoint/...`. */
export function endpointsOf(site: Site): readonly Section[] {
  return [...pjsipOf(site, "endpoint"), ...wizards(site)];
}

/** Passwords that a carrier gave are not ours to choose: what is named by outbound_auth alone is left out. */
function bareAuths(site: Site): Account[] {
  const users = ["endpoint", "registration"].flatMap((type) => pjsipOf(site, type));
  const named = new Set(users.flatMap((s) => ["auth", "outbound_auth"].flatMap((key) => parts(settingOf(s, key)))));
  return pjsipOf(site, "auth")
    .filter((section) => !named.has(section.name.toLowerCase()))
    .map((section) => ({
      driver: "PJSIP",
      name: section.name,
      section,
      user: settingOf(section, "username") ?? section.name,
      secret: lastOf(section, "password"),
      other: lastOf(section, "md5_cred", "password_digest"),
      trunk: false,
      context: "default",
      bare: true,
    }));
}

/** pjsip_wizard.conf makes an endpoint with all that belongs to it from one section. */
function wizard(site: Site): Account[] {
  return wizards(site).map((section) => ({
    driver: "PJSIP",
    name: section.name,
    section,
    user: settingOf(section, "inbound_auth/username") ?? section.name,
    secret: lastOf(section, "inbound_auth/password"),
    other: lastOf(section, "inbound_auth/md5_cred", "inbound_auth/password_digest", "endpoint/auth"),
    trunk: settingOf(section, "remote_hosts") !== undefined,
    context: settingOf(section, "endpoint/context") ?? "default",
  }));
}

/** sip.conf, and users.conf, which makes peers of chan_sip too. */
function chanSip(site: Site): Account[] {
  if (!site.runs("chan_sip", "sip.conf")) return [];
  const standard = site.section("sip.conf", "general");
  const context = (standard && settingOf(standard, "context")) ?? "default";
  const peers = site
    .conf("sip.conf")
    .sections.filter((s) => !s.template && /^(?:peer|friend|user)$/i.test(settingOf(s, "type") ?? ""));
  const users = site.conf("users.conf").sections.filter((s) => !s.template && isOn(settingOf(s, "hassip"), false));
  return [...peers, ...users.filter((s) => s.name.toLowerCase() !== "general")].map((section) => ({
    driver: "chan_sip",
    name: section.name,
    section,
    user: settingOf(section, "defaultuser") ?? settingOf(section, "username") ?? section.name,
    secret: lastOf(section, "secret"),
    other: lastOf(section, "md5secret"),
    trunk: (settingOf(section, "host") ?? "dynamic").toLowerCase() !== "dynamic",
    context: settingOf(section, "context") ?? context,
  }));
}

function iax(site: Site): Account[] {
  if (!site.runs("chan_iax2", "iax.conf")) return [];
  const general = site.section("iax.conf", "general");
  const context = (general && settingOf(general, "context")) ?? "default";
  const users = site.conf("users.conf").sections.filter((s) => !s.template && isOn(settingOf(s, "hasiax"), false));
  return site
    .conf("iax.conf")
    .sections.filter((s) => !s.template && /^(?:peer|friend|user)$/i.test(settingOf(s, "type") ?? ""))
    .concat(users.filter((s) => s.name.toLowerCase() !== "general"))
    .map((section) => ({
      driver: "IAX2",
      name: section.name,
      section,
      user: settingOf(section, "username") ?? section.name,
      secret: lastOf(section, "secret"),
      other: settingsOf(section, "auth").some((a) => /rsa/i.test(a))
        ? lastOf(section, "auth")
        : lastOf(section, "inkeys"),
      trunk: (settingOf(section, "host") ?? "dynamic").toLowerCase() !== "dynamic",
      context: settingOf(section, "context") ?? context,
    }));
}

function wizards(site: Site): readonly Section[] {
  if (!site.runs("chan_pjsip", "pjsip_wizard.conf")) return [];
  const { sections } = site.conf("pjsip_wizard.conf");
  return sections.filter((s) => !s.template && settingOf(s, "type")?.toLowerCase() === "wizard");
}
