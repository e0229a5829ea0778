import { type Bind, readBind } from "./bind.ts";
import { type Conf, type Section, settingOf, settingsOf } from "./conf.ts";
import type { DriverView } from "./pjsip.ts";

/** Reads sip.conf of chan_sip, which Asterisk has up to version 20. */
export function viewChanSip(conf: Conf): DriverView {
  const general = conf.sections.find((s) => s.name.toLowerCase() === "general" && !s.template);
  const peers = conf.sections.filter((s) => !s.template && /^(?:peer|friend|user)$/i.test(settingOf(s, "type") ?? ""));
  const isPhone = (s: Section): boolean => {
    const host = settingOf(s, "host");
    return host === undefined || host.toLowerCase() === "dynamic";
  };
  const registers = general === undefined ? [] : settingsOf(general, "register");
  return {
    binds: general === undefined ? [] : bindsOf(general),
    phones: peers.filter(isPhone).map((s) => s.name),
    trunks: [...peers.filter((s) => !isPhone(s)).map((s) => s.name), ...registers.map(registeredAt)],
    // Its deny and permit are those of one peer: strangers are answered all the same.
    acl: false,
    domain: general && (settingOf(general, "realm") ?? settingOf(general, "fromdomain")),
  };
}

/** The host of `register => user:secret@host/extension`: what stands before the last @ holds a password. */
function registeredAt(line: string): string {
  return line.slice(line.lastIndexOf("@") + 1).split("/")[0];
}

function bindsOf(general: Section): Bind[] {
  const said = (...keys: string[]): string | undefined =>
    keys.map((k) => settingOf(general, k)).find((v) => v !== undefined);
  const port = Number(said("bindport") ?? 5_060) || 5_060;
  const isOn = (key: string): boolean => /^(?:yes|true|1|on)$/i.test(said(key) ?? "");
  const udp = said("udpbindaddr", "bindaddr") ?? "0.0.0.0";
  const binds: Bind[] = [];
  const add = (transport: Bind["transport"], text: string, standard: number): void => {
    const place = readBind(text, standard);
    if (place !== undefined) binds.push({ driver: "chan_sip", transport, ...place });
  };
  add("udp", udp, port);
  const address = readBind(udp, port)?.address ?? "0.0.0.0";
  if (isOn("tcpenable")) add("tcp", said("tcpbindaddr") ?? address, port);
  if (isOn("tlsenable")) add("tls", said("tlsbindaddr") ?? address, 5_061);
  return binds;
}
