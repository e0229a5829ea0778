import { canonicalIp, hostPort } from "../base/index.ts";
import { acmeFaults } from "./acme.ts";
import { dialFaults, dialOf, nameServersOf, trunkOf } from "./dial.ts";
import { type Fault, foundText, schemaFaults } from "./faults.ts";
import { hostFirewallFaults } from "./host-firewall.ts";
import { firewallOf } from "./kernel.ts";
import { listFaults } from "./lists.ts";
import { metricsFaults, metricsOf } from "./metrics.ts";
import { type Raw, SCHEMA } from "./schema.ts";
import { oneOf } from "./shapes.ts";
import { shieldOf } from "./shield.ts";
import { ADVERTISE, BACKEND_URI, DATABASE_URL, DOMAIN, LISTEN_ADDRESS } from "./syntax.ts";
import { buildTls, buildWeb } from "./tls.ts";
import type { AccountsConfig, BackendConfig, Config, ListenConfig } from "./types.ts";
import { watchFaults, watchOf } from "./watch.ts";

/** What the defaults depend on. */
export interface Surroundings {
  /** Whether any interface has an IPv6 address: without one a listener on [::] cannot be opened. */
  readonly ipv6: boolean;
  /** Where the state goes when the file does not say; absolute. */
  readonly state: string;
  /** A path of the file as an absolute one. */
  readonly resolve: (path: string) => string;
}

/**
 * The domain of a site that names none. Not the machine's name: that changes (a new container, a moved laptop), and with it
 * every stored hash would be void. The machine's names and addresses are other spellings of this domain.
 */
const DEFAULT_DOMAIN = "rempart.local";

/** Longest path of the state folder: the control socket in it may have 107 bytes. */
const STATE_BYTES = 90;

/** Checks a raw configuration and completes it: a frozen `Config`, or every fault in the order of the schema. */
export function compile(raw: unknown, around: Surroundings): Config | Fault[] {
  const checked = SCHEMA.safeParse(raw);
  if (!checked.success) return schemaFaults(checked.error.issues, raw);
  const config = build(checked.data, around);
  const faults = crossFaults(checked.data, config);
  return faults.length > 0 ? faults : freeze(config);
}

function build(raw: Raw, around: Surroundings): Config {
  const { sip, registrar, auth } = raw;
  const written = sip.domains?.map((d) => DOMAIN.read(d) ?? d);
  const max = registrar.max_expires;
  return {
    mode: raw.mode,
    state: raw.state === undefined ? around.state : around.resolve(raw.state),
    events: raw.events === undefined ? "" : around.resolve(raw.events),
    sip: {
      domains: written ?? [DEFAULT_DOMAIN],
      realm: sip.realm ?? "",
      listen: sip.listen?.map(listenOf) ?? defaultListen(around.ipv6),
      udp: sip.udp,
      tcp: { halfMessage: sip.tcp.half_message, idle: sip.tcp.idle, perSource: sip.tcp.per_source },
    },
    tls: buildTls(raw.tls, { ...around, domains: written ?? [] }),
    ws: buildWeb(raw.ws),
    backends: raw.backend.map(backendOf),
    trunks: raw.trunk.map(trunkOf),
    dial: dialOf(raw.dial),
    shield: shieldOf(raw.shield, around.resolve),
    firewall: firewallOf(raw.firewall),
    watch: watchOf(raw.watch, around.resolve),
    dns: { servers: nameServersOf(raw.dns) },
    front: {
      register: raw.front.register ?? (isRelay(raw) ? "relay" : "edge"),
      contact: raw.front.contact,
      localCalls: raw.front.local_calls,
      unregistered: raw.front.unregistered,
      login: raw.front.login,
      privatePort: raw.front.private_port,
      topology: raw.front.topology,
      // Who is registrar of a phone is the one to ask for its calls.
      balance: raw.front.balance ?? (isRelay(raw) || raw.front.register === "mirror" ? "aor" : "weight"),
    },
    probe: {
      interval: raw.probe.interval,
      downAfter: raw.probe.down_after,
      upAfter: raw.probe.up_after,
      expect: raw.probe.expect,
    },
    registrar: {
      minExpires: registrar.min_expires ?? Math.min(60, max),
      maxExpires: max,
      defaultExpires: registrar.default_expires ?? max,
      maxContacts: registrar.max_contacts,
    },
    auth: { algorithms: strongestFirst(auth.algorithms), nonceLifetime: auth.nonce_lifetime },
    accounts: raw.accounts && accountsOf(raw.accounts, sip.domains?.[0] ?? DEFAULT_DOMAIN, around),
    metrics: raw.metrics && metricsOf(raw.metrics),
    log: raw.log,
  };
}

/** With a phone system behind us, that one knows its phones, unless the operator says otherwise: nothing is to migrate. */
function isRelay(raw: Raw): boolean {
  return raw.front.register === undefined ? raw.backend.length > 0 : raw.front.register === "relay";
}

/** RFC 8760 2.4: the server lists the algorithms in the order of its preference. */
function strongestFirst(asked: Raw["auth"]["algorithms"]): Raw["auth"]["algorithms"] {
  return (["SHA-512-256", "SHA-256", "MD5"] as const).filter((name) => asked.includes(name));
}

function listenOf(raw: NonNullable<Raw["sip"]["listen"]>[number]): ListenConfig {
  const { address, port } = LISTEN_ADDRESS.read(raw.address) ?? { address: raw.address, port: 0 };
  const advertise = raw.advertise === undefined ? "" : (ADVERTISE.read(raw.advertise) ?? "");
  return { transport: raw.transport, family: address.includes(":") ? 6 : 4, address, port, side: raw.side, advertise };
}

function backendOf(raw: Raw["backend"][number]): BackendConfig {
  const { host, port, transport } = BACKEND_URI.read(raw.uri) ?? { host: raw.uri, port: 5_060, transport: "udp" };
  const { name, uri, weight, priority } = raw;
  return { name, uri, host, port, transport, weight, priority };
}

function accountsOf(raw: NonNullable<Raw["accounts"]>, primary: string, around: Surroundings): AccountsConfig {
  const read = DATABASE_URL.read(raw.url);
  // The schema has read it once: this is for the type alone.
  if (read === undefined) throw new Error("accounts.url was not checked");
  const { engine, host, port, socket, user, password } = read;
  const database = engine === "sqlite" ? around.resolve(read.database) : read.database;
  const end = socket === "" ? hostPort(host, port) : "localhost";
  const network = `${engine}://${encodeURIComponent(user)}@${end}/${encodeURIComponent(database)}`;
  const shown = engine === "sqlite" ? `sqlite:${database}` : `${network}${socket === "" ? "" : `?socket=${socket}`}`;
  const file = (name: string | undefined): string => (name === undefined ? "" : around.resolve(name));
  return {
    engine,
    shown,
    host,
    port,
    socket,
    user,
    password,
    passwordFile: file(raw.password_file),
    database,
    tls: raw.tls,
    tlsCa: file(raw.tls_ca),
    tables: raw.tables,
    domain: DOMAIN.read(raw.domain ?? primary) ?? primary,
    interval: raw.interval,
  };
}

function accountsFaults({ accounts, sip }: Config): Fault[] {
  if (accounts === undefined) return [];
  const faults: Fault[] = [];
  const { password, passwordFile, domain, tls, tlsCa, engine, socket, host } = accounts;
  if (password !== "" && passwordFile !== "") {
    const expected = "the password either here or in the URL";
    faults.push({ path: ["accounts", "password_file"], found: "both", expected });
  }
  if (!sip.domains.includes(domain)) {
    const expected = `an own domain: ${sip.domains.join(", ")}`;
    faults.push({ path: ["accounts", "domain"], found: foundText(domain), expected });
  }
  if (tls && (engine === "sqlite" || socket !== "")) {
    const expected = "false, since nothing of this goes over a network";
    faults.push({ path: ["accounts", "tls"], found: "true", expected });
  }
  // mysql2 compares the certificate of an address with the name localhost.
  if (tls && engine === "mysql" && canonicalIp(host) !== undefined) {
    faults.push({ path: ["accounts", "url"], found: "an address", expected: "with tls the name of the server" });
  }
  if (!tls && tlsCa !== "") {
    faults.push({ path: ["accounts", "tls_ca"], found: "a file", expected: "tls = true beside it" });
  }
  return faults;
}

function defaultListen(ipv6: boolean): ListenConfig[] {
  const families = ipv6 ? ([4, 6] as const) : ([4] as const);
  return families.flatMap((family) =>
    (["udp", "tcp", "tls"] as const).map((transport) => {
      const address = family === 6 ? "::" : "0.0.0.0";
      const port = transport === "tls" ? 5_061 : 5_060;
      return { transport, family, address, port, side: "public", advertise: "" } as const;
    }),
  );
}

/** What no single value shows. */
function crossFaults(raw: Raw, config: Config): Fault[] {
  const faults: Fault[] = [];
  const { minExpires, maxExpires, defaultExpires } = config.registrar;
  if (minExpires > maxExpires) {
    const expected = `at most max_expires (${maxExpires})`;
    faults.push({ path: ["registrar", "min_expires"], found: foundText(minExpires), expected });
  } else if (defaultExpires < minExpires || defaultExpires > maxExpires) {
    const expected = `a number from min_expires (${minExpires}) to max_expires (${maxExpires})`;
    faults.push({ path: ["registrar", "default_expires"], found: foundText(defaultExpires), expected });
  }
  if (Buffer.byteLength(config.state) > STATE_BYTES) {
    const expected = `a path of at most ${STATE_BYTES} bytes, since the control socket stands in it`;
    faults.push({ path: ["state"], found: foundText(config.state), expected });
  }
  if (config.front.register !== "edge" && config.backends.length === 0) {
    const expected = 'a [[backend]] to be the registrar, or register = "edge"';
    faults.push({ path: ["front", "register"], found: `${config.front.register} without a backend`, expected });
  }
  faults.push(...dialFaults(config.dial, config.front.register));
  faults.push(...listFaults(config.shield.lists, config.shield.country));
  faults.push(...hostFirewallFaults(config.firewall.host), ...watchFaults(config.watch));
  const names = config.backends.map((b) => b.name);
  faults.push(...twice(names, (i) => ["backend", i, "name"], "a name that is not listed before"));
  const trunks = config.trunks.map((t) => t.name);
  faults.push(...twice(trunks, (i) => ["trunk", i, "name"], "a name that is not listed before"));
  const domains = raw.sip.domains ? config.sip.domains : [];
  faults.push(...twice(domains, (i) => ["sip", "domains", i], "a domain that is not listed before"));
  // All that are streams share the ports of TCP.
  const ends = config.sip.listen.map((l, i) =>
    l.port === 0 ? `any ${i}` : `${l.transport === "udp" ? "udp" : "tcp"} ${hostPort(l.address, l.port)}`,
  );
  faults.push(...accountsFaults(config), ...metricsFaults(config.metrics));
  faults.push(...twice(ends, (i) => ["sip", "listen", i], "a transport and address that is not listed before"));
  const certified = config.tls.certificates.map((c) => c.domain);
  faults.push(...twice(certified, (i) => ["tls", "certificate", i, "domain"], "a domain that is not listed before"));
  const peers = config.tls.peers.map((p) => p.name);
  faults.push(...twice(peers, (i) => ["tls", "peer", i, "name"], "a name that is not listed before"));
  const asked = raw.tls.acme?.domains === undefined ? [] : (config.tls.acme?.domains ?? []);
  faults.push(...twice(asked, (i) => ["tls", "acme", "domains", i], "a domain that is not listed before"));
  const secure = config.sip.listen.some((l) => l.transport === "tls" || l.transport === "wss");
  faults.push(...acmeFaults(config.tls.acme, secure));
  config.tls.require.forEach((domain, i) => {
    if (config.sip.domains.includes(domain)) return;
    faults.push({ path: ["tls", "require", i], found: foundText(domain), expected: oneOf(config.sip.domains) });
  });
  return faults;
}

function twice(values: readonly string[], path: (i: number) => PropertyKey[], expected: string): Fault[] {
  return values.flatMap((value, i) =>
    values.indexOf(value) < i ? [{ path: path(i), found: `${value} again`, expected }] : [],
  );
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(value);
}
