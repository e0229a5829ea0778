import { hash } from "node:crypto";
import { type Account, NonceCounts, type NonceKeys } from "../auth/index.ts";
import { BoundedMap, type Clock, type Flow, isFailure } from "../base/index.ts";
import type { Way } from "../names/index.ts";
import {
  aorOfAccount,
  classBits,
  compileRights,
  DialPlan,
  Domains,
  PinGuard,
  type Rights,
  Trunks,
} from "../policy/index.ts";
import type { Entropy, Network, Resolver } from "../ports/index.ts";
import type { Mac } from "../proxy/index.ts";
import { type Binding, Location } from "../registrar/index.ts";
import { ToolNames } from "../shield/index.ts";
import { parseUri, type Uri } from "../sip/index.ts";
import { Backends } from "./backends.ts";
import { Busiest } from "./busiest.ts";
import { BindingChanges } from "./changes.ts";
import type { EdgeConfig } from "./config.ts";
import type { Core } from "./core.ts";
import { newCounters } from "./counters.ts";
import { systemEntropy } from "./entropy.ts";
import { Facts } from "./facts.ts";
import { Gate } from "./gate.ts";
import { readHop } from "./hop.ts";
import type { AccountRights, ListenerView } from "./messages.ts";
import { Names } from "./names.ts";
import { OwnRequests } from "./own-requests.ts";
import { newSeal } from "./seal.ts";
import { Traffic } from "./traffic.ts";
import { TransactionTable } from "./transactions.ts";
import { Waiting } from "./waiting.ts";

/** Who has a password here and who is reachable: what the control thread tells before the sockets are open. */
export interface Knowledge {
  readonly accounts: Map<string, Account>;
  readonly location: Location;
  /** Only of accounts that have any of their own. */
  readonly rights: Map<string, Rights>;
  readonly trunks: Trunks;
  readonly gate: Gate;
}

export function newKnowledge(): Knowledge {
  return { accounts: new Map(), location: new Location(), rights: new Map(), trunks: new Trunks(), gate: new Gate() };
}

export function takeAccounts({ accounts }: Knowledge, put: readonly Account[]): void {
  for (const account of put) accounts.set(aorOfAccount(account.user, account.domain), account);
}

/** Rights that say nothing are not kept. */
export function takeRights({ rights }: Knowledge, put: readonly AccountRights[]): void {
  for (const row of put) {
    const isOwn = row.classes !== undefined || row.acl.length > 0 || row.pin !== "";
    if (isOwn) rights.set(row.aor, compileRights(row));
    else rights.delete(row.aor);
  }
}

/** Everything the stages work on. */
export function newCore(
  config: EdgeConfig,
  { accounts, location, rights, trunks, gate }: Knowledge,
  network: Network,
  listeners: readonly ListenerView[],
  clock: Clock,
  resolver: Resolver,
  entropy: Entropy = systemEntropy(),
): Core {
  const { domains, aliases, algorithms, nonceLifetime, secret, dial } = config;
  for (const b of location.all()) location.setFlow(b, flowOf(b, network));
  const own = new Domains({ domains, aliases, ports: listeners.map((l) => l.port) });
  const draw = (): number => entropy.upTo(2 ** 32 - 1);
  const requests = new OwnRequests(network, clock, entropy);
  const means = { network, clock, entropy, requests, domain: domains[0], listeners };
  return {
    config,
    requests,
    backends: new Backends(config.backends, config.backendRules, means),
    domains: own,
    isOurs: (uri) => own.isOurs(uri.host, uri.port),
    isOurVia: (sentBy) => isOwnSentBy(own, sentBy),
    accounts,
    rights,
    trunks,
    dialPlan: new DialPlan(dial.preset, dial.classes),
    everybody: classBits(dial.allow),
    pins: new PinGuard(newSecret(entropy)),
    onWrongPin: () => {},
    location,
    transactions: new TransactionTable(clock.now(), config.maxTransactions, draw(), draw()),
    network,
    names: new Names(resolver, clock.now, waysOf(listeners)),
    waiting: new Waiting(),
    clock,
    entropy,
    tagSeeds: [draw(), draw()],
    counters: newCounters(),
    traffic: new Traffic(),
    busiest: new Busiest(),
    verifier: {
      keys: newNonceKeys(entropy),
      counts: new NonceCounts(),
      algorithms,
      lifetime: nonceLifetime,
      seed: draw(),
      sameDomain: (a, b) => isSameDomain(own, a, b),
    },
    nonces: new BoundedMap(16_384),
    serial: draw(),
    changes: new BindingChanges(),
    mac: macOver(secret),
    seal: newSeal(secret),
    gate,
    facts: new Facts(config.decoys),
    toolNames: new ToolNames(),
  };
}

/** By what other domains can be reached. */
function waysOf(listeners: readonly ListenerView[]): Set<Way> {
  return new Set(
    listeners.flatMap(({ side, transport, address }): Way[] => {
      if (side !== "public" || (transport !== "udp" && transport !== "tcp")) return [];
      return [`${transport}${address.includes(":") ? 6 : 4}`];
    }),
  );
}

/** Renews the key under nonces. Those made with the one before stay good for their whole life when it is not done more often than that. */
export function rotateNonceKeys(keys: NonceKeys, entropy: Entropy): void {
  keys.previous = keys.current;
  keys.current = newSecret(entropy);
}

/** SHA-256 over a secret of ours, whose length is fixed, and a text; a token has only part of it, which stops length extension. */
function macOver(secret: string): Mac {
  return (text) => hash("sha256", `${secret}\n${text}`, "base64url");
}

/** An address, an alias and the domain itself are one place, on whichever port of ours. */
function isSameDomain(own: Domains, a: Uri, b: Uri): boolean {
  return own.isOurs(a.host, a.port) && own.isOurs(b.host, b.port) && own.canonical(a.host) === own.canonical(b.host);
}

function isOwnSentBy(own: Domains, sentBy: string): boolean {
  const uri = parseUri(`sip:${sentBy}`);
  return !isFailure(uri) && own.isOurs(uri.host, uri.port);
}

function newNonceKeys(entropy: Entropy): NonceKeys {
  return { current: newSecret(entropy), previous: newSecret(entropy) };
}

/** 256 random bits in hexadecimal. */
function newSecret(entropy: Entropy): string {
  return (entropy.token() + entropy.token() + entropy.token() + entropy.token()).slice(0, 64);
}

/** UDP is found again after a restart: the NAT in front of the phone remembers our address. A connection is gone. */
function flowOf({ received, listener }: Binding, network: Network): Flow | undefined {
  const hop = readHop(received);
  return hop?.transport === "udp" ? network.way("udp", hop.host, hop.port, listener) : undefined;
}
