import type { DoorCounts } from "../transport/index.ts";

type What = keyof DoorCounts;

/** Milliseconds between two reports of one kind: strangers must not be able to fill the log. */
const PAUSE = 60_000;

/** Their detail is what a stranger wrote, so it makes no kind of its own; all others have one of a few words. */
const STRANGERS_WORDS: ReadonlySet<What> = new Set<What>(["foreignName", "foreignOrigin"]);

/** Tells the control thread of those who did not get in: the first of a kind at once, then one for all of a minute. */
export class DoorReports {
  readonly #tell: (what: What, host: string, detail: string, times: number) => void;
  readonly #kinds = new Map<string, { toldAt: number; since: number }>();

  constructor(tell: (what: What, host: string, detail: string, times: number) => void) {
    this.#tell = tell;
  }

  add(what: What, host: string, detail: string, now: number): void {
    const name = STRANGERS_WORDS.has(what) ? what : `${what} ${detail}`;
    const kind = this.#kinds.get(name) ?? { toldAt: Number.NEGATIVE_INFINITY, since: 0 };
    this.#kinds.set(name, kind);
    kind.since++;
    if (now - kind.toldAt < PAUSE) return;
    this.#tell(what, host, detail, kind.since);
    kind.toldAt = now;
    kind.since = 0;
  }
}
