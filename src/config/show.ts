import { stringify } from "smol-toml";
import { hostPort } from "../base/index.ts";
import { showDial } from "./dial.ts";
import type { Config } from "./types.ts";

/** A configuration as a TOML file that says the same; defaults are written out. It holds no secrets. */
export function showConfig(config: Config): string {
  const { sip, probe, registrar, auth } = config;
  return stringify({
    mode: config.mode,
    state: config.state,
    sip: {
      domains: sip.domains,
      ...(sip.realm === "" ? {} : { realm: sip.realm }),
      listen: sip.listen.map((l) => ({
        transport: l.transport,
        address: hostPort(l.address, l.port),
        side: l.side,
        ...(l.advertise === "" ? {} : { advertise: l.advertise }),
      })),
      udp: sip.udp,
      tcp: { half_message: sip.tcp.halfMessage, idle: sip.tcp.idle },
    },
    backend: config.backends.map(({ name, uri, weight, priority }) => ({ name, uri, weight, priority })),
    ...showDial(config.dial, config.trunks),
    front: config.front,
    probe: {
      interval: probe.interval,
      down_after: probe.downAfter,
      up_after: probe.upAfter,
      expect: probe.expect,
    },
    registrar: {
      min_expires: registrar.minExpires,
      max_expires: registrar.maxExpires,
      default_expires: registrar.defaultExpires,
      max_contacts: registrar.maxContacts,
    },
    auth: { algorithms: auth.algorithms, nonce_lifetime: auth.nonceLifetime },
    log: config.log,
  });
}
