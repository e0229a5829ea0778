/**
 * Entry of the signalling thread: is told who has a password and who is reachable, opens the sockets, wires them to the host,
 * and speaks with the control thread. Nothing here waits for a disk or another server once the sockets are open.
 */
import { parentPort, workerData } from "node:worker_threads";
import { isOpenFault } from "../transport/index.ts";
import { answer } from "./answers.ts";
import { newCore, newKnowledge, rotateNonceKeys, takeAccounts, takeRights } from "./birth.ts";
import type { Batch } from "./changes.ts";
import { systemClock } from "./clock.ts";
import type { Core } from "./core.ts";
import { dnsResolver } from "./dns.ts";
import { DoorReports } from "./door-reports.ts";
import { unpackGateRows } from "./gate-rows.ts";
import { Host } from "./host.ts";
import type { Birth, FromEdge, Question, ToEdge } from "./messages.ts";
import { probe } from "./options.ts";
import { unpackRows } from "./rows.ts";
import { openSockets, type Sockets } from "./sockets.ts";

/** Milliseconds: how often time is looked at and changed bindings are told. */
const TICK = 10;
/** How often it is told how much lists and countries keep out. */
const HITS = 1_000;

/** What there is once the sockets are open. */
interface Running {
  readonly core: Core;
  readonly sockets: Sockets;
  readonly timers: readonly NodeJS.Timeout[];
}

const port = parentPort;
if (port === null) throw new Error("edge/thread.ts is the signalling thread, not a program");
const birth = workerData as Birth;
const clock = systemClock();
const knowledge = newKnowledge();
let host: Host | undefined;
let running: Running | undefined;
port.on("message", onMessage);

function tell(message: FromEdge): void {
  port?.postMessage(message);
}

function onMessage(message: ToEdge): void {
  switch (message.kind) {
    case "accounts":
      for (const aor of message.removed) forget(aor);
      takeAccounts(knowledge, message.put);
      break;
    case "rights":
      takeRights(knowledge, message.put);
      break;
    case "trunks":
      knowledge.trunks.change(message.put, message.removed);
      break;
    case "gate":
      knowledge.gate.remove(message.removed);
      knowledge.gate.put(unpackGateRows(message.put));
      if (message.holds !== undefined) knowledge.gate.setHolds(message.holds);
      break;
    case "lists":
      knowledge.gate.lists.set(message);
      break;
    case "standing":
      knowledge.gate.lists.setStanding(message.put, message.removed);
      break;
    case "restore":
      knowledge.location.restore(unpackRows(message.rows), clock.wall());
      break;
    case "open":
      void open();
      break;
    case "ask":
      if (message.question.what === "probe" && running !== undefined)
        answerProbe(message.id, message.question, running.core);
      else tell({ kind: "answer", id: message.id, data: answerTo(message.question) });
      break;
    case "certificates":
      running?.sockets.renew(message.credentials);
      break;
    case "stop":
      void stop();
      break;
  }
}

async function open(): Promise<void> {
  const doors = new DoorReports((what, host, detail, times) => tell({ kind: "door", what, host, detail, times }));
  const sockets = await openSockets(birth, {
    onPacket: (flow, text) => host?.receive(flow, text),
    onBatchEnd: () => {
      clock.read();
      const facts = running?.core.facts.takeProved();
      if (facts !== undefined) tell({ kind: "facts", facts });
    },
    onClosed: (flow, reason) => host?.flowClosed(flow, reason),
    onFault: (flow, failure) => host?.streamFault(flow, failure),
    onDoor: (what, from, detail) => {
      doors.add(what, from, detail, performance.now());
      host?.atDoor(what, from, detail);
    },
  });
  if (isOpenFault(sockets)) {
    tell({ kind: "failed", code: sockets.code, message: sockets.message });
    port?.close();
    return;
  }
  clock.read();
  const core = newCore(
    birth.config,
    knowledge,
    sockets.network,
    sockets.listeners,
    clock,
    dnsResolver(birth.config.nameServers),
  );
  core.backends.onChange = ({ name, up, last }) => tell({ kind: "backend", name, up, last });
  core.onWrongPin = (aor, source, locked) => tell({ kind: "wrongPin", aor, source, locked });
  const made = new Host(core, (error) => tell({ kind: "bug", message: describe(error) }));
  const timers = [
    setInterval(() => tick(core, made), TICK),
    setInterval(tellHits, HITS),
    setInterval(() => rotateNonceKeys(core.verifier.keys, core.entropy), 2 * core.verifier.lifetime),
  ];
  running = { core, sockets, timers };
  host = made;
  tell({ kind: "ready", listeners: sockets.listeners });
}

function tick(core: Core, made: Host): void {
  clock.read();
  const now = clock.now();
  made.tick(now);
  core.network.flush();
  const batch = core.changes.next(now);
  if (batch !== undefined) tellBatch(batch);
  const leaks = core.gate.takeLeaks();
  if (leaks !== undefined) tell({ kind: "leaks", sources: leaks });
  const facts = core.facts.take();
  if (facts !== undefined) tell({ kind: "facts", facts });
}

function tellHits(): void {
  const hits = knowledge.gate.lists.takeHits();
  if (hits !== undefined) tell({ kind: "hits", ...hits });
}

function tellBatch(batch: Batch): void {
  if (batch.put.texts.length > 0 || batch.removed.length > 0) tell({ kind: "bindings", ...batch });
}

function answerTo(question: Question): unknown {
  const { accounts, location } = knowledge;
  if (running === undefined || question.what === "taken" || question.what === "probe")
    return { accounts: accounts.size, bindings: location.size };
  return answer(question, running.core, running.sockets, host?.mirrored());
}

/** Answered when the peer has, or never did. */
function answerProbe(id: number, question: Extract<Question, { what: "probe" }>, core: Core): void {
  // Not by the clock of the stages, which stands still for up to 10 ms.
  const from = performance.now();
  probe(question, core, (answer) => {
    const ms = Math.round(10 * (performance.now() - from)) / 10;
    tell({ kind: "answer", id, data: { ...answer, ms } });
  });
}

/** Without an account there is nobody to call. */
function forget(aor: string): void {
  knowledge.accounts.delete(aor);
  const changes = knowledge.location.drop(aor);
  for (const change of changes) running?.core.changes.add(change);
}

async function stop(): Promise<void> {
  if (running !== undefined) {
    const { core, sockets, timers } = running;
    for (const timer of timers) clearInterval(timer);
    core.network.flush();
    core.changes.rest().forEach(tellBatch);
    await sockets.close();
    core.names.close();
  }
  port?.close();
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
