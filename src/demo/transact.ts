import type { Message } from "../sip/index.ts";
import { type Core, type Draft, newBranch, printRequest } from "./core.ts";
import { ackOfRefusal } from "./dialog.ts";

/** A request that is under way. */
export interface Attempt {
  /** Text of the request as it was sent last, with credentials once they were asked for. */
  text: string;
  branch: string;
}

/** How often credentials are sent for one request: once, and once more when the nonce was stale. */
const TRIES = 2;

/**
 * Sends a request and resolves with its final response; a challenge is answered on the way (RFC 3261 22.2, 22.3). `hears`
 * gets every response that is no answered challenge, repeated ones too. Rejects after 64 T1 without a final response.
 */
export function transact(
  core: Core,
  draft: Draft,
  hears: (m: Message) => void = () => {},
  current: Attempt = { text: "", branch: "" },
): Promise<Message> {
  return new Promise((resolve, reject) => attempt(core, draft, current, TRIES, { hears, resolve, reject }));
}

interface Ends {
  readonly hears: (m: Message) => void;
  readonly resolve: (m: Message) => void;
  readonly reject: (e: Error) => void;
}

function attempt(core: Core, draft: Draft, current: Attempt, tries: number, ends: Ends): void {
  const branch = newBranch();
  const text = printRequest(core, draft, branch, draft.nextCseq(), core.keyring.lines(draft.method, draft.uri));
  current.text = text;
  current.branch = branch;
  let retried = false;
  const onResponse = (m: Message): void => {
    // RFC 3261 17.1.1.3: the ACK for a refusal belongs to the transaction; it is repeated with each copy of the refusal.
    if (draft.method === "INVITE" && m.status >= 300) core.wire.send(ackOfRefusal(text, m));
    if (retried) return;
    if ((m.status === 401 || m.status === 407) && mayTryAgain(core, m, tries)) {
      retried = true;
      attempt(core, draft, current, tries - 1, ends);
      return;
    }
    ends.hears(m);
    if (m.status >= 200) ends.resolve(m);
  };
  const onTimeout = (): void => ends.reject(new Error(`${core.name}: no answer to ${draft.method} ${draft.uri}`));
  core.clients.start(text, branch, onResponse, onTimeout);
}

/** RFC 3261 22.2: what was refused with the right nonce is not tried again. */
function mayTryAgain(core: Core, challenge: Message, tries: number): boolean {
  const learned = core.keyring.learn(challenge);
  return learned !== undefined && (tries === TRIES || (learned.stale && tries > 0));
}
