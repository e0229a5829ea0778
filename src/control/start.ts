import { randomBytes } from "node:crypto";
import { openAccounts } from "../accounts/index.ts";
import { isTrouble, LIMITS, type Trouble } from "../base/index.ts";
import { type Config, controlSocket, realmOf } from "../config/index.ts";
import { type Birth, type ListenerView, unpackRows } from "../edge/index.ts";
import { makeLogger } from "../observe/index.ts";
import { aorOfAccount } from "../policy/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { readDrained, resolveBackends } from "./backends.ts";
import { logDoor } from "./doors.ts";
import { type EdgeThread, startEdgeThread } from "./edge-thread.ts";
import { fill, toAccount } from "./fill.ts";
import { commandHandlers } from "./handlers.ts";
import { ownNames } from "./own-names.ts";
import { privateListeners } from "./private-side.ts";
import { openControlSocket } from "./socket.ts";
import { openTls, type TlsControl } from "./tls.ts";
import { BindingWriter } from "./writer.ts";

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
  const writer = new BindingWriter(store, ({ trouble, pending }) => {
    if (trouble === undefined) log.info({ pending }, "the store takes registrations again");
    else log.error({ code: trouble.code, pending }, `registrations are not being stored: ${trouble.what}; calls go on`);
  });
  const bugs = new Set<string>();
  const edge = startEdgeThread(
    { ...birth, credentials: tls?.credentials },
    {
      bindings: ({ put, removed }) => writer.add(unpackRows(put), removed),
      backend: ({ name, up, last }) => {
        if (up) log.info({ backend: name }, "a backend is up again: it gets calls");
        else
          log.error(
            { backend: name, met: last },
            "a backend is down: calls go to others, or nowhere when there is none",
          );
      },
      door: (told) => logDoor(log, told),
      bug: (message) => {
        // Each fault once: an attacker who finds one must not be able to fill the disk with it.
        if (bugs.size < 100 && !bugs.has(message))
          log.error({ fault: message }, "a packet met a fault of ours and was dropped");
        bugs.add(message);
      },
      died: onDeath,
    },
  );
  const filled = await fill(edge, store, Date.now());
  const listeners = isTrouble(filled) ? filled : await edge.open();
  if (isTrouble(filled) || isTrouble(listeners)) {
    await edge.stop();
    return closing(store, isTrouble(filled) ? filled : (listeners as Trouble));
  }
  tls?.start((credentials) => edge.tell({ kind: "certificates", credentials }));
  const accounts = openAccounts(store, accountPolicy(config), (change) =>
    edge.tell({
      kind: "accounts",
      put: change.put.map(toAccount),
      removed: change.removed.map((key) => aorOfAccount(key.user, key.domain)),
    }),
  );
  const { mode, state } = config;
  const parts = {
    listeners,
    edge,
    store,
    accounts,
    writer,
    tls,
    mode,
    state,
    domains: config.sip.domains,
    started: Date.now(),
  };
  const socket = await openControlSocket(controlSocket(config), commandHandlers(parts), log);
  const stop = stopper(edge, writer, store, tls, isTrouble(socket) ? undefined : socket);
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
  const { registrar, front, probe } = config;
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
      hidesTopology: front.topology === "hide",
      backendRules: { balance: front.balance, ...probe, interval: probe.interval * 1000 },
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
    tcp: { halfMessage: tcp.halfMessage * 1000, idle: tcp.idle * 1000 },
  };
}

function accountPolicy(config: Config) {
  return {
    domains: config.sip.domains,
    realmOf: (domain: string) => realmOf(config, domain),
    algorithms: config.auth.algorithms,
    now: Date.now,
  };
}

function stopper(
  edge: EdgeThread,
  writer: BindingWriter,
  store: Store,
  tls: TlsControl | undefined,
  socket: { close(): unknown } | undefined,
) {
  return async (): Promise<void> => {
    tls?.stop();
    socket?.close();
    await edge.stop();
    await writer.stop();
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
