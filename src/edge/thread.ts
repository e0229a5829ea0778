/**
 * Entry of the signalling thread: opens the sockets, wires them to the host, and speaks with the control thread. Nothing
 * here waits for a disk or another server once the sockets are open.
 */
import { parentPort, workerData } from "node:worker_threads";
import { aorOfAccount } from "../policy/index.ts";
import { isOpenFault } from "../transport/index.ts";
import { answer } from "./answers.ts";
import { newCore, rotateNonceKeys } from "./birth.ts";
import type { Batch } from "./changes.ts";
import { systemClock } from "./clock.ts";
import type { Core } from "./core.ts";
import { Host } from "./host.ts";
import type { Birth, FromEdge, ToEdge } from "./messages.ts";
import { openSockets, type Sockets } from "./sockets.ts";

/** Milliseconds: how often time is looked at and changed bindings are told. */
const TICK = 10;

const port = parentPort;
if (port === null) throw new Error("edge/thread.ts is the signalling thread, not a program");
const birth = workerData as Birth;
const clock = systemClock();
let host: Host | undefined;

function tell(message: FromEdge): void {
  port?.postMessage(message);
}

const sockets = await openSockets(birth, {
  onPacket: (flow, text) => host?.receive(flow, text),
  onBatchEnd: () => clock.read(),
  onClosed: (flow) => host?.flowClosed(flow),
  onFault: () => host?.streamFault(),
});
if (isOpenFault(sockets)) {
  tell({ kind: "failed", code: sockets.code, message: sockets.message });
  port.close();
} else run(sockets);

function run(open: Sockets): void {
  const core = newCore(birth, open.network, open.listeners, clock);
  const running = new Host(core, (error) => tell({ kind: "bug", message: describe(error) }));
  const tellBatch = (batch: Batch): void => {
    if (batch.put.texts.length > 0 || batch.removed.length > 0) tell({ kind: "bindings", ...batch });
  };
  const timers = [
    setInterval(() => {
      clock.read();
      const now = clock.now();
      running.tick(now);
      open.network.flush();
      const batch = core.changes.next(now);
      if (batch !== undefined) tellBatch(batch);
    }, TICK),
    setInterval(() => rotateNonceKeys(core.verifier.keys), 2 * core.verifier.lifetime),
  ];
  port?.on("message", (message: ToEdge) => {
    switch (message.kind) {
      case "accounts":
        for (const aor of message.removed) forget(core, aor);
        for (const account of message.put) core.accounts.set(aorOfAccount(account.user, account.domain), account);
        break;
      case "ask":
        tell({ kind: "answer", id: message.id, data: answer(message.question, core, open) });
        break;
      case "stop":
        for (const timer of timers) clearInterval(timer);
        open.network.flush();
        core.changes.rest().forEach(tellBatch);
        void open.close().then(() => port?.close());
        break;
    }
  });
  host = running;
  tell({ kind: "ready", listeners: open.listeners });
}

/** Without an account there is nobody to call. */
function forget(core: Core, aor: string): void {
  core.accounts.delete(aor);
  for (const change of core.location.drop(aor)) core.changes.add(change);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
