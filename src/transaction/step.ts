import { Effect, type EventCode } from "./effects.ts";
import { stepInviteClient } from "./invite-client.ts";
import { stepInviteServer } from "./invite-server.ts";
import { stepNonInviteClient } from "./non-invite-client.ts";
import { stepNonInviteServer } from "./non-invite-server.ts";
import { Machine, State, type Transaction } from "./transaction.ts";

/**
 * Tells a transaction what happened; answers what the host has to do, as flags of `Effect`. Then the host wakes it at
 * `tx.due`. An event that its state has no use for (late, twice, out of order, not of this machine) answers `Effect.none`.
 *
 * `now` is in ms and never goes back; `status` and `text` belong to `Event.respond` and `Event.response`. Allocates nothing.
 */
export function step(tx: Transaction, event: EventCode, now: number, status = 0, text = ""): number {
  if (tx.state === State.terminated) return Effect.none;
  switch (tx.machine) {
    case Machine.inviteServer:
      return stepInviteServer(tx, event, now, status, text);
    case Machine.nonInviteServer:
      return stepNonInviteServer(tx, event, now, status, text);
    case Machine.inviteClient:
      return stepInviteClient(tx, event, now, status);
    case Machine.nonInviteClient:
      return stepNonInviteClient(tx, event, now, status);
  }
}
