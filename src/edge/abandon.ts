import { isFailure } from "../base/index.ts";
import { parseMessage, reply } from "../sip/index.ts";
import type { Core } from "./core.ts";
import type { Tx } from "./relay.ts";

/**
 * Forgets the whole call that a transaction belongs to. After a fault of ours nobody can say how far it had come; what is left
 * of it would wait for ever, and many such calls would fill the table for everybody.
 */
export function abandon(tx: Tx, core: Core): void {
  const { transactions } = core;
  transactions.remove(tx);
  const context = tx.owner?.context;
  if (context === undefined) return;
  transactions.disarmContext(context);
  for (const { client } of context.branches) if (client !== undefined) transactions.remove(client);
  const { server } = context;
  if (server === undefined) return;
  transactions.remove(server);
  tellCaller(server, core);
}

/** A caller who has heard 100 waits without end: what was to be said is said again, or else 500. */
function tellCaller(server: Tx, core: Core): void {
  const last = parseMessage(server.last);
  if (isFailure(last)) return;
  const text = last.status < 200 ? reply(last, 500, { toTag: core.entropy.token() }) : server.last;
  if (text.length <= (server.owner?.allowance ?? 0)) core.network.send(server.flow, text);
}
