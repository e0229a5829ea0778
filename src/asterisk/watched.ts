import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatCidr, parseCidr } from "../base/index.ts";
import { type Conf, readConf, settingOf, settingsOf } from "./conf.ts";
import { openFolder } from "./folder.ts";
import { type LoggerView, logFolder, viewLogger } from "./logger.ts";
import { loads } from "./modules.ts";
import { readAsteriskSite } from "./site.ts";

/** What whoever watches an Asterisk from beside it has to know of it. No secret is among it. */
export interface WatchedAsterisk {
  readonly logger: LoggerView;
  /** Whether the module is loaded that writes security events. */
  readonly securityModule: boolean;
  /** Where SIP, IAX2 and the manager interface are reached. */
  readonly ports: readonly { readonly protocol: "udp" | "tcp"; readonly port: number }[];
  /** Names of phones and trunks; undefined: a database has some of them, or nobody is named. */
  readonly accounts: readonly string[] | undefined;
  /** Addresses and blocks that are told by their address, as carriers are. Names are not asked for. */
  readonly trunks: readonly string[];
}

const NONE: Conf = { sections: [], faults: [] };

/** Reads the folder of an Asterisk (`/etc/asterisk`); undefined where there is none. */
export function readWatchedAsterisk(folder: string): WatchedAsterisk | undefined {
  const open = openFolder(folder);
  const read = (name: string): Conf => (existsSync(join(folder, name)) ? readConf(name, open) : NONE);
  const site = readAsteriskSite(folder);
  if (site === undefined && !existsSync(join(folder, "logger.conf"))) return undefined;
  const names = [...(site?.phones ?? []), ...(site?.trunks ?? [])];
  const sip = (site?.binds ?? []).map(({ transport, port }) => ({ protocol: protocolOf(transport), port }));
  const ports = [...sip, ...iaxPorts(read("iax.conf")), ...managerPorts(read("manager.conf"))];
  return {
    logger: viewLogger(read("logger.conf"), logFolder(read("asterisk.conf"))),
    securityModule: loads(read("modules.conf"), "res_security_log"),
    ports: sip.length === 0 ? [] : ports.filter((p, i) => ports.findIndex((q) => isSame(p, q)) === i),
    accounts: site === undefined || site.realtime.length > 0 || names.length === 0 ? undefined : names,
    trunks: trunksOf(read("pjsip.conf"), read("sip.conf")),
  };
}

type Port = WatchedAsterisk["ports"][number];

function protocolOf(transport: string): "udp" | "tcp" {
  return transport === "udp" ? "udp" : "tcp";
}

function isSame(a: Port, b: Port): boolean {
  return a.protocol === b.protocol && a.port === b.port;
}

function iaxPorts(conf: Conf): Port[] {
  const general = generalOf(conf);
  return conf === NONE ? [] : [{ protocol: "udp", port: portOf(general && settingOf(general, "bindport"), 4_569) }];
}

function managerPorts(conf: Conf): Port[] {
  const general = generalOf(conf);
  if (general === undefined || !isOn(settingOf(general, "enabled"))) return [];
  return [{ protocol: "tcp", port: portOf(settingOf(general, "port"), 5_038) }];
}

function generalOf({ sections }: Conf) {
  return sections.find((s) => s.name.toLowerCase() === "general" && !s.template);
}

function portOf(text: string | undefined, standard: number): number {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : standard;
  return port >= 1 && port <= 65_535 ? port : standard;
}

function isOn(text: string | undefined): boolean {
  return /^(?:yes|true|y|t|1|on)$/i.test(text ?? "");
}

/** `match` of PJSIP's identify sections, `host` of chan_sip's peers. */
function trunksOf(pjsip: Conf, sip: Conf): string[] {
  const identify = pjsip.sections.filter((s) => !s.template && settingOf(s, "type")?.toLowerCase() === "identify");
  const matches = identify.flatMap((s) => settingsOf(s, "match").flatMap((value) => value.split(",")));
  const hosts = sip.sections.filter((s) => !s.template).map((s) => settingOf(s, "host") ?? "");
  const blocks = [...matches, ...hosts].flatMap((text) => parseCidr(text.trim()) ?? []);
  // A block of everybody is no carrier.
  const known = blocks.filter((block) => block.bits >= (block.ip.family === 4 ? 8 : 16));
  return [...new Set(known.map(formatCidr))];
}
