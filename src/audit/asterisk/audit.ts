import type { Edit, Finding, Findings } from "../../findings/index.ts";
import type { AuditInput } from "../input.ts";
import type { Strength } from "../strength.ts";
import { ACCOUNTS } from "./accounts.ts";
import { DAEMON } from "./daemon.ts";
import { DIALPLAN } from "./dialplan.ts";
import { FILES } from "./files.ts";
import { FORWARDING } from "./forwarding.ts";
import { HTTP } from "./http.ts";
import { LISTENING } from "./listening.ts";
import { LOGGER } from "./logger.ts";
import { MANAGER } from "./manager.ts";
import { MEDIA } from "./media.ts";
import { MODULES } from "./modules.ts";
import { PUBLIC_CONTEXTS } from "./public-contexts.ts";
import type { Row, Told } from "./row.ts";
import { SECRETS } from "./secrets.ts";
import { SIP_GUESTS } from "./sip-guests.ts";
import { Site } from "./site.ts";
import { TLS } from "./tls.ts";
import { TRANSFERS } from "./transfers.ts";
import { VOICEMAIL } from "./voicemail.ts";

export const ROWS: readonly Row[] = [
  ...SIP_GUESTS,
  ...ACCOUNTS,
  ...SECRETS,
  ...PUBLIC_CONTEXTS,
  ...DIALPLAN,
  ...FORWARDING,
  ...TRANSFERS,
  ...MANAGER,
  ...HTTP,
  ...DAEMON,
  ...TLS,
  ...LISTENING,
  ...MEDIA,
  ...LOGGER,
  ...VOICEMAIL,
  ...MODULES,
  ...FILES,
];

/** Of one rule: more are no longer read by anybody, and a folder may be somebody else's. */
const MOST_OF_A_RULE = 1_000;

/** Any of them makes a folder one of Asterisk's. */
const OURS = [
  "asterisk.conf",
  "extensions.conf",
  "pjsip.conf",
  "sip.conf",
  "iax.conf",
  "manager.conf",
  "modules.conf",
  "rtp.conf",
];

/**
 * Audits the files of an Asterisk. Without `strength` (loadStrength), passwords are held against length, name and a short list
 * alone, and `missing` says so. It never throws, whatever the files hold.
 */
export function auditAsterisk(input: AuditInput, strength?: Strength): Pick<Findings, "rules" | "found" | "missing"> {
  const site = new Site(input, strength);
  const rules = ROWS.map((row) => row.rule);
  if (![...input.files.keys()].some((path) => OURS.includes(path) || /\.conf$/.test(path))) {
    return { rules, found: [], missing: ["no configuration of Asterisk is among the files"] };
  }
  const found: Finding[] = [];
  for (const { rule, check } of ROWS) {
    const told = check(site);
    for (const each of told.slice(0, MOST_OF_A_RULE)) found.push(findingOf(site, rule.id, each));
    if (told.length > MOST_OF_A_RULE)
      site.miss(`${rule.id}: found ${told.length} times; the first ${MOST_OF_A_RULE} are listed`);
  }
  unread(site);
  return { rules, found, missing: site.missing };
}

function findingOf(site: Site, rule: string, told: Told): Finding {
  const folder = site.input.folder.replace(/\/+$/, "");
  const named = (file: string): string => `${folder}/${file}`;
  const edits: readonly Edit[] = (told.edits ?? []).map((e) => ({ ...e, file: named(e.file) }));
  const { says, key, at } = told;
  const finding = { rule, place: { file: named(at.file), line: at.line }, says, key, proof: told.proof ?? [], edits };
  return told.severity === undefined ? finding : { ...finding, severity: told.severity };
}

/** Says what there is besides and was not judged: a dialplan in another language, accounts in a database. */
function unread(site: Site): void {
  if (site.runs("pbx_ael", "extensions.ael")) site.miss("extensions.ael: a dialplan in AEL: named, not read");
  if (site.runs("pbx_lua", "extensions.lua")) site.miss("extensions.lua: a dialplan in Lua: named, not read");
  for (const section of site.conf("extconfig.conf").sections) {
    for (const { key, file, line } of section.settings) {
      if (/^(?:ps_|sip(?:peers|users|regs)|iax(?:peers|users)|voicemail|extensions)/.test(key)) {
        site.miss(`${file}:${line}: ${key} stands in a database: not looked at`);
      }
    }
  }
  for (const section of site.conf("sorcery.conf").sections) {
    for (const { key, value, file, line } of section.settings) {
      if (/^realtime/i.test(value)) {
        site.miss(`${file}:${line}: ${key.split("/")[0]} stands in a database: not looked at`);
      }
    }
  }
  for (const [name, { switches }] of site.dialplan.contexts) {
    if (switches.length > 0)
      site.miss(`${switches[0].file}:${switches[0].line}: [${name}] goes on elsewhere (switch): not followed`);
  }
}
