import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bind } from "./bind.ts";
import { viewChanSip } from "./chan-sip.ts";
import { type Conf, readConf, settingOf, settingsOf } from "./conf.ts";
import { openFolder } from "./folder.ts";
import { viewPjsip } from "./pjsip.ts";

/** What an Asterisk's files say about how SIP reaches it. No secret is among it. */
export interface AsteriskSite {
  readonly folder: string;
  readonly binds: readonly Bind[];
  readonly phones: readonly string[];
  readonly trunks: readonly string[];
  /** Whether a driver that listens refuses by address. */
  readonly acl: boolean;
  readonly domain: string | undefined;
  /** Tables of a database that hold phones too ("ps_endpoints", "sippeers"): they are not counted here. */
  readonly realtime: readonly string[];
  readonly faults: readonly string[];
}

const NONE: Conf = { sections: [], faults: [] };

/** Reads the folder of an Asterisk (`/etc/asterisk`); undefined where it has no file of a SIP driver. */
export function readAsteriskSite(folder: string): AsteriskSite | undefined {
  const open = openFolder(folder);
  const all: Conf[] = [];
  const read = (name: string): Conf => {
    if (!existsSync(join(folder, name))) return NONE;
    const conf = readConf(name, open);
    all.push(conf);
    return conf;
  };
  const [pjsip, wizard, sip] = [read("pjsip.conf"), read("pjsip_wizard.conf"), read("sip.conf")];
  if (all.length === 0) return undefined;
  const modules = read("modules.conf");
  const views = [
    ...(pjsip !== NONE && loads(modules, "chan_pjsip") ? [viewPjsip(pjsip, wizard)] : []),
    ...(sip !== NONE && loads(modules, "chan_sip") ? [viewChanSip(sip)] : []),
  ];
  const listening = views.filter((v) => v.binds.length > 0);
  const external = read("extconfig.conf").sections.flatMap((s) => s.settings.map((each) => each.key));
  return {
    folder,
    binds: views.flatMap((v) => v.binds),
    phones: views.flatMap((v) => v.phones),
    trunks: views.flatMap((v) => v.trunks),
    acl: listening.length > 0 && listening.every((v) => v.acl),
    domain: views.map((v) => v.domain).find((d) => d !== undefined && d !== "" && d !== "asterisk"),
    realtime: ["ps_endpoints", "ps_auths", "sippeers"].filter((name) => external.includes(name)),
    faults: all.flatMap((conf) => conf.faults),
  };
}

/** Whether modules.conf lets a module be loaded; one that is loaded by default is, unless it is told not to. */
export function loads(modules: Conf, name: string): boolean {
  const section = modules.sections.find((s) => s.name.toLowerCase() === "modules");
  if (section === undefined) return true;
  const lists = (key: string): boolean => settingsOf(section, key).some((v) => v === name || v === `${name}.so`);
  if (lists("noload")) return false;
  return !/^(?:no|false|0|off)$/i.test(settingOf(section, "autoload") ?? "yes") || lists("load") || lists("require");
}
