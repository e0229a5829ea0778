let last = 0;

/** The next flow id of this thread: never 0 and never given twice. */
export function nextFlowId(): number {
  last++;
  return last;
}
