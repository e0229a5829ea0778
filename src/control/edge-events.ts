import { unpackRows } from "../edge/index.ts";
import type { Logger } from "../observe/index.ts";
import type { Store } from "../store/index.ts";
import { logDoor } from "./doors.ts";
import type { EdgeEvents } from "./edge-thread.ts";
import type { ShieldKeeper } from "./shield.ts";
import { BindingWriter } from "./writer.ts";

/** Faults of ours that are told: each once, for an attacker who finds one must not be able to fill the disk with it. */
const BUGS = 100;

/** What is done with what the signalling thread tells. */
export function edgeEvents(
  writer: BindingWriter,
  shield: ShieldKeeper,
  log: Logger,
  died: (error: Error) => void,
): EdgeEvents {
  const bugs = new Set<string>();
  return {
    bindings: ({ put, removed }) => writer.add(unpackRows(put), removed),
    backend: ({ name, up, last }) => {
      if (up) log.info({ backend: name }, "a backend is up again: it gets calls");
      else
        log.error({ backend: name, met: last }, "a backend is down: calls go to others, or nowhere when there is none");
    },
    wrongPin: ({ aor, source, locked }) => {
      // A locked PIN is not judged any more: who tries on must not be able to fill the disk.
      if (!locked) log.warn({ account: aor, source }, "a wrong PIN for a number abroad: the call was refused");
    },
    facts: ({ facts }) => shield.take(facts),
    leaks: ({ sources }) => shield.leaked(sources),
    door: (told) => logDoor(log, told),
    bug: (message) => {
      if (bugs.size < BUGS && !bugs.has(message))
        log.error({ fault: message }, "a packet met a fault of ours and was dropped");
      bugs.add(message);
    },
    died,
  };
}

/** Writes bindings behind, and says when it cannot and when it can again. */
export function openWriter(store: Store, log: Logger): BindingWriter {
  return new BindingWriter(store, ({ trouble, pending }) => {
    if (trouble === undefined) log.info({ pending }, "the store takes registrations again");
    else log.error({ code: trouble.code, pending }, `registrations are not being stored: ${trouble.what}; calls go on`);
  });
}
