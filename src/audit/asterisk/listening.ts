import { readBind, settingOf } from "../../asterisk/index.ts";
import { pjsipOf } from "./accounts-of.ts";
import type { At, Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf, valueIn } from "./value.ts";

const SIP = 5_060;

interface Listener {
  readonly driver: string;
  readonly transport: string;
  readonly port: number;
  readonly at: At;
}

/** Sockets of the SIP drivers; chan_sip listens on UDP 5060 where the file says nothing. */
function listenersOf(site: Site): readonly Listener[] {
  const all: Listener[] = [];
  for (const section of pjsipOf(site, "transport")) {
    const transport = (settingOf(section, "protocol") ?? "udp").toLowerCase();
    const port = readBind(settingOf(section, "bind") ?? "", transport === "tls" ? SIP + 1 : SIP)?.port ?? SIP;
    all.push({ driver: "PJSIP", transport, port, at: lastOf(section, "bind") ?? section });
  }
  const general = site.section("sip.conf", "general");
  if (general !== undefined && site.runs("chan_sip", "sip.conf")) {
    const port = Number(valueIn(general, "bindport")) || SIP;
    all.push({ driver: "chan_sip", transport: "udp", port, at: lastOf(general, "bindport") ?? general });
    if (isOn(valueIn(general, "tcpenable"), false))
      all.push({ driver: "chan_sip", transport: "tcp", port, at: general });
    if (isOn(valueIn(general, "tlsenable"), false))
      all.push({ driver: "chan_sip", transport: "tls", port: SIP + 1, at: general });
  }
  return all;
}

function byDriver(site: Site, told: (driver: string, all: readonly Listener[]) => Told | undefined): readonly Told[] {
  const all = listenersOf(site);
  return [...new Set(all.map((l) => l.driver))].flatMap((driver) => {
    const one = told(
      driver,
      all.filter((l) => l.driver === driver),
    );
    return one === undefined ? [] : [one];
  });
}

export const LISTENING: readonly Row[] = [
  {
    rule: {
      id: "udp-only",
      severity: "low",
      title: "SIP is spoken over UDP alone",
      why: "Over UDP a sender's address is whatever he writes, and everything is read on the way. A ban on such an address may hit somebody else.",
      fix: "Open a transport with TLS and move the phones there, then TCP where a phone has no TLS.",
      see: ["no-tls", "[[sip.listen]] tls"],
    },
    check: (site) =>
      byDriver(site, (driver, all) => {
        if (all.some((l) => l.transport !== "udp")) return undefined;
        return { at: all[0].at, says: `${driver} listens on UDP alone`, key: `${driver}/udp-only` };
      }),
  },
  {
    rule: {
      id: "default-port",
      severity: "note",
      title: "SIP listens on port 5060",
      why: "This is no weakness. Another port keeps most of the scanners' noise out of the log, and keeps nobody out who looks.",
      fix: "Another port is worth it where the log is read by people. Do not count it as protection.",
      see: ["scanner-not-blocked"],
    },
    check: (site) =>
      byDriver(site, (driver, all) => {
        const one = all.find((l) => l.port === SIP && (l.transport === "udp" || l.transport === "tcp"));
        return one && { at: one.at, says: `${driver} listens on port ${SIP}`, key: `${driver}/default-port` };
      }),
  },
];
