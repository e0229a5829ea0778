import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Facts } from "../check.ts";
import type { AcmeSources } from "./order.ts";
import { keepAttempts, keptAttempts, type Place } from "./place.ts";
import { type Attempts, dueAt, nextLook, retryAt } from "./schedule.ts";

/** What `status` shows of the authority. */
export interface AcmeView {
  readonly directory: string;
  readonly domains: readonly string[];
  readonly ordering: boolean;
  /** Wall milliseconds of the next look or attempt. */
  readonly next: number;
  readonly failures: number;
  readonly since: number | null;
  readonly trouble: Trouble | null;
}

/** Orders certificates when they are due, and again when that failed. */
export interface Renewer {
  /** From now on it looks; gives back at once. */
  start(): void;
  /** Orders now, or joins the order that is under way; ends with it. */
  renew(): Promise<void>;
  view(): AcmeView;
  stop(): void;
}

/** What a renewer works with. */
export interface RenewerParts {
  readonly sources: AcmeSources;
  readonly place: Place;
  /** Of the certificate that lies in its place now. */
  facts(): Facts | undefined;
  /** A certificate came, or why none did. */
  ended(fault: Trouble | undefined): void;
}

/** Loads nothing and asks nobody before it is started and something is due. */
export function openRenewer({ sources, place, facts, ended }: RenewerParts): Renewer {
  const { domains, directory } = sources;
  let stopped = false;
  let child: ChildProcess | undefined;
  let attempts = keptAttempts(place);
  let before: Attempts | undefined;
  let running: Promise<void> | undefined;
  const alarm = openAlarm(() => look());
  const remember = (now: Attempts | undefined): Trouble | undefined => {
    attempts = now;
    return keepAttempts(place, now);
  };
  const later = (now: number): number => nextLook(facts(), domains, now, randomInt(1_000) / 1_000);
  const look = (): void => {
    const now = Date.now();
    if (dueAt(facts(), domains) <= now) return void renew();
    // An order that was forced and failed is no longer news.
    if (attempts !== undefined) remember(undefined);
    alarm.set(later(now));
  };
  const order = async (): Promise<Trouble | undefined> => {
    const begun = orderProcess(sources, place);
    if (!isTrouble(begun)) child = begun;
    return isTrouble(begun) ? begun : outcome(begun);
  };
  const attempt = async (): Promise<void> => {
    before = attempts;
    // Written before: an order that ends with the process counts too. On a disk that takes nothing each start would be the first, and
    // what is issued would be lost: nobody is asked.
    const fault = remember(failed(before, UNFINISHED, Date.now())) ?? (await order());
    if (stopped) return;
    const now = Date.now();
    remember(fault && failed(before, fault, now));
    ended(fault);
    alarm.set(attempts === undefined ? later(now) : retryAt(attempts, now));
  };
  const renew = (): Promise<void> => {
    running ??= attempt().finally(() => (running = undefined));
    return running;
  };
  return {
    start: () => {
      const now = Date.now();
      const due = dueAt(facts(), domains) <= now;
      alarm.set(due && attempts !== undefined ? retryAt(attempts, now) : now);
    },
    renew,
    view: () => {
      const ordering = running !== undefined;
      // The old failure is no news while a new order may mend it.
      return { directory, domains, ordering, next: alarm.at(), ...failureView(ordering ? undefined : attempts) };
    },
    stop: () => {
      stopped = true;
      child?.kill("SIGKILL");
      if (running !== undefined) keepAttempts(place, before);
      alarm.stop();
    },
  };
}

/** One timer for the next thing to do; it keeps no process alive. */
function openAlarm(ring: () => void) {
  let next = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    at: (): number => next,
    set: (when: number): void => {
      next = when;
      clearTimeout(timer);
      timer = setTimeout(ring, Math.max(0, when - Date.now()));
      timer.unref();
    },
    stop: (): void => clearTimeout(timer),
  };
}

function failureView(attempts: Attempts | undefined) {
  const { failures = 0, since = null, trouble: reason = null } = attempts ?? {};
  return { failures, since, trouble: reason };
}

const UNFINISHED = trouble(
  "ACME_UNFINISHED",
  "the daemon ended in the middle of an order",
  "the certificate in use stays in use; calls go on",
  "wait for the next attempt, or `bin/rempart tls renew`",
);

/** An order ends by itself before that. One that does not must not be the last. */
const HUNG_MS = 360_000;

/** A process of its own for each order: what it loads takes 40 MB, parses what strangers write, and is needed for seconds in months. */
function orderProcess(sources: AcmeSources, place: Place): ChildProcess | Trouble {
  const file = fileURLToPath(new URL("./process.ts", import.meta.url));
  try {
    const child = fork(file, { execArgv: ["--max-old-space-size=128"], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    setTimeout(() => child.kill("SIGKILL"), HUNG_MS).unref();
    // A process that could not start is told of by `error`.
    if (child.connected) child.send({ sources, place }, () => {});
    return child;
  } catch (error) {
    // But for what Node did not expect, which it throws: no memory for another process.
    return failure((error as Error).message);
  }
}

/** How the order ended. A fault of our own must not end the daemon: calls need no new certificate. */
function outcome(child: ChildProcess): Promise<Trouble | undefined> {
  return new Promise((resolve) => {
    child.once("message", (fault: Trouble | null) => resolve(fault ?? undefined));
    child.on("error", (error: Error) => resolve(failure(error.message)));
    child.once("exit", (code, signal) => resolve(failure(`its process ended with ${signal ?? code}`)));
  });
}

function failure(why: string): Trouble {
  return trouble("INTERNAL", `ordering a certificate failed: ${why}`, UNFINISHED.safe, "please report it");
}

function failed(before: Attempts | undefined, reason: Trouble, now: number): Attempts {
  return { failures: (before?.failures ?? 0) + 1, since: before?.since ?? now, last: now, trouble: reason };
}
