import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "./asterisk.ts";

/** Folders of one Asterisk, below its home. */
export const FOLDERS = ["etc", "var", "spool", "run", "log"] as const;

/** What a phone system of ours can do; nothing else is loaded, so nothing else listens. */
const COMMON = words(`
  pbx_config app_dial app_echo app_playback app_voicemail app_verbose app_stack app_read app_senddtmf res_clioriginate
  func_callerid func_channel func_logic func_strings func_devstate
  res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_rtp_asterisk res_timing_timerfd
  res_musiconhold res_security_log bridge_simple bridge_softmix bridge_native_rtp
  codec_ulaw codec_alaw codec_gsm codec_resample format_gsm format_wav format_pcm`);

const PJSIP = words(`
  session sdp_rtp acl nat caller_id rfc3326 logger dlg_options header_funcs refer messaging dtmf_info path
  endpoint_identifier_ip endpoint_identifier_user authenticator_digest registrar
  outbound_authenticator_digest outbound_registration
  pubsub outbound_publish mwi mwi_body_generator exten_state pidf_body_generator dialog_info_body_generator`);

const DRIVERS: Readonly<Record<Target["driver"], readonly string[]>> = {
  chan_sip: ["chan_sip"],
  pjsip: ["res_pjsip", "chan_pjsip", ...PJSIP.map((name) => `res_pjsip_${name}`)],
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/**
 * The files that every Asterisk here needs, by name: its folders, its modules, a log with everything, and no manager, HTTP
 * or second SIP port. `home` is its folder as seen from inside `root`.
 */
export function commonFiles(
  root: string,
  home: string,
  driver: Target["driver"],
  more: readonly string[] = [],
): Record<string, string> {
  const loads = [...COMMON, ...DRIVERS[driver], ...more].map((name) => `load = ${name}.so`);
  const off = "[general]\nenabled = no\n";
  return {
    "asterisk.conf": directories(modulesIn(root), home),
    "modules.conf": `[modules]\nautoload = no\n${loads.join("\n")}\n`,
    "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error,verbose(3)\n",
    "rtp.conf": "[general]\nrtpstart = 20000\nrtpend = 30000\n",
    "musiconhold.conf": "[default]\nmode = files\ndirectory = sounds/en\n",
    "manager.conf": off,
    "http.conf": off,
    "cdr.conf": "[general]\nenable = no\n",
    "cel.conf": "[general]\nenable = no\n",
  };
}

function directories(modules: string, home: string): string {
  const places = {
    astetcdir: `${home}/etc`,
    astmoddir: modules,
    astvarlibdir: `${home}/var`,
    astdbdir: `${home}/var`,
    astkeydir: `${home}/var`,
    astdatadir: "/usr/share/asterisk",
    astagidir: `${home}/var`,
    astspooldir: `${home}/spool`,
    astrundir: `${home}/run`,
    astlogdir: `${home}/log`,
  };
  const lines = Object.entries(places).map(([name, place]) => `${name} => ${place}`);
  return `[directories]\n${lines.join("\n")}\n`;
}

/** Debian moved them below the architecture. */
function modulesIn(root: string): string {
  const lib = "/usr/lib";
  const places = [lib, ...readdirSync(join(root, lib)).map((name) => `${lib}/${name}`)];
  const found = places.map((place) => `${place}/asterisk/modules`).find((place) => existsSync(join(root, place)));
  if (found === undefined) throw new Error(`${root} has no Asterisk: remove that folder`);
  return found;
}
