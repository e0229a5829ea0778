import type { Trouble } from "../base/index.ts";
import type { Events } from "../observe/index.ts";

/** Events of one answer. */
const LISTING = 500;

export type EventSource = Pick<Events, "since">;

/** `events`: those after the number that is asked for. `started` tells one run of the daemon from another, which counts anew. */
export function eventCommands(
  events: EventSource,
  started: number,
): Readonly<Record<string, (args: unknown) => Promise<unknown | Trouble>>> {
  return {
    "events.since": async (args) => {
      const seq: unknown = typeof args === "object" && args !== null ? Reflect.get(args, "seq") : undefined;
      const after = typeof seq === "number" && Number.isSafeInteger(seq) ? Math.max(0, seq) : 0;
      return { started, ...events.since(after, LISTING) };
    },
  };
}
