import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import {
  type AcmeView,
  acmePlace,
  type CertificateView,
  type Keeper,
  type ListView,
  openCertificates,
  openRenewer,
  type Renewer,
} from "../certificates/index.ts";
import type { Config, ListenConfig } from "../config/index.ts";
import type { Logger } from "../observe/index.ts";

/** Milliseconds between new keys for session tickets: whoever steals one opens no more than what was spoken in that time. */
const TICKET_KEYS_MS = 6 * 3_600_000;

/** Milliseconds that a command waits for an order: less than the command line's patience with us. */
const ORDER_PATIENCE_MS = 25_000;

/** What the signalling thread is handed. */
type Credentials = ReturnType<typeof credentialsOf>;

/** What `status` and `tls reload` show. */
export interface TlsView {
  readonly certificates: readonly CertificateView[];
  /** What peers' authorities have revoked, and when that has to be renewed. */
  readonly lists: readonly ListView[];
  /** What the files hold and is not served, of certificates and of peers. */
  readonly troubles: readonly Trouble[];
  /** Null where no authority is asked. */
  readonly acme: AcmeView | null;
}

/** Certificates, from their files to the signalling thread. */
export interface TlsControl {
  readonly credentials: Credentials;
  /** From now on changes are told. */
  start(tell: (credentials: Credentials) => void): void;
  /** Reads all files again; what is broken stays as it was. */
  reload(): TlsView;
  /** Orders a certificate now, and waits a while for it. */
  renew(): Promise<TlsView | Trouble>;
  view(): TlsView;
  stop(): void;
}

/** Undefined where nothing listens for TLS. `names` are other names of this machine. */
export async function openTls(
  config: Config,
  listen: readonly ListenConfig[],
  names: readonly string[],
  log: Logger,
): Promise<TlsControl | undefined | Trouble> {
  if (!listen.some((l) => l.transport === "tls" || l.transport === "wss")) return undefined;
  const keeper = await openKeeper(config, names);
  if (isTrouble(keeper)) return keeper;
  let ticketKeys = randomBytes(48);
  let tell: (credentials: Credentials) => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  const readAgain = (): readonly Trouble[] => {
    const troubles = keeper.reload();
    for (const t of troubles) log.error({ code: t.code }, `${t.what}; ${t.safe}`);
    tell(credentialsOf(config, keeper, ticketKeys));
    return troubles;
  };
  const renewer = renewerOf(config, keeper, readAgain, log);
  const view = (): TlsView => ({
    certificates: keeper.views(),
    lists: keeper.lists(),
    troubles: keeper.troubles(),
    acme: renewer?.view() ?? null,
  });
  return {
    credentials: credentialsOf(config, keeper, ticketKeys),
    start: (told) => {
      tell = told;
      timer = setInterval(() => {
        ticketKeys = randomBytes(48);
        tell(credentialsOf(config, keeper, ticketKeys));
      }, TICKET_KEYS_MS);
      timer.unref();
      renewer?.start();
    },
    reload: () => {
      if (readAgain().length === 0) log.info("certificates were read again");
      return view();
    },
    renew: async () => {
      if (renewer === undefined) return noAcme();
      await Promise.race([renewer.renew(), setTimeout(ORDER_PATIENCE_MS, undefined, { ref: false })]);
      return view();
    },
    view,
    stop: () => {
      clearInterval(timer);
      renewer?.stop();
    },
  };
}

function openKeeper({ sip, tls, state }: Config, names: readonly string[]): Promise<Keeper | Trouble> {
  const { domains } = sip;
  const { acme } = tls;
  return openCertificates(
    {
      state,
      names: [...new Set([...domains, ...names])],
      domains: domains.length,
      files: tls.certificates,
      issued: acme && { domain: acme.domains[0], file: acmePlace(state, acme.directory).certificate },
      peers: tls.peers,
    },
    Date.now(),
  );
}

/** Undefined where no authority is asked; `take` brings a new certificate into service. */
function renewerOf({ tls, state }: Config, keeper: Keeper, take: () => void, log: Logger): Renewer | undefined {
  const { acme } = tls;
  if (acme === undefined) return undefined;
  return openRenewer({
    sources: acme,
    place: acmePlace(state, acme.directory),
    facts: () => keeper.issued(),
    ended: (fault) => {
      if (fault !== undefined) {
        log.error({ code: fault.code }, `${fault.what}; ${fault.safe}`);
        return;
      }
      take();
      log.info({ domains: acme.domains, authority: acme.directory }, "a certificate was issued and is in use");
    },
  });
}

function noAcme(): Trouble {
  return trouble(
    "ACME_ABSENT",
    "no authority is configured to order certificates from",
    "nothing was changed",
    "write [tls.acme] as in docs/tls.md and restart, or renew the files yourself, then `bin/rempart tls reload`",
  );
}

function credentialsOf({ tls }: Config, keeper: Keeper, ticketKeys: Uint8Array) {
  const trusts = keeper.trusts();
  return {
    certificates: keeper.served().map(({ names, cert, key }) => ({ names, cert, key })),
    ticketKeys,
    minVersion: tls.minVersion === "1.3" ? ("TLSv1.3" as const) : ("TLSv1.2" as const),
    peers: tls.peers.map(({ name, address, certificate, matchFrom }, i) => {
      const { ca, crl } = trusts[i];
      return { name, addresses: address, ask: certificate, ca, crl, matchFrom };
    }),
  };
}
