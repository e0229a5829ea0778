/** What reads the log of one kind of phone system. Lines in, facts out by the callback that it was made with; time comes from the lines. */
export interface LogReader {
  /** One line. `before`: when it was written at the latest; `number`: comes back with its fact. True when it is about a caller. */
  take(line: string, before: number, number?: number): boolean;
  /** Nothing comes for now: what waits for another line is told. */
  flush(): void;
  /** Number of the line that waits longest for another one about its attempt; Infinity: none does. Undefined: none ever does. */
  readonly waiting?: number;
}
