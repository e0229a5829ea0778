import { randomBytes } from "node:crypto";
import { openAccounts } from "../accounts/index.ts";
import { isTrouble, LIMITS, type Trouble } from "../base/index.ts";
import { type Config, controlSocket, realmOf } from "../config/index.ts";
import { type Birth, type ListenerView, unpackRows } from "../edge/index.ts";
import { makeLogger } from "../observe/index.ts";
import { aorOfAccount } from "../policy/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { openTrunks } from "../trunks/index.ts";
import { readDrained, resolveBackends } from "./backends.ts";
import { type EdgeThread, startEdgeThread } from "./edge-thread.ts";
import { fill, toAccount, toRights } from "./fill.ts";
import { commandHandlers } from "./handlers.ts";
import { ownNames } from "./own-names.ts";
import { openControlSocket } from "./socket.ts";
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
  const writer = new BindingWriter(store, ({ trouble, pending }) => {
    if (trouble === undefined) log.info({ pending }, "the store takes registrations again");
    else log.error({ code: trouble.code, pending }, `registrations are not being stored: ${trouble.what}; calls go on`);
  });
  const bugs = new Set<string>();
  const edge = startEdgeThread(birth, {
    bindings: ({ put, removed }) => writer.add(unpackRows(put), removed),
    backend: ({ name, up, last }) => {
      if (up) log.info({ backend: name }, "a backend is up again: it gets calls");
      else
        log.error({ backend: name, met: last }, "a backend is down: calls go to others, or nowhere when there is none");
    },
    wrongPin: ({ aor, source, locked }) => {
      // A locked PIN is not judged any more: who tries on must not be able to fill the disk.
      if (!locked) log.warn({ account: aor, source }, "a wrong PIN for a number abroad: the call was refused");
    },
    bug: (message) => {
      // Each fault once: an attacker who finds one must not be able to fill the disk with it.
      if (bugs.size < 100 && !bugs.has(message))
        log.error({ fault: message }, "a packet met a fault of ours and was dropped");
      bugs.add(message);
    },
    died: onDeath,
  });
  const trunks = openTrunks(store, config.trunks, Date.now, (change) => edge.tell({ kind: "trunks", ...change }));
  const filled = await fill(edge, store, trunks, Date.now());
  const listeners = isTrouble(filled) ? filled : await edge.open();
  if (isTrouble(filled) || isTrouble(listeners)) {
    await edge.stop();
    return closing(store, isTrouble(filled) ? filled : (listeners as Trouble));
  }
  const accounts = openAccounts(store, accountPolicy(config), (change) => {
    if (change.rights !== undefined) edge.tell({ kind: "rights", put: change.rights.map(toRights) });
    const removed = change.removed.map((key) => aorOfAccount(key.user, key.domain));
    edge.tell({ kind: "accounts", put: change.put.map(toAccount), removed });
  });
  const { mode, state } = config;
  const parts = {
    listeners,
    edge,
    store,
    accounts,
    trunks,
    writer,
    mode,
    state,
    domains: config.sip.domains,
    started: Date.now(),
  };
  const socket = await openControlSocket(controlSocket(config), commandHandlers(parts), log);
  const stop = stopper(edge, writer, store, isTrouble(socket) ? undefined : socket);
  if (isTrouble(socket)) {
    await stop();
    return socket;
  }
  const { domains } = config.sip;
  return { report: { listeners, domains, aliases: birth.config.aliases, state, ...filled }, stop };
}

async function prepare(config: Config, store: Store): Promise<Birth | Trouble> {
  const secret = await store.setting("edge-secret", () => randomBytes(32).toString("hex"));
  if (isTrouble(secret)) return secret;
  const drained = await readDrained(store);
  if (isTrouble(drained)) return drained;
  const backends = await resolveBackends(config.backends, drained);
  if (isTrouble(backends)) return backends;
  const { domains, realm, listen, udp, tcp } = config.sip;
  const { registrar, front, probe, dial } = config;
  return {
    config: {
      domains,
      aliases: ownNames(listen.map((l) => l.advertise)),
      realm,
      backends,
      backendRules: { balance: front.balance, ...probe, interval: probe.interval * 1000 },
      dial,
      registrar,
      algorithms: config.auth.algorithms,
      nonceLifetime: config.auth.nonceLifetime * 1000,
      maxTransactions: LIMITS.transactions,
      secret,
    },
    listen,
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

function stopper(edge: EdgeThread, writer: BindingWriter, store: Store, socket: { close(): unknown } | undefined) {
  return async (): Promise<void> => {
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
