import type { TransportName } from "../base/index.ts";
import type { CountryDefinition, ListDefinition } from "../lists/index.ts";
import type { HostFirewallConfig } from "./host-firewall.ts";
import type { MetricsConfig } from "./metrics.ts";
import type { TlsConfig, WebConfig } from "./tls.ts";
import type { WatchConfig } from "./watch.ts";

/** The UDP adapter asked for: `auto` is the batch addon where it is built, else `node:dgram`. */
export type UdpAdapter = "auto" | "batch" | "dgram";

/** Digest algorithms by their names on the wire (RFC 7616 6.1, RFC 8760 2.2). */
export type DigestAlgorithm = "SHA-512-256" | "SHA-256" | "MD5";

export type LogLevel = "error" | "warn" | "info" | "debug";

/** One `[[sip.listen]]`: a socket of our own. */
export interface ListenConfig {
  readonly transport: TransportName;
  readonly family: 4 | 6;
  /** Canonical address without brackets; may be a wildcard. */
  readonly address: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  readonly side: "public" | "private";
  /** The name or address that is told to peers instead of the local one, without brackets; empty for none. */
  readonly advertise: string;
}

/** One `[[backend]]`: the next hop of callers that have authenticated, for what is no local user. */
export interface BackendConfig {
  readonly name: string;
  /** As written, e.g. `sip:10.0.0.11:5060;transport=tcp`. */
  readonly uri: string;
  /** Canonical address without brackets, or a lower-case name that is yet to be resolved. */
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  /** Share of the calls among those of one priority; lower priorities are tried first. */
  readonly weight: number;
  readonly priority: number;
}

/** One `[[trunk]]`: addresses that need no password. */
export interface TrunkConfig {
  readonly name: string;
  /** Addresses and blocks, each in its one spelling. */
  readonly addresses: readonly string[];
  /** Empty for any. */
  readonly transport: string;
  /** Lower case; empty for any. */
  readonly fromDomain: string;
}

/** One `[shield.scenarios.NAME]`. */
export interface ScenarioConfig {
  readonly name: string;
  /** `observe`: judged and told, nobody is kept out. */
  readonly mode: "enforce" | "observe" | "off";
  /** So many within so many milliseconds are too many. */
  readonly limits: readonly { readonly count: number; readonly within: number }[];
  /** What whoever is banned by it hears: nothing, that a password is wanted, or that late. */
  readonly answer: "silence" | "uniform" | "tarpit";
}

/** `[shield]`. */
export interface ShieldConfig {
  /** Addresses and blocks that are never kept out, each in its one spelling. */
  readonly never: readonly string[];
  /** Users whom only attackers ask for, as far as they are none here. */
  readonly decoys: readonly string[];
  readonly scenarios: readonly ScenarioConfig[];
  readonly lists: readonly ListDefinition[];
  readonly country: CountryDefinition | undefined;
}

/** `[firewall]`: what the kernel does for the shield. */
export interface FirewallConfig {
  readonly backend: "nft" | "dry-run" | "none";
  /** Name of the table of nftables. */
  readonly table: string;
  /** It stays when the daemon ends. */
  readonly keep: boolean;
  /** Packets a second of one stranger, and of all of them together, and how many more at once; rate 0: no limit. */
  readonly stranger: { readonly rate: number; readonly burst: number };
  readonly strangers: { readonly rate: number; readonly burst: number };
  readonly host: HostFirewallConfig;
}

type DialClass = "internal" | "national" | "mobile" | "international" | "premium";

/** `[dial]`: who may call what. */
export interface DialConfig {
  readonly preset: "none" | "fr" | "es";
  /** Classes that every account may call. */
  readonly allow: readonly DialClass[];
  /** Strangers may call own users. */
  readonly allowAnonymous: boolean;
  /** Own users may call other domains. */
  readonly allowForeignDomains: boolean;
  /** Own rules, before those of the preset. */
  readonly classes: readonly (readonly [pattern: string, is: DialClass | "emergency"])[];
}

/** `[accounts]`: a database of somebody else's that holds accounts besides our own. */
export interface AccountsConfig {
  readonly engine: "postgres" | "mysql" | "sqlite";
  /** The URL without its password: what may be shown. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  /** Unix socket instead of host and port: for PostgreSQL its folder, for MySQL the file; empty for none. */
  readonly socket: string;
  readonly user: string;
  /** Out of the URL; empty when there is none or it is in `passwordFile`. */
  readonly password: string;
  /** Absolute; read anew for each connection; empty for none. */
  readonly passwordFile: string;
  /** Name of the database; for SQLite the absolute path of the file. */
  readonly database: string;
  /** Certificate of the server checked, by the system's authorities or those of `tlsCa`. */
  readonly tls: boolean;
  /** Absolute; empty for the system's authorities. */
  readonly tlsCa: string;
  readonly tables: "pjsip" | "sippeers" | "subscriber";
  /** The own domain of accounts whose table names none. */
  readonly domain: string;
  /** Seconds between two looks. */
  readonly interval: number;
}

/** The whole configuration: checked, complete with defaults, frozen, plain data (it may be cloned to another thread). */
export interface Config {
  readonly mode: "observe" | "enforce";
  /** Absolute path of the folder that holds database, secrets and control socket. */
  readonly state: string;
  /** Absolute path of the file that events are written to; empty for none. */
  readonly events: string;
  readonly sip: {
    /** Own domains, lower case; the first is the primary one. Never empty. */
    readonly domains: readonly string[];
    /** Digest realm for every domain; empty: each domain is its own realm. `realmOf` reads it. */
    readonly realm: string;
    readonly listen: readonly ListenConfig[];
    readonly udp: { readonly adapter: UdpAdapter };
    /** Seconds a connection may take for one whole message, and stay idle without a binding; connections without one per source. */
    readonly tcp: { readonly halfMessage: number; readonly idle: number; readonly perSource: number };
  };
  readonly tls: TlsConfig;
  readonly ws: WebConfig;
  readonly backends: readonly BackendConfig[];
  readonly trunks: readonly TrunkConfig[];
  readonly dial: DialConfig;
  readonly shield: ShieldConfig;
  readonly firewall: FirewallConfig;
  readonly watch: WatchConfig;
  /** Name servers "address:port" that are asked for other domains; none: those of the system. */
  readonly dns: { readonly servers: readonly string[] };
  readonly front: {
    /** Who is the registrar: the phone system behind (`relay`), we (`edge`), or we, and it is told (`mirror`). */
    readonly register: "relay" | "edge" | "mirror";
    /** `relay`: how the phone system reaches a phone by us: a contact of ours in place of the phone's, or Path (RFC 3327). */
    readonly contact: "rewrite" | "path";
    /** `edge`, `mirror`: whether users call each other straight or by way of the phone system. */
    readonly localCalls: "direct" | "pbx";
    /** `relay`: whether requests of users who are not registered reach the phone system. */
    readonly unregistered: "refuse" | "pass";
    /** `relay`: whether the name in a phone's credentials has to be the one that it registers. */
    readonly login: "same" | "any";
    /** Of the listener for backends that is opened when no private one is configured. */
    readonly privatePort: number;
    /** Whether the outside sees addresses and software of the backends. */
    readonly topology: "hide" | "show";
    readonly balance: "weight" | "call-id" | "aor";
  };
  /** Whether backends live is asked every `interval` seconds (0: never); `expect` empty: every answer but 503 is a good one. */
  readonly probe: {
    readonly interval: number;
    readonly downAfter: number;
    readonly upAfter: number;
    readonly expect: readonly number[];
  };
  /** Seconds, and the number of contacts under one AOR. */
  readonly registrar: {
    readonly minExpires: number;
    readonly maxExpires: number;
    readonly defaultExpires: number;
    readonly maxContacts: number;
  };
  /** Algorithms that are offered, strongest first; nonce lifetime in seconds. */
  readonly auth: { readonly algorithms: readonly DigestAlgorithm[]; readonly nonceLifetime: number };
  readonly accounts: AccountsConfig | undefined;
  /** Undefined: no figures over HTTP. */
  readonly metrics: MetricsConfig | undefined;
  readonly log: { readonly level: LogLevel };
}

/** A configuration and where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Files that were read, in order; empty: defaults only. */
  readonly files: readonly string[];
}

/** The digest realm of an own domain. */
export function realmOf(config: Config, domain: string): string {
  return config.sip.realm === "" ? domain : config.sip.realm;
}

/** Path of the unix socket through which a running daemon takes commands. */
export function controlSocket(config: Config): string {
  return `${config.state}/control.sock`;
}
