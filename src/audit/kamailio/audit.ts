import type { Finding, Findings } from "../../findings/index.ts";
import type { AuditInput } from "../input.ts";
import { GLOBALS } from "./globals.ts";
import { GUARDS } from "./guards.ts";
import { PARAMS } from "./params.ts";
import { parseScript } from "./parse.ts";
import type { Row, Site, Told } from "./row.ts";
import { callsOf, hasModule, settingOf } from "./script.ts";
import { readSource } from "./source.ts";
import { TLS } from "./tls.ts";
import { WAYS } from "./ways.ts";

/** All rules, worst questions first. */
export const ROWS: readonly Row[] = [...WAYS, ...GUARDS, ...PARAMS, ...GLOBALS, ...TLS];

const MOST_OF_A_RULE = 100;
const MOST_MISSING = 100;
const SCRIPTED = [
  "app_lua",
  "app_python",
  "app_python3",
  "app_python3s",
  "app_jsdt",
  "app_ruby",
  "app_sqlang",
  "app_perl",
  "app_mono",
];

/** The file that Kamailio starts with; undefined: this is no folder of Kamailio. */
function mainFile(input: AuditInput): string | undefined {
  if (input.files.has("kamailio.cfg")) return "kamailio.cfg";
  const all = [...input.files.keys()].filter((path) => path.endsWith("/kamailio.cfg"));
  return all.length === 0 ? undefined : all.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

/** Audits a kamailio.cfg with what it takes in and the files it names. Nothing is run; what only a running Kamailio knows is in `missing`. It never throws. */
export function auditKamailio(input: AuditInput): Pick<Findings, "rules" | "found" | "missing"> {
  const rules = ROWS.map((row) => row.rule);
  const main = mainFile(input);
  if (main === undefined) return { rules, found: [], missing: ["no kamailio.cfg is among the files"] };
  const source = readSource(input, main);
  const script = parseScript(source);
  const missing = new Set<string>(script.missing);
  const site: Site = {
    input,
    source,
    script,
    main,
    miss: (sentence) => {
      if (missing.size < MOST_MISSING) missing.add(sentence);
    },
  };
  const found = ROWS.flatMap(({ rule, check }) =>
    check(site)
      .slice(0, MOST_OF_A_RULE)
      .map((told) => findingOf(input, rule.id, told)),
  );
  unread(site);
  return { rules, found, missing: [...missing] };
}

function findingOf({ folder }: AuditInput, rule: string, { at, says, key, severity, proof, edits }: Told): Finding {
  const named = (file: string): string => `${folder.replace(/\/+$/, "")}/${file}`;
  const finding = {
    rule,
    place: { file: named(at.file), line: at.line },
    says,
    key,
    proof: proof ?? [],
    edits: (edits ?? []).map((e) => ({ ...e, file: named(e.file) })),
  };
  return severity === undefined ? finding : { ...finding, severity };
}

/** What there is besides and cannot be judged without running it. */
function unread(site: Site): void {
  const { script } = site;
  const engine = settingOf(script, "cfgengine");
  const module = script.modules.find((m) => SCRIPTED.includes(m.name));
  if (engine !== undefined)
    site.miss(
      `${engine.spot.file}:${engine.spot.line}: requests are routed by a ${engine.value} script (KEMI), which was not read: nothing is said about relaying and passwords.`,
    );
  else if (module !== undefined)
    site.miss(
      `${module.spot.file}:${module.spot.line}: parts of the routing may be in another language (${module.name}), which was not read.`,
    );
  if (engine === undefined && !script.routes.some((r) => /^0?$/.test(r.name) && /^(?:request_)?route$/.test(r.type)))
    site.miss(`${site.main} has no request_route: nothing is said about relaying and passwords.`);
  for (const call of callsOf(script, (n) => /^(?:exec_|lua_|python_|perl_|jsdt_|ruby_|sqlang_)/.test(n)).slice(0, 20))
    site.miss(`${call.spot.file}:${call.spot.line}: ${call.name}() runs something that was not read.`);
  if (hasModule(script, "cfgt") || hasModule(script, "debugger"))
    site.miss(
      "A module for tests of the script is loaded (cfgt, debugger): what it changes while Kamailio runs was not seen.",
    );
}
