import { stringify } from "smol-toml";
import { hostPort } from "../base/index.ts";
import { showDial } from "./dial.ts";
import { showFirewall } from "./kernel.ts";
import { showMetrics } from "./metrics.ts";
import { showShield } from "./shield.ts";
import { showTls } from "./tls.ts";
import type { AccountsConfig, Config } from "./types.ts";
import { showWatch } from "./watch.ts";

/** What stands for a password that is there. */
const HIDDEN = "***";

/** The same configuration with no secret in it, for eyes and scripts. */
export function withoutSecrets(config: Config): Config {
  const { accounts } = config;
  if (accounts === undefined || accounts.password === "") return config;
  return { ...config, accounts: { ...accounts, password: HIDDEN } };
}

/** A configuration as a TOML file that says the same; defaults are written out. Passwords in it are hidden. */
export function showConfig(config: Config): string {
  const { sip, front, probe, registrar, auth } = config;
  return stringify({
    mode: config.mode,
    state: config.state,
    ...(config.events === "" ? {} : { events: config.events }),
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
      tcp: { half_message: sip.tcp.halfMessage, idle: sip.tcp.idle, per_source: sip.tcp.perSource },
    },
    tls: showTls(config.tls),
    ws: config.ws,
    backend: config.backends.map(({ name, uri, weight, priority }) => ({ name, uri, weight, priority })),
    ...showDial(config.dial, config.trunks),
    shield: showShield(config.shield),
    firewall: showFirewall(config.firewall),
    watch: showWatch(config.watch),
    dns: config.dns,
    front: {
      register: front.register,
      contact: front.contact,
      local_calls: front.localCalls,
      unregistered: front.unregistered,
      login: front.login,
      private_port: front.privatePort,
      topology: front.topology,
      balance: front.balance,
    },
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
    ...(config.accounts === undefined ? {} : { accounts: accountsTable(config.accounts) }),
    ...(config.metrics === undefined ? {} : { metrics: showMetrics(config.metrics) }),
    log: config.log,
  });
}

function accountsTable(a: AccountsConfig): Record<string, string | number | boolean> {
  return {
    url: a.password === "" ? a.shown : a.shown.replace("@", `:${HIDDEN}@`),
    ...(a.passwordFile === "" ? {} : { password_file: a.passwordFile }),
    tls: a.tls,
    ...(a.tlsCa === "" ? {} : { tls_ca: a.tlsCa }),
    tables: a.tables,
    domain: a.domain,
    interval: a.interval,
  };
}
