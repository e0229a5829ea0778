import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { type Trouble, trouble } from "../base/index.ts";
import type { Birth, FromEdge, ListenerView, Question, ToEdge } from "../edge/index.ts";

/** What the control thread wants to hear from the signalling thread. */
export interface EdgeEvents {
  bindings(message: Extract<FromEdge, { kind: "bindings" }>): void;
  bug(message: string): void;
  /** It ended without being asked to. */
  died(error: Error): void;
}

/** The signalling thread, from this side. */
export interface EdgeThread {
  readonly listeners: readonly ListenerView[];
  tell(message: ToEdge): void;
  ask(question: Question): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Young generation of the signalling thread in MiB: what a message makes is dead before it is full. Measured in docs/performance.md.
 */
const YOUNG_MIB = 32;
const OLD_MIB = 8_192;

/** Starts the signalling thread; answers when all its sockets are open, or with what kept one from it. */
export function startEdgeThread(birth: Birth, events: EdgeEvents): Promise<EdgeThread | Trouble> {
  // The launcher gives the process a small young generation, and V8 would force that on this thread too.
  setFlagsFromString("--max-semi-space-size=0");
  const worker = new Worker(new URL("../edge/thread.ts", import.meta.url), {
    workerData: birth,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB, maxOldGenerationSizeMb: OLD_MIB },
  });
  return new Promise((resolve) => {
    let started = false;
    let stopping = false;
    const questions = new Map<number, (data: unknown) => void>();
    let lastId = 0;
    const post = (message: ToEdge): void => worker.postMessage(message);
    const ended = new Promise<void>((done) => worker.once("exit", () => done()));
    const thread = (listeners: readonly ListenerView[]): EdgeThread => ({
      listeners,
      tell: post,
      ask: (question) =>
        new Promise((answered) => {
          lastId++;
          questions.set(lastId, answered);
          post({ kind: "ask", id: lastId, question });
        }),
      stop: () => {
        stopping = true;
        post({ kind: "stop" });
        return ended;
      },
    });
    worker.on("message", (message: FromEdge) => {
      switch (message.kind) {
        case "ready":
          started = true;
          resolve(thread(message.listeners));
          break;
        case "failed":
          stopping = true;
          resolve(notStarted(message.code, message.message));
          break;
        case "bindings":
          events.bindings(message);
          break;
        case "bug":
          events.bug(message.message);
          break;
        case "answer":
          questions.get(message.id)?.(message.data);
          questions.delete(message.id);
          break;
      }
    });
    worker.on("error", (error: Error) => {
      if (started) events.died(error);
      else resolve(brokenThread(error));
    });
    worker.on("exit", () => {
      if (started && !stopping) events.died(new Error("the signalling thread ended"));
    });
  });
}

function brokenThread(error: Error): Trouble {
  return trouble(
    "EDGE_FAILED",
    `the signalling thread failed: ${error.message}`,
    "nothing was started; accounts and registrations are as they were",
    "bin/rempart doctor",
  );
}

function notStarted(code: string, message: string): Trouble {
  return trouble(
    code,
    message,
    "nothing was started; accounts and registrations are as they were",
    "see what holds the port with `ss -lntup`, or change [[sip.listen]] and run `bin/rempart config check`",
  );
}
