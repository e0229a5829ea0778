/**
 * An operator's problem, as a value: what a person has to be told, in the three sentences that every error shows.
 *
 * `code` is stable and listed in docs; `what` says what happened, `safe` what was not harmed by it, `next` what to run.
 * Each is one line. A peer's fault on the wire is a `Failure`, a fault of our own an exception.
 */
export interface Trouble {
  readonly code: string;
  readonly what: string;
  readonly safe: string;
  readonly next: string;
  /** One line for each thing that is wrong, where there are several (lines of a file, settings). */
  readonly details?: readonly string[];
}

/** Makes a trouble; see the fields of `Trouble`. */
export function trouble(code: string, what: string, safe: string, next: string, details?: readonly string[]): Trouble {
  return details ? { code, what, safe, next, details } : { code, what, safe, next };
}

/** True for a trouble, also for one that crossed a socket or a thread as plain data. */
export function isTrouble(x: unknown): x is Trouble {
  return typeof x === "object" && x !== null && "code" in x && "what" in x && "safe" in x && "next" in x;
}
