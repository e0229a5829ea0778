import { H, type Message } from "../sip/index.ts";
import { type Core, type Draft, type Placed, randomToken, sdp } from "./core.ts";
import { ackOf2xx, callerDialog, cancelOf, type Dialog, inDialog, mustParse } from "./dialog.ts";
import { acknowledgeReliable, type Early } from "./reliable.ts";
import { type Attempt, transact } from "./transact.ts";
import { requestWithin } from "./within.ts";

/** A call that this phone made. */
export interface Call {
  readonly callId: string;
  /** The first provisional response above 100. */
  readonly ringing: Promise<Message>;
  /** The final response; rejects when there is none. */
  readonly final: Promise<Message>;
  /** Our end, once the call was answered. */
  readonly dialog: Dialog | undefined;
  /** The callee hung up. */
  readonly over: boolean;
  /** How many answers came from further branches of a fork; each was acknowledged and hung up. */
  readonly others: number;
  /** Gives up; resolves with the response to the CANCEL. Only after a provisional response (RFC 3261 9.1). */
  cancel(): Promise<Message>;
  /** Hangs up, or anything else within the call. */
  request(method: string, headers?: string, body?: string): Promise<Message>;
}

interface State extends Placed {
  others: number;
  /** To tags that have answered, with the ACK each gets again when its 2xx is repeated. */
  readonly acks: Map<string, string>;
  /** Dialogs that reliable provisional responses made, by To tag. */
  readonly early: Map<string, Early>;
  readonly attempt: Attempt;
}

/** Calls `uri`. */
export function placeCall(core: Core, uri: string, headers: string): Call {
  const state: State = {
    dialog: undefined,
    over: false,
    others: 0,
    acks: new Map(),
    early: new Map(),
    attempt: { text: "", branch: "" },
  };
  const draft = inviteTo(core, uri, headers);
  core.placed.set(draft.callId, state);
  const { promise: ringing, resolve: ring } = Promise.withResolvers<Message>();
  const hears = (m: Message): void => {
    if (m.status > 100 && m.status < 200) {
      ring(m);
      acknowledgeReliable(core, state.early, mustParse(state.attempt.text), m);
    }
    if (m.status >= 200 && m.status < 300) answered(core, state, m);
  };
  const final = transact(core, draft, hears, state.attempt);
  // Whoever does not wait for the outcome need not hear that there was none.
  final.catch(() => {});
  return {
    callId: draft.callId,
    ringing,
    final,
    get dialog() {
      return state.dialog;
    },
    get over() {
      return state.over;
    },
    get others() {
      return state.others;
    },
    cancel: () => sendCancel(core, state.attempt),
    request(method, more = "", body = "") {
      if (state.dialog === undefined) throw new Error(`${core.name}: ${method} in a call that nobody answered`);
      return requestWithin(core, state.dialog, method, more, body);
    },
  };
}

/** RFC 3261 13.2.2.4: each 2xx is acknowledged as often as it comes; a second callee is hung up at once. */
function answered(core: Core, state: State, m: Message): void {
  const invite = mustParse(state.attempt.text);
  // RFC 3261 12.2.1.1: what was sent while it rang has counted on.
  const early = state.early.get(m.need(H.to).tag)?.dialog;
  const d = { ...callerDialog(invite, m), ...(early && { cseq: early.cseq }) };
  const known = state.acks.get(d.remote);
  const ack = known ?? ackOf2xx(core, d, invite.need(H.cseq).number);
  state.acks.set(d.remote, ack);
  core.wire.send(ack);
  if (known !== undefined) return;
  if (state.dialog === undefined) {
    state.dialog = d;
    return;
  }
  state.others++;
  transact(core, inDialog(d, "BYE")).catch(() => {});
}

function sendCancel(core: Core, attempt: Attempt): Promise<Message> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error(`${core.name}: no answer to CANCEL`));
    core.clients.start(cancelOf(attempt.text), attempt.branch, resolve, lost);
  });
}

function inviteTo(core: Core, uri: string, headers: string): Draft {
  let cseq = 0;
  return {
    method: "INVITE",
    uri,
    from: `"${core.name}" <sip:${core.user}@${core.domain}>;tag=${randomToken()}`,
    to: `<${uri}>`,
    callId: randomToken(),
    routes: [],
    headers: `Contact: <${core.contact}>\r\n${headers}`,
    body: sdp(core),
    nextCseq: () => ++cseq,
  };
}
