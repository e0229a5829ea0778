import { type Bind, readBind } from "./bind.ts";
import { type Conf, type Section, settingOf } from "./conf.ts";

/** What one driver's files say about who speaks with it. */
export interface DriverView {
  readonly binds: readonly Bind[];
  /** Names of who registers here, and of those who are reached at a fixed address or registered at. */
  readonly phones: readonly string[];
  readonly trunks: readonly string[];
  /** Whether addresses are refused before anything else is looked at. */
  readonly acl: boolean;
  /** A domain or realm that it calls its own. */
  readonly domain: string | undefined;
}

const TRANSPORTS = ["udp", "tcp", "tls", "ws", "wss"] as const;

/** Reads pjsip.conf, and the endpoints that pjsip_wizard.conf makes. */
export function viewPjsip(conf: Conf, wizard: Conf): DriverView {
  const sections = conf.sections.filter((s) => !s.template);
  const typed = (type: string): Section[] => sections.filter((s) => settingOf(s, "type")?.toLowerCase() === type);
  const endpoints = typed("endpoint");
  const named = new Set(typed("identify").map((s) => settingOf(s, "endpoint") ?? s.name));
  for (const s of typed("registration")) named.add(settingOf(s, "endpoint") ?? s.name);
  const fixed = new Set(
    typed("aor")
      .filter((s) => settingOf(s, "contact") !== undefined)
      .map((s) => s.name),
  );
  const isTrunk = (s: Section): boolean =>
    named.has(s.name) ||
    settingOf(s, "outbound_auth") !== undefined ||
    (settingOf(s, "aors") ?? "").split(",").some((name) => fixed.has(name.trim()));
  const made = wizard.sections.filter((s) => !s.template && settingOf(s, "type")?.toLowerCase() === "wizard");
  const isRemote = (s: Section): boolean => settingOf(s, "remote_hosts") !== undefined;
  const names = (all: readonly Section[]): string[] => all.map((s) => s.name);
  const realm = typed("global").map((s) => settingOf(s, "default_realm"))[0];
  return {
    binds: typed("transport").flatMap(bindOf),
    phones: [...names(endpoints.filter((s) => !isTrunk(s))), ...names(made.filter((s) => !isRemote(s)))],
    trunks: [...names(endpoints.filter(isTrunk)), ...names(made.filter(isRemote))],
    acl: typed("acl").some((s) => settingOf(s, "deny") !== undefined || settingOf(s, "acl") !== undefined),
    domain: realm ?? endpoints.map((s) => settingOf(s, "from_domain")).find((d) => d !== undefined),
  };
}

function bindOf(s: Section): Bind[] {
  const said = (settingOf(s, "protocol") ?? "udp").toLowerCase();
  const transport = TRANSPORTS.find((t) => t === said);
  // WebSocket is served by Asterisk's HTTP server, whatever stands here.
  if (transport === undefined || transport === "ws" || transport === "wss") return [];
  const place = readBind(settingOf(s, "bind") ?? "", transport === "tls" ? 5_061 : 5_060);
  return place === undefined ? [] : [{ driver: "pjsip", transport, ...place }];
}
