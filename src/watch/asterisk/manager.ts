// TEMPORARY: stands in for the reader of manager events, which has this signature.
import type { Fact } from "../../shield/index.ts";

/** Turns events of Asterisk's manager interface into facts. */
export class ManagerLog {
  constructor(_tell: (fact: Fact) => void) {}

  /** One event, its fields by name. `now`: when it came. True when it is about a caller. */
  take(_event: ReadonlyMap<string, string>, _now: number): boolean {
    return false;
  }

  flush(): void {}
}
