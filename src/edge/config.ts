import type { Algorithm } from "../auth/index.ts";
import type { TransportName } from "../base/index.ts";
import type { DialRule, PresetName } from "../policy/index.ts";
import type { RegistrarBounds } from "../registrar/index.ts";
import type { BackendRules } from "./backends.ts";

/** What the signalling thread is told at birth: plain data, checked and resolved by the control thread. */
export interface EdgeConfig {
  /** Users whom only attackers ask for, as far as they are none here. */
  readonly decoys: readonly string[];
  /** Own domains, the first is the primary. */
  readonly domains: readonly string[];
  /** Names and addresses of this machine: other spellings of the primary domain. */
  readonly aliases: readonly string[];
  /** Digest realm for every domain; empty: each domain is its own. */
  readonly realm: string;
  readonly backends: readonly Backend[];
  /** How they are probed and chosen. */
  readonly backendRules: BackendRules;
  readonly dial: DialOptions;
  /** "address:port" of each; none: those of the system. */
  readonly nameServers: readonly string[];
  /** Who is the registrar: the phone system behind us, we, or we and it is told. */
  readonly register: "relay" | "edge" | "mirror";
  /** What the registrar behind us gets: contacts of ours, or a Path. */
  readonly contact: "rewrite" | "path";
  /** How one user of ours calls another: straight, or by way of the phone system. */
  readonly localCalls: "direct" | "pbx";
  /** What becomes of its users' calls from where they are not registered. */
  readonly unregistered: "refuse" | "pass";
  /** Whether credentials for the registrar behind us must name the user in To. */
  readonly login: "same" | "any";
  /** The outside learns no address and no software of the phone systems behind us. */
  readonly hidesTopology: boolean;
  readonly registrar: RegistrarBounds;
  /** Own domains whose users must come by TLS. */
  readonly requireTls: readonly string[];
  /** Digest algorithms offered, strongest first. */
  readonly algorithms: readonly Algorithm[];
  /** Milliseconds a nonce is good for. */
  readonly nonceLifetime: number;
  /** Transactions held at once. */
  readonly maxTransactions: number;
  /** Keys in-dialog tokens and answers; kept in the state directory so that dialogs survive a restart. */
  readonly secret: string;
}

/** A phone system behind us, its address already resolved. */
export interface Backend {
  readonly name: string;
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** Share of the calls among those of one priority, and the order of priorities: lower first. */
  readonly weight: number;
  readonly priority: number;
  /** As the operator left it. */
  readonly draining: boolean;
}

/** Who may call what. */
export interface DialOptions {
  readonly preset: PresetName;
  /** Classes that every account may call. */
  readonly allow: readonly string[];
  readonly allowAnonymous: boolean;
  readonly allowForeignDomains: boolean;
  /** Own rules, before those of the preset. */
  readonly classes: readonly DialRule[];
}
