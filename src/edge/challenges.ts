import { type BoundedMap, type Flow, hostPort, isFailure } from "../base/index.ts";
import { type Challenge, Edit, H, type Header, type Message, parseMessage } from "../sip/index.ts";
import type { Core } from "./core.ts";

/** Who has given a nonce (its "host:port"), and when (monotonic ms). */
export interface Given {
  readonly by: string;
  /** The one address that it was given to; empty when there were several: then it proves nothing of any of them. */
  readonly to: string;
  readonly at: number;
}

/**
 * Nonces that phone systems behind us have given of late, by their names. Full of what strangers asked for, it forgets; that costs
 * nobody anything.
 */
export type Nonces = BoundedMap<string, Given>;

/** How long an answer to a challenge may take, ms. */
const ANSWERED_WITHIN = 60_000;

/** Length of a nonce's name: 72 bits. */
const NAME = 12;

/** What is known of the challenge that the credentials of a request answer. */
export function givenTo(request: Message, core: Core): Given | undefined {
  const credentials = request.get(H.authorization) ?? request.get(H.proxyAuthorization);
  if (credentials === undefined || isFailure(credentials)) return undefined;
  return core.nonces.get(nameOf(credentials.nonce, core));
}

/**
 * Was it given just now? Phones begin with what they were asked for last; chan_sip, and a phone system that has taken over from another, do not
 * call such a nonce stale.
 */
export function isFresh(given: Given, core: Core): boolean {
  return core.clock.now() - given.at < ANSWERED_WITHIN;
}

/**
 * A 401 or 407 of the phone system at `from`, as the phone has to see it. Where it had answered another one's challenge (`given`), it is asked
 * anew with `stale=true` (RFC 7616 3.3): after a failover it would believe its password to be wrong, and give up.
 */
export function onChallenge(answer: Message, given: Given | undefined, from: Flow, to: Flow, core: Core): Message {
  const header: Header<Challenge> = answer.status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate;
  const all = answer.all(header);
  const asked = isFailure(all) ? [] : all.filter((c) => c.nonce !== "");
  const by = hostPort(from.host, from.port);
  for (const { nonce } of asked) remember(nameOf(nonce, core), by, to.host, core);
  if (given === undefined || given.by === by || asked.every((c) => c.stale)) return answer;
  const e = new Edit(answer);
  for (const c of asked) e.replace(c.start, c.end, header.print({ ...c, stale: true }));
  const anew = parseMessage(e.print());
  return isFailure(anew) ? answer : anew;
}

/**
 * PJSIP makes one nonce for all that it is asked within a second by one address, and we are one to it. So whoever asks for himself knows the
 * nonce of others too, and could answer it in their name.
 */
function remember(name: string, by: string, to: string, core: Core): void {
  const known = core.nonces.get(name);
  core.nonces.set(name, { by, to: known === undefined || known.to === to ? to : "", at: core.clock.now() });
}

/** Short text of its own: a part of the message would keep all of it. */
function nameOf(nonce: string, core: Core): string {
  return core.mac(`nonce ${nonce}`).slice(0, NAME);
}
