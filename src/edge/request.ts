import type { Account } from "../auth/index.ts";
import type { Flow } from "../base/index.ts";
import type { Caller } from "../policy/index.ts";
import type { Target, Way } from "../proxy/index.ts";
import type { Credentials, Message, Uri } from "../sip/index.ts";
import { Event, type EventCode, type Transaction } from "../transaction/index.ts";
import type { Relay } from "./relay.ts";

/**
 * What a stage says about a request:
 * - `next`: nothing to say, ask the stage below;
 * - `reply`: answer `status` with `headers`, keeping no state;
 * - `drop`: silence;
 * - `event`: it belongs to `transaction`, which gets `event`;
 * - `resend`: send `text` again, as we did before;
 * - `cancel`: it cancels `relayed`;
 * - `relay`: pass it on to `targets`, keeping a transaction;
 * - `pass`: pass it on to `targets[0]` without state (ACK to a 2xx).
 */
export type Word = "next" | "reply" | "drop" | "event" | "resend" | "cancel" | "relay" | "pass";

const NO_TARGETS: Target[] = [];

/**
 * One request on its way through the stages. The host has a single one and fills it anew for each packet, so whatever
 * outlives the packet copies what it needs.
 */
export class Request {
  flow!: Flow;
  m!: Message;
  /** Milliseconds of the monotonic clock. */
  now = 0;
  /** Where responses go (RFC 3261 18.2.2, RFC 3581 4). */
  back!: Flow;
  /** Top Via with `received` and `rport` filled in; empty when nothing has to change. */
  topVia = "";
  /** Key of its server transaction. */
  key = "";
  /** What a copy of it by another way would have in common; empty for all but a new INVITE. */
  mergeKey = "";
  /** The Request-URI; after the sanity stage it is known to be one. */
  target!: Uri;
  caller: Caller = "stranger";
  account: Account | undefined;
  /** AOR that the caller has proved to be. */
  claimed = "";
  /** Credentials that were meant for us and go no further. */
  dropAuth: Credentials | undefined;
  /** User part that goes to a backend: that of the target, without a PIN. */
  dialled = "";
  /** AOR of the target; empty when it names no user of a domain of ours. */
  aor = "";
  /** The target is a user of ours. */
  isLocal = false;
  /** Leading Route values that are ours. */
  popRoutes = 0;
  /** Set when a token of ours proves that this is in a dialog we carry. */
  inDialog = false;
  /** The other side of that dialog. */
  way: Way | undefined;

  status = 0;
  headers = "";
  text = "";
  event: EventCode = Event.request;
  transaction: Transaction<Relay> | undefined;
  relayed: Relay | undefined;
  targets: Target[] = NO_TARGETS;

  /** RFC 5393: it goes to more than one target. */
  get forking(): boolean {
    return this.targets.length > 1;
  }

  /** Makes it ready for another packet. */
  start(flow: Flow, m: Message, now: number): void {
    this.flow = flow;
    this.m = m;
    this.now = now;
    this.back = flow;
    this.topVia = "";
    this.key = "";
    this.mergeKey = "";
    this.caller = "stranger";
    this.account = undefined;
    this.claimed = "";
    this.dropAuth = undefined;
    this.dialled = "";
    this.aor = "";
    this.isLocal = false;
    this.popRoutes = 0;
    this.inDialog = false;
    this.way = undefined;
    this.headers = "";
    this.transaction = undefined;
    this.relayed = undefined;
    this.targets = NO_TARGETS;
  }

  /** Says `reply`. `headers` are whole lines ending in CRLF. */
  reply(status: number, headers = ""): Word {
    this.status = status;
    this.headers = headers;
    return "reply";
  }
}
