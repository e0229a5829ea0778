import { randomBytes } from "node:crypto";
import { isTrouble, type Trouble } from "../base/index.ts";
import { type CertificateView, type Keeper, openCertificates } from "../certificates/index.ts";
import type { Config, ListenConfig } from "../config/index.ts";
import type { Logger } from "../observe/index.ts";

/** Milliseconds between new keys for session tickets: whoever steals one opens no more than what was spoken in that time. */
const TICKET_KEYS_MS = 6 * 3_600_000;

/** What the signalling thread is handed. */
type Credentials = ReturnType<typeof credentialsOf>;

/** What `status` and `tls reload` show. */
export interface TlsView {
  readonly certificates: readonly CertificateView[];
  /** What the files hold and is not served, of certificates and of peers. */
  readonly troubles: readonly Trouble[];
}

/** Certificates, from their files to the signalling thread. */
export interface TlsControl {
  readonly credentials: Credentials;
  /** From now on changes are told. */
  start(tell: (credentials: Credentials) => void): void;
  /** Reads all files again; what is broken stays as it was. */
  reload(): TlsView;
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
  const { domains } = config.sip;
  const keeper = await openCertificates(
    {
      state: config.state,
      names: [...new Set([...domains, ...names])],
      domains: domains.length,
      files: config.tls.certificates,
      peers: config.tls.peers,
    },
    Date.now(),
  );
  if (isTrouble(keeper)) return keeper;
  const view = (): TlsView => ({ certificates: keeper.views(), troubles: keeper.troubles() });
  let ticketKeys = randomBytes(48);
  let tell: (credentials: Credentials) => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  return {
    credentials: credentialsOf(config, keeper, ticketKeys),
    start: (told) => {
      tell = told;
      timer = setInterval(() => {
        ticketKeys = randomBytes(48);
        tell(credentialsOf(config, keeper, ticketKeys));
      }, TICKET_KEYS_MS);
      timer.unref();
    },
    reload: () => {
      const troubles = keeper.reload();
      for (const t of troubles) log.error({ code: t.code }, `${t.what}; ${t.safe}`);
      if (troubles.length === 0) log.info("certificates were read again");
      tell(credentialsOf(config, keeper, ticketKeys));
      return view();
    },
    view,
    stop: () => clearInterval(timer),
  };
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
