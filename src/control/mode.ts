import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { Events, Logger } from "../observe/index.ts";
import type { Store } from "../store/index.ts";
import type { ShieldKeeper } from "./shield.ts";

export type Mode = "observe" | "enforce";

/** What a command has chosen, as it is stored; wall milliseconds. */
interface Choice {
  readonly mode: Mode;
  readonly at: number;
  /** Until then it has to be confirmed, or it ends; so long it was to last from `at`. */
  readonly until?: number;
  readonly within?: number;
  /** It was not confirmed in time. */
  readonly lapsed?: true;
}

/** Which mode holds, and why. */
export interface ModeView {
  readonly mode: Mode;
  /** What the configuration says. */
  readonly configured: Mode;
  readonly by: "configuration" | "command" | "unconfirmed";
  /** Wall milliseconds of the command; null for the configuration. */
  readonly since: number | null;
  /** Milliseconds until it ends unless it is confirmed; null: nothing waits. */
  readonly left: number | null;
}

/** Name of the setting in the store. */
const SETTING = "enforce";
/** Seconds that a confirmation may be waited for. */
const LONGEST = 86_400;

/**
 * Whether the site enforces: the configuration says so, or a command has since then. A command that has to be confirmed is stored with its
 * deadline, so that it ends even when the daemon dies meanwhile.
 */
export class ModeKeeper {
  readonly #configured: Mode;
  readonly #shield: ShieldKeeper;
  readonly #store: Store;
  readonly #events: Events;
  readonly #log: Logger;
  #choice: Choice | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** On the clock that does not jump. */
  #deadline = 0;

  constructor(configured: Mode, shield: ShieldKeeper, store: Store, events: Events, log: Logger) {
    this.#configured = configured;
    this.#shield = shield;
    this.#store = store;
    this.#events = events;
    this.#log = log;
  }

  /** What was chosen before this start. Stands before the book is opened, which is acted on as this says. */
  async open(): Promise<undefined | Trouble> {
    const stored = await this.#store.setting(SETTING, () => "");
    if (isTrouble(stored)) return stored;
    this.#choice = readChoice(stored);
    const { until, within } = this.#choice ?? {};
    if (until !== undefined && within !== undefined) {
      // A clock that was set back must not make it last longer than was asked for.
      const left = Math.min(until - Date.now(), within);
      if (left > 0) this.#wait(left);
      else await this.#lapse();
    }
    this.#shield.setEnforcing(this.#mode === "enforce");
    return undefined;
  }

  view(): ModeView {
    const choice = this.#choice;
    const mode = this.#mode;
    const configured = this.#configured;
    if (choice === undefined) return { mode, configured, by: "configuration", since: null, left: null };
    const left = choice.until === undefined ? null : Math.max(0, Math.round(this.#deadline - performance.now()));
    return { mode, configured, by: choice.lapsed ? "unconfirmed" : "command", since: choice.at, left };
  }

  /** Enforces from now on; with `seconds` only so long, unless it is confirmed. It is stored first: what is not, may not outlive its deadline. */
  async on(seconds: number | undefined): Promise<undefined | Trouble> {
    // Who asks for a trial of what holds already has nothing to confirm.
    if (this.#mode === "enforce" && this.#choice?.until === undefined) return undefined;
    const at = Date.now();
    const within = seconds === undefined ? undefined : 1_000 * Math.min(LONGEST, Math.max(1, seconds));
    const trial = within === undefined ? {} : { until: at + within, within };
    const stored = await this.#write({ mode: "enforce", at, ...trial });
    if (isTrouble(stored)) return { ...stored, safe: `The mode is ${this.#mode}, as before. ${stored.safe}` };
    if (within !== undefined) this.#wait(within);
    this.#switch("command", within);
    return undefined;
  }

  /** What was tried stays. ENFORCE_NOTHING: nothing waits for it. */
  async confirm(): Promise<undefined | Trouble> {
    if (this.#choice?.until === undefined) return nothingWaits();
    const stored = await this.#write({ mode: "enforce", at: Date.now() });
    if (isTrouble(stored)) return { ...stored, safe: `It is not confirmed and ends in time. ${stored.safe}` };
    this.#switch("confirmed", undefined);
    return undefined;
  }

  /** Lets everybody in at once, and is stored then. */
  async off(): Promise<undefined | Trouble> {
    const choice: Choice = { mode: "observe", at: Date.now() };
    this.#choice = choice;
    this.#switch("command", undefined);
    const stored = await this.#write(choice);
    if (!isTrouble(stored)) return undefined;
    return { ...stored, safe: `Nobody is kept out any more, until the next start. ${stored.safe}` };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get #mode(): Mode {
    return this.#choice?.mode ?? this.#configured;
  }

  /** What says the same as the configuration is no choice: the next change of the file then counts again. */
  async #write(choice: Choice): Promise<undefined | Trouble> {
    const isChoice = choice.mode !== this.#configured || choice.until !== undefined || choice.lapsed === true;
    const stored = await this.#store.setSetting(SETTING, isChoice ? JSON.stringify(choice) : "");
    if (isTrouble(stored)) return stored;
    this.#choice = isChoice ? choice : undefined;
    clearTimeout(this.#timer);
    return undefined;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#deadline = performance.now() + ms;
    this.#timer = setTimeout(() => void this.#lapse(), ms);
    this.#timer.unref();
  }

  /** The time is over and nobody has confirmed: who is shut out by it cannot say so. */
  async #lapse(): Promise<void> {
    const choice: Choice = { mode: "observe", at: Date.now(), lapsed: true };
    this.#choice = choice;
    this.#switch("unconfirmed", undefined);
    const stored = await this.#write(choice);
    // The deadline that is stored has passed: a restart comes to the same.
    if (isTrouble(stored)) this.#log.error({ code: stored.code }, `the end of a trial was not stored: ${stored.what}`);
  }

  #switch(by: string, within: number | undefined): void {
    const mode = this.#mode;
    const moved = this.#shield.setEnforcing(mode === "enforce").length;
    const until = within === undefined ? undefined : new Date(Date.now() + within).toISOString();
    const about = { mode, by, entries: moved, until };
    this.#events.tell("enforce", about);
    this.#log.warn({ event: "enforce", ...about }, mode === "enforce" ? "bans are enforced" : "nobody is kept out");
  }
}

function readChoice(text: string): Choice | undefined {
  if (text === "") return undefined;
  try {
    const raw = JSON.parse(text) as Choice;
    return raw.mode === "observe" || raw.mode === "enforce" ? raw : undefined;
  } catch {
    return undefined;
  }
}

function nothingWaits(): Trouble {
  const what = "nothing waits to be confirmed";
  return trouble("ENFORCE_NOTHING", what, "Nothing was changed.", "See which mode holds: rempart enforce");
}
