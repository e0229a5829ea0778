import { hash, randomBytes, randomInt } from "node:crypto";
import { type Account, NonceCounts, type NonceKeys } from "../auth/index.ts";
import { type Clock, isFailure } from "../base/index.ts";
import { aorOfAccount, Domains } from "../policy/index.ts";
import type { Network } from "../ports/index.ts";
import type { Mac } from "../proxy/index.ts";
import { Location } from "../registrar/index.ts";
import { parseUri, type Uri } from "../sip/index.ts";
import { BindingChanges } from "./changes.ts";
import type { Core } from "./core.ts";
import { newCounters } from "./counters.ts";
import { systemEntropy } from "./entropy.ts";
import { readHop } from "./hop.ts";
import type { BindingRow, Birth, ListenerView } from "./messages.ts";
import { TransactionTable } from "./transactions.ts";

/** Everything the stages work on, filled from what the control thread handed over. */
export function newCore(birth: Birth, network: Network, listeners: readonly ListenerView[], clock: Clock): Core {
  const { config } = birth;
  const { domains, aliases, algorithms, nonceLifetime, secret } = config;
  const accounts = new Map<string, Account>();
  for (const account of birth.accounts) accounts.set(aorOfAccount(account.user, account.domain), account);
  const location = new Location();
  const rows = birth.bindings.map((row) => ({ ...row, told: row.expires, flow: flowOf(row, network) }));
  location.restore(rows, clock.wall());
  const own = new Domains({ domains, aliases, ports: listeners.map((l) => l.port) });
  return {
    config,
    domains: own,
    isOurs: (uri) => own.isOurs(uri.host, uri.port),
    isOurVia: (sentBy) => isOwnSentBy(own, sentBy),
    accounts,
    location,
    transactions: new TransactionTable(clock.now(), randomInt(2 ** 32), randomInt(2 ** 32)),
    network,
    clock,
    entropy: systemEntropy(),
    counters: newCounters(),
    verifier: {
      keys: newNonceKeys(),
      counts: new NonceCounts(),
      algorithms,
      lifetime: nonceLifetime,
      seed: randomInt(2 ** 32),
      sameDomain: (a, b) => isSameDomain(own, a, b),
    },
    serial: randomInt(2 ** 32),
    changes: new BindingChanges(),
    mac: macOver(secret),
  };
}

/** Renews the key under nonces. Those made with the one before stay good for their whole life when it is not done more often than that. */
export function rotateNonceKeys(keys: NonceKeys): void {
  keys.previous = keys.current;
  keys.current = newSecret();
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

function newNonceKeys(): NonceKeys {
  return { current: newSecret(), previous: newSecret() };
}

function newSecret(): string {
  return randomBytes(32).toString("hex");
}

/** UDP is found again after a restart: the NAT in front of the phone remembers our address. A connection is gone. */
function flowOf(row: BindingRow, network: Network) {
  const hop = readHop(row.received);
  return hop?.transport === "udp" ? network.way("udp", hop.host, hop.port, row.listener) : undefined;
}
