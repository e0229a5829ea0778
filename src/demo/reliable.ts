import { isFailure } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";
import type { Core } from "./core.ts";
import { callerDialog, type Dialog, inDialog } from "./dialog.ts";
import { transact } from "./transact.ts";

/** The dialog that a provisional response made, and the last RSeq that was acknowledged in it (0: none). */
export interface Early {
  readonly dialog: Dialog;
  rseq: number;
}

/** Whether a caller takes reliable provisional responses. */
export function takesReliable(invite: Message): boolean {
  return [H.supported, H.require].some((h) => names100rel(invite, h));
}

/** RFC 3262 4: a reliable response is acknowledged once, by a PRACK in the dialog that it makes; one out of order is not. */
export function acknowledgeReliable(core: Core, early: Map<string, Early>, invite: Message, m: Message): void {
  const rseq = m.get(H.rseq);
  if (typeof rseq !== "number" || !names100rel(m, H.require)) return;
  const { tag } = m.need(H.to);
  const known = early.get(tag);
  if (known !== undefined && rseq !== known.rseq + 1) return;
  const e = known ?? { dialog: callerDialog(invite, m), rseq };
  e.rseq = rseq;
  early.set(tag, e);
  const { number, method } = m.need(H.cseq);
  transact(core, inDialog(e.dialog, "PRACK", `RAck: ${rseq} ${number} ${method}\r\n`)).catch(() => {});
}

/** Whether a PRACK is for this reliable response to this INVITE (RFC 3262 3). */
export function isPrackOf(m: Message, invite: Message, rseq: number): boolean {
  const rack = m.get(H.rack);
  if (rack === undefined || isFailure(rack)) return false;
  return rack.rseq === rseq && rack.cseq === invite.need(H.cseq).number && rack.method === "INVITE";
}

function names100rel(m: Message, h: typeof H.require): boolean {
  const all = m.all(h);
  return !isFailure(all) && all.includes("100rel");
}
