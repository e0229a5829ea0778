import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { type Trouble, trouble } from "../base/index.ts";
import type { Birth, FromEdge, ListenerView, Question, ToEdge } from "../edge/index.ts";

/** What the control thread wants to hear from the signalling thread. */
export interface EdgeEvents {
  bindings(message: Extract<FromEdge, { kind: "bindings" }>): void;
  backend(message: Extract<FromEdge, { kind: "backend" }>): void;
  wrongPin(message: Extract<FromEdge, { kind: "wrongPin" }>): void;
  door(message: Extract<FromEdge, { kind: "door" }>): void;
  facts(message: Extract<FromEdge, { kind: "facts" }>): void;
  leaks(message: Extract<FromEdge, { kind: "leaks" }>): void;
  bug(message: string): void;
  /** It ended without being asked to. */
  died(error: Error): void;
}

/** The signalling thread, from this side. */
export interface EdgeThread {
  tell(message: ToEdge): void;
  ask(question: Question): Promise<unknown>;
  /** Opens all sockets; answers with their listeners, or with what kept one from opening. */
  open(): Promise<readonly ListenerView[] | Trouble>;
  stop(): Promise<void>;
}

/**
 * Young generation of the signalling thread in MiB: what a message makes is dead before it is full. Measured in docs/performance.md.
 */
const YOUNG_MIB = 32;
const OLD_MIB = 8_192;

/** Starts the signalling thread, whose sockets are still closed: first it is told what it must know. */
export function startEdgeThread(birth: Birth, events: EdgeEvents): EdgeThread {
  // The launcher gives the process a small young generation, and V8 would force that on this thread too.
  setFlagsFromString("--max-semi-space-size=0");
  const worker = new Worker(new URL("../edge/thread.ts", import.meta.url), {
    workerData: birth,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB, maxOldGenerationSizeMb: OLD_MIB },
  });
  const opened = Promise.withResolvers<readonly ListenerView[] | Trouble>();
  const ended = new Promise<void>((done) => worker.once("exit", () => done()));
  const post = (message: ToEdge): void => worker.postMessage(message);
  const questions = new Questions(post);
  let isOpen = false;
  let stopping = false;
  const died = (error: Error): void => {
    if (isOpen && !stopping) events.died(error);
    stopping = true;
    opened.resolve(brokenThread(error));
    questions.abandon();
  };
  worker.on("message", (message: FromEdge) => {
    switch (message.kind) {
      case "ready":
        isOpen = true;
        opened.resolve(message.listeners);
        break;
      case "failed":
        stopping = true;
        opened.resolve(notStarted(message.code, message.message));
        break;
      case "answer":
        questions.answered(message.id, message.data);
        break;
      default:
        tellOf(message, events);
    }
  });
  worker.on("error", died);
  worker.on("exit", () => died(new Error("the signalling thread ended")));
  return {
    tell: post,
    ask: (question) => questions.ask(question),
    open: () => {
      post({ kind: "open" });
      return opened.promise;
    },
    stop: () => {
      stopping = true;
      post({ kind: "stop" });
      return ended;
    },
  };
}

/** What it tells without being asked. */
function tellOf(message: FromEdge, events: EdgeEvents): void {
  switch (message.kind) {
    case "bindings":
      events.bindings(message);
      break;
    case "backend":
      events.backend(message);
      break;
    case "wrongPin":
      events.wrongPin(message);
      break;
    case "door":
      events.door(message);
      break;
    case "facts":
      events.facts(message);
      break;
    case "leaks":
      events.leaks(message);
      break;
    case "bug":
      events.bug(message.message);
      break;
  }
}

/** Questions on their way, by number. */
class Questions {
  readonly #post: (message: ToEdge) => void;
  readonly #waiting = new Map<number, (data: unknown) => void>();
  #last = 0;

  constructor(post: (message: ToEdge) => void) {
    this.#post = post;
  }

  ask(question: Question): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#last++;
    this.#waiting.set(this.#last, resolve);
    this.#post({ kind: "ask", id: this.#last, question });
    return promise;
  }

  answered(id: number, data: unknown): void {
    this.#waiting.get(id)?.(data);
    this.#waiting.delete(id);
  }

  /** Nobody is left to answer: whoever waits gets undefined. */
  abandon(): void {
    for (const answered of this.#waiting.values()) answered(undefined);
    this.#waiting.clear();
  }
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
