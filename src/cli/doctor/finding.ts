import type { Config } from "../../config/index.ts";

/** One line of the doctor: `run` is what to do when it is not ok. A note is no fault: good to know where it applies. */
export interface Finding {
  readonly name: string;
  readonly level: "ok" | "note" | "warn" | "fail";
  readonly what: string;
  readonly run?: string;
}

/** A check of a machine and a configuration that is already known to be readable. It changes nothing. */
export type Check = (config: Config, running: boolean) => Promise<Finding> | Finding;

export function ok(name: string, what: string): Finding {
  return { name, level: "ok", what };
}

export function note(name: string, what: string, run: string): Finding {
  return { name, level: "note", what, run };
}

export function warn(name: string, what: string, run: string): Finding {
  return { name, level: "warn", what, run };
}

export function fail(name: string, what: string, run: string): Finding {
  return { name, level: "fail", what, run };
}
