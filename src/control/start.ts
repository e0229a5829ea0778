import { randomBytes } from "node:crypto";
import { accountPolicy, openAccounts } from "../accounts/index.ts";
import { isTrouble, LIMITS, type Trouble } from "../base/index.ts";
import { type Config, controlSocket } from "../config/index.ts";
import type { Birth, ListenerView } from "../edge/index.ts";
import { type Logger, makeLogger } from "../observe/index.ts";
import type { ShieldSettings } from "../shield/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { openTrunks, type Trunks } from "../trunks/index.ts";
import { readDrained, resolveBackends } from "./backends.ts";
import { Directory } from "./directory.ts";
import { edgeEvents, openWriter } from "./edge-events.ts";
import { type EdgeThread, startEdgeThread } from "./edge-thread.ts";
import { type Filled, fill, toRights } from "./fill.ts";
import type { ForeignAccounts } from "./foreign.ts";
import { commandHandlers } from "./handlers.ts";
import { startKernel } from "./kernel.ts";
import { neverList } from "./never.ts";
import { openForeign } from "./open-foreign.ts";
import { ownNames } from "./own-names.ts";
import { privateListeners } from "./private-side.ts";
import { ShieldKeeper } from "./shield.ts";
import { openControlSocket } from "./socket.ts";
import { openTls, type TlsControl } from "./tls.ts";
import type { BindingWriter } from "./writer.ts";

/** Milliseconds to wait for another process (a command of ours) that writes to the store. */
const STORE_BUSY = 2_000;

/** What there is to tell once everything runs. */
export interface Report {
  readonly listeners: readonly ListenerView[];
  readonly domains: readonly string[];
  readonly aliases: readonly string[];
  readonly state: string;
  readonly accounts: number;
  readonly registrations: number;
}

/** The running daemon. */
export interface Control {
  readonly report: Report;
  /** Reads the files of certificates again. */
  reload(): void;
  /** Closes the sockets, writes what waits, closes the store. */
  stop(): Promise<void>;
}

/**
 * Starts everything or nothing: store, signalling thread with its sockets, control socket. A trouble says what is in the
 * way. `onDeath` is called when the signalling thread ends by a fault of ours; without it the process ends with code 1,
 * since a front door that answers nobody must be restarted.
 */
export async function startControl(
  config: Config,
  onDeath: (error: Error) => void = endProcess,
): Promise<Control | Trouble> {
  const log = makeLogger(config.log.level);
  const store = await openStore(config.state, { busyMs: STORE_BUSY });
  if (isTrouble(store)) return store;
  const birth = await prepare(config, store);
  if (isTrouble(birth)) return closing(store, birth);
  const tls = await openTls(config, birth.listen, birth.config.aliases, log);
  if (isTrouble(tls)) return closing(store, tls);
  const writer = openWriter(store, log);
  const shield = new ShieldKeeper(
    shieldSettings(config),
    store,
    (change) => edge.tell({ kind: "gate", ...change }),
    log,
  );
  // Its process takes as long to start as all else does.
  const kernel = startKernel(config, shield, log);
  shield.enforcer = kernel.enforcer;
  const events = edgeEvents(writer, shield, log, onDeath);
  const edge = startEdgeThread({ ...birth, credentials: tls?.credentials }, events);
  const directory = new Directory(
    (put, removed) => edge.tell({ kind: "accounts", put, removed }),
    config.accounts !== undefined,
  );
  const trunks = openTrunks(store, config.trunks, Date.now, (change) => {
    edge.tell({ kind: "trunks", ...change });
    void spare();
  });
  const spare = async (): Promise<undefined | Trouble> => {
    const all = await trunks.list();
    if (isTrouble(all)) return all;
    const { aliases, backends } = birth.config;
    const ssh = process.env.SSH_CONNECTION;
    shield.setNever(neverList({ own: aliases, backends, trunks: all, named: config.shield.never, ssh }));
    return undefined;
  };
  const judged = (await spare()) ?? (await shield.open());
  const opened = isTrouble(judged) ? judged : await fillAndOpen(config, store, trunks, directory, edge, log);
  if (isTrouble(opened)) {
    await edge.stop();
    await kernel.enforcer.stop();
    return closing(store, opened);
  }
  tls?.start((credentials) => edge.tell({ kind: "certificates", credentials }));
  const { foreign, listeners, filled } = opened;
  kernel.open(listeners);
  const accounts = openAccounts(store, accountPolicy(config), (change) => {
    if (change.rights !== undefined) edge.tell({ kind: "rights", put: change.rights.map(toRights) });
    directory.ownChanged(change);
  });
  const { mode, state } = config;
  const parts = {
    listeners,
    edge,
    store,
    accounts,
    trunks,
    foreign,
    directory,
    writer,
    shield,
    tls,
    mode,
    state,
    domains: config.sip.domains,
    started: Date.now(),
  };
  const socket = await openControlSocket(controlSocket(config), commandHandlers(parts), log);
  const stop = stopper(edge, foreign, writer, shield, store, tls, isTrouble(socket) ? undefined : socket);
  if (isTrouble(socket)) {
    await stop();
    return socket;
  }
  const { domains } = config.sip;
  const report = { listeners, domains, aliases: birth.config.aliases, state, ...filled };
  return { report, reload: () => void tls?.reload(), stop };
}

async function prepare(config: Config, store: Store): Promise<Omit<Birth, "credentials"> | Trouble> {
  const secret = await store.setting("edge-secret", () => randomBytes(32).toString("hex"));
  if (isTrouble(secret)) return secret;
  const drained = await readDrained(store);
  if (isTrouble(drained)) return drained;
  const backends = await resolveBackends(config.backends, drained);
  if (isTrouble(backends)) return backends;
  const { domains, realm, udp, tcp } = config.sip;
  const { registrar, front, probe, dial } = config;
  const inside = await privateListeners(config.sip.listen, backends, front.privatePort);
  if (isTrouble(inside)) return inside;
  const listen = [...config.sip.listen, ...inside];
  return {
    config: {
      domains,
      aliases: ownNames(listen.map((l) => l.advertise)),
      realm,
      backends,
      register: front.register,
      contact: front.contact,
      localCalls: front.localCalls,
      unregistered: front.unregistered,
      login: front.login,
      hidesTopology: front.topology === "hide",
      backendRules: { balance: front.balance, ...probe, interval: probe.interval * 1000 },
      dial,
      decoys: config.shield.decoys,
      nameServers: config.dns.servers,
      registrar,
      requireTls: config.tls.require,
      algorithms: config.auth.algorithms,
      nonceLifetime: config.auth.nonceLifetime * 1000,
      maxTransactions: LIMITS.transactions,
      secret,
    },
    listen,
    origins: config.ws.origins.length > 0 ? config.ws.origins : domains,
    udpAdapter: udp.adapter,
    tcp: { halfMessage: tcp.halfMessage * 1000, idle: tcp.idle * 1000, connectionsPerSource: tcp.perSource },
  };
}

interface Opened {
  readonly foreign: ForeignAccounts | undefined;
  readonly listeners: readonly ListenerView[];
  readonly filled: Filled;
}

/** Everything is known before the first socket is open. */
async function fillAndOpen(
  config: Config,
  store: Store,
  trunks: Trunks,
  directory: Directory,
  edge: EdgeThread,
  log: Logger,
): Promise<Opened | Trouble> {
  const own = await fill(edge, store, trunks, directory, Date.now());
  if (isTrouble(own)) return own;
  const foreign = await openForeign(config, store, directory, () => edge.ask({ what: "taken" }), log);
  if (isTrouble(foreign)) return foreign;
  const listeners = await edge.open();
  if (!isTrouble(listeners))
    return { foreign, listeners, filled: { ...own, accounts: own.accounts + directory.foreignOnly } };
  await foreign?.stop();
  return listeners;
}

/** A site that observes judges everything and keeps nobody out. */
function shieldSettings({ mode, shield }: Config): ShieldSettings {
  return new Map(
    shield.scenarios.map((s) => [s.name, mode === "observe" && s.mode === "enforce" ? { ...s, mode } : s]),
  );
}

function stopper(
  edge: EdgeThread,
  foreign: ForeignAccounts | undefined,
  writer: BindingWriter,
  shield: ShieldKeeper,
  store: Store,
  tls: TlsControl | undefined,
  socket: { close(): unknown } | undefined,
) {
  return async (): Promise<void> => {
    tls?.stop();
    socket?.close();
    await foreign?.stop();
    await edge.stop();
    await writer.stop();
    await shield.enforcer.stop();
    await shield.stop();
    await store.close();
  };
}

async function closing(store: Store, reason: Trouble): Promise<Trouble> {
  await store.close();
  return reason;
}

function endProcess(error: Error): void {
  process.stderr.write(`rempart: ${error.message}; the process ends so that its supervisor starts it anew\n`);
  process.exit(1);
}
