import type { Account } from "../auth/index.ts";
import type { Flow } from "../base/index.ts";
import type { Caller } from "../policy/index.ts";
import type { Target, Way } from "../proxy/index.ts";
import type { Message, Uri } from "../sip/index.ts";
import { Event, type EventCode, type Transaction } from "../transaction/index.ts";
import type { Registering } from "./registering.ts";
import type { Relay } from "./relay.ts";
import type { Waiter } from "./waiting.ts";

/**
 * What a stage says about a request:
 * - `next`: nothing to say, ask the stage below;
 * - `reply`: answer `status` with `headers`, keeping no state;
 * - `drop`: silence;
 * - `event`: it belongs to `transaction`, which gets `event`;
 * - `resend`: send `text` again, as we did before;
 * - `cancel`: it cancels `relayed`;
 * - `relay`: pass it on to `targets`, keeping a transaction;
 * - `pass`: pass it on to `targets[0]` without state (ACK to a 2xx);
 * - `wait`: judge it again when the name `waitsFor` is known.
 */
export type Word = "next" | "reply" | "drop" | "event" | "resend" | "cancel" | "relay" | "pass" | "wait";

const NO_TARGETS: Target[] = [];
const NO_HOPS: readonly string[] = [];

/**
 * One request on its way through the stages. The host has a single one and fills it anew for each packet, so whatever
 * outlives the packet copies what it needs.
 */
export class Request {
  flow!: Flow;
  m!: Message;
  /** Bytes that came; what is relayed may be longer. */
  size = 0;
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
  /** It comes from a phone system behind us; known for what is relayed, in a dialog and out of one. */
  inside = false;
  account: Account | undefined;
  /** AOR that the caller has proved to be. */
  claimed = "";
  /** AOR that the caller says to be, where another asks for the proof. */
  asking = "";
  /** Nothing speaks for that yet: he has no more room than a stranger. */
  unproved = false;
  /** User part that goes to a backend: that of the target, without a PIN. */
  dialled = "";
  /** AOR of the target; empty when it names no user of a domain of ours. */
  aor = "";
  /** The target is a user of ours. */
  isLocal = false;
  /** Where the name in the target leads, "udp:host:port", the first choice first: only addresses that a user may be connected with. */
  hops = NO_HOPS;
  /** The name that has to be known first. */
  waitsFor = "";
  /** Leading Route values that are ours. */
  popRoutes = 0;
  /** The topmost of them. */
  route: Uri | undefined;
  /** A REGISTER that goes to the registrar behind us. */
  registering: Registering | undefined;
  /** Set when a token of ours proves that this is in a dialog we carry. */
  inDialog = false;
  /** The other side of that dialog. */
  way: Way | undefined;

  status = 0;
  /** Instead of the usual phrase; empty for that. */
  reason = "";
  headers = "";
  text = "";
  event: EventCode = Event.request;
  transaction: Transaction<Relay> | undefined;
  relayed: Relay | undefined;
  /** What a CANCEL is for, when that waits for a name. */
  waiter: Waiter | undefined;
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
    this.size = m.text.length;
    this.topVia = "";
    this.key = "";
    this.mergeKey = "";
    this.caller = "stranger";
    this.inside = false;
    this.account = undefined;
    this.claimed = "";
    this.asking = "";
    this.unproved = false;
    this.dialled = "";
    this.aor = "";
    this.isLocal = false;
    this.hops = NO_HOPS;
    this.popRoutes = 0;
    this.route = undefined;
    this.registering = undefined;
    this.inDialog = false;
    this.way = undefined;
    this.headers = "";
    this.reason = "";
    this.transaction = undefined;
    this.relayed = undefined;
    this.waiter = undefined;
    this.targets = NO_TARGETS;
  }

  /** Says `reply`. `headers` are whole lines ending in CRLF, `reason` the phrase for a person where the usual one says too little. */
  reply(status: number, headers = "", reason = ""): Word {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
    return "reply";
  }
}
