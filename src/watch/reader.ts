/** What reads the log of one kind of phone system. Lines in, facts out by the callback that it was made with; time comes from the lines. */
export interface LogReader {
  /** One line. `before`: when it was written at the latest. True when it is about a caller. */
  take(line: string, before: number): boolean;
  /** Nothing comes for now: what waits for another line is told. */
  flush(): void;
}
