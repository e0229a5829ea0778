import { randomBytes } from "node:crypto";
import { accountPolicy, openAccounts } from "../accounts/index.ts";
import { isTrouble, LIMITS, type Trouble } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import { type Birth, type ListenerView, packGateRows } from "../edge/index.ts";
import { type Events, type Logger, makeLogger } from "../observe/index.ts";
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
import { listsOf } from "./lists.ts";
import { ModeKeeper, type ModeView } from "./mode.ts";
import { neverList } from "./never.ts";
import { type Doors, openDoors, openEvents } from "./open-doors.ts";
import { openForeign } from "./open-foreign.ts";
import { ownNames } from "./own-names.ts";
import { privateListeners } from "./private-side.ts";
import { ShieldKeeper } from "./shield.ts";
import type { GateChange } from "./shield-entries.ts";
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
  readonly enforcement: ModeView;
}

/** The running daemon. */
export interface Control {
  readonly report: Report;
  /** Reads the files of certificates again, and opens the file of events anew. */
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
  const told = openEvents(config, log);
  if (isTrouble(told)) return closing(store, told);
  const writer = openWriter(store, log);
  const keepOut = (change: GateChange): void => edge.tell({ kind: "gate", ...change, put: packGateRows(change.put) });
  const lists = listsOf(config, (message) => edge.tell(message), log);
  const shield = new ShieldKeeper(shieldSettings(config), store, keepOut, lists, told, log);
  // Its process takes as long to start as all else does.
  const kernel = startKernel(config, shield, told, log);
  shield.setEnforcer(kernel.enforcer);
  const mode = new ModeKeeper(config.mode, shield, store, told, log);
  const events = edgeEvents(writer, shield, told, log, onDeath);
  const edge = startEdgeThread({ ...birth, credentials: tls?.credentials }, events);
  const directory = new Directory(
    (put, removed) => edge.tell({ kind: "accounts", put, removed }),
    config.accounts !== undefined,
  );
  const trunks = openTrunks(store, config.trunks, Date.now, (change) => {
    edge.tell({ kind: "trunks", ...change });
    told.tell("trunk", { put: change.put.map((t) => t.name), removed: change.removed });
    void spare().then((said) => {
      if (isTrouble(said))
        log.error({ code: said.code }, `the never-list is as before the change of trunks: ${said.what}`);
    });
  });
  const spare = async (): Promise<undefined | Trouble> => {
    const all = await trunks.list();
    if (isTrouble(all)) return all;
    const { aliases, backends } = birth.config;
    const ssh = process.env.SSH_CONNECTION;
    shield.setNever(neverList({ own: aliases, backends, trunks: all, named: config.shield.never, ssh }));
    return undefined;
  };
  const judged = (await spare()) ?? (await mode.open()) ?? (await shield.open());
  kernel.fill();
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
  const { state, sip } = config;
  const { domains } = sip;
  const started = Date.now();
  const kept = { listeners, edge, store, accounts, trunks, foreign, directory, writer, shield, tls, mode, state };
  const parts = { ...kept, events: told, domains, started };
  const doors = await openDoors(config, parts, (metrics) => commandHandlers({ ...parts, metrics }), log);
  const running = { edge, foreign, writer, shield, store, tls, mode, told };
  const stop = stopper(running, isTrouble(doors) ? undefined : doors);
  if (isTrouble(doors)) {
    await stop();
    return doors;
  }
  told.tell("start", { mode: mode.view().mode, listeners: listeners.length });
  const { aliases } = birth.config;
  const report = { listeners, domains, aliases, state, ...filled, enforcement: mode.view() };
  return { report, reload: () => reload(tls, told, log), stop };
}

function reload(tls: TlsControl | undefined, told: Events, log: Logger): void {
  void tls?.reload();
  const trouble = told.reopen();
  if (trouble !== undefined) log.error({ code: trouble.code }, `${trouble.what}; ${trouble.safe}`);
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

function shieldSettings({ shield }: Config): ShieldSettings {
  return new Map(shield.scenarios.map((s) => [s.name, s]));
}

interface Running {
  readonly edge: EdgeThread;
  readonly foreign: ForeignAccounts | undefined;
  readonly writer: BindingWriter;
  readonly shield: ShieldKeeper;
  readonly store: Store;
  readonly tls: TlsControl | undefined;
  readonly mode: ModeKeeper;
  readonly told: Events;
}

function stopper({ edge, foreign, writer, shield, store, tls, mode, told }: Running, doors: Doors | undefined) {
  return async (): Promise<void> => {
    tls?.stop();
    doors?.close();
    mode.stop();
    await foreign?.stop();
    await edge.stop();
    await writer.stop();
    await shield.enforcer.stop();
    await shield.stop();
    await store.close();
    told.tell("stop", {});
    told.close();
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
