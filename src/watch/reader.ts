import type { Fact } from "../shield/index.ts";

/** Where facts go; `line` is the number that came with the line. */
export type Tell = (fact: Fact, line?: number) => void;

/** What reads the log of one kind of phone system. Lines in, facts out by the callback that it was made with; time comes from the lines. */
export interface LogReader {
  /** True when the line is about a caller. `before`: when it was written at the latest; `number`: comes back with its fact. */
  take(line: string, before: number, number?: number): boolean;
  /** Nothing comes for now: what waits for another line is told. */
  flush(): void;
  /** Number of the line that waits longest for another one about its attempt; Infinity: none does. Undefined: none ever does. */
  readonly waiting?: number;
  /** Why nothing of this log is evidence any more: a caller can write whole lines into it. Empty: it is. */
  readonly exposed?: string;
}
