import type { Flow } from "../base/index.ts";
import {
  type Branch,
  bestResponse,
  cancel,
  forwardResponse,
  hiddenResponse,
  newContext,
  onResponse,
  onServerDown,
  onTimeout,
  onTimer,
  onTransportError,
  type ProxyEffect,
  type ProxyEffects,
  type ResponseContext,
  refusedResponse,
  shownResponse,
  start,
  strippedResponse,
  viaLines,
} from "../proxy/index.ts";
import { H, type Message, reply } from "../sip/index.ts";
import {
  buildAck,
  buildCancel,
  clientKey,
  Effect,
  Event,
  type EventCode,
  inviteClient,
  inviteServer,
  nonInviteClient,
  nonInviteServer,
  RemainsKind,
  remainsKind,
  responseKey,
  State,
  step,
} from "../transaction/index.ts";
import { allowanceOf } from "./allowance.ts";
import { givenTo, onChallenge } from "./challenges.ts";
import type { Core } from "./core.ts";
import { CLAIMS, Forwarder, hidingBetween, showingTo } from "./forwarder.ts";
import { isRedirection, mayRedirect } from "./redirect.ts";
import { onRegistrarAnswer } from "./registering.ts";
import { branchOf, copySource, type Relay, type Source, type Tx } from "./relay.ts";
import { answerFromSent, packAgain, textOf, withVia, withVias } from "./relayed-text.ts";
import type { Request } from "./request.ts";
import type { Alarmed } from "./transactions.ts";

/** Executes what the transactions and the response contexts of relayed requests ask for. */
export class Relayer implements Alarmed {
  readonly #core: Core;
  readonly #forwarder: Forwarder;
  /** The request that the response at hand answers; its transaction may have ended by it, and keeps nothing then. */
  #answered = "";

  constructor(core: Core) {
    this.#core = core;
    this.#forwarder = new Forwarder(core);
  }

  /** Takes charge of a request that the stages want passed on to `r.targets`. */
  relay(r: Request): void {
    const core = this.#core;
    const invite = r.m.method === "INVITE";
    const maxBreadth = r.m.get(H.maxBreadth);
    const context = newContext<Tx>(r.m.method, r.targets, typeof maxBreadth === "number" ? maxBreadth : -1);
    const several = context.branches.length > 1;
    const relay: Relay = {
      context,
      key: r.mergeKey,
      // A REGISTER for the registrar behind us is kept as the phone wrote it, too.
      bytes: r.m.text.length * (r.targets.length + (r.registering === undefined ? 0 : 1)),
      size: r.size,
      allowance: allowanceOf(r, core),
      hash0: 0,
      hash1: 0,
      after: null,
      source: several ? copySource(r) : undefined,
      registering: r.registering,
      answers: core.config.register === "relay" ? givenTo(r.m, core) : undefined,
      callee: r.inside && r.isLocal ? r.aor : "",
      vias: this.#forwarder.hidesVias(r) ? viaLines(r.m, r.topVia) : "",
      instead: undefined,
    };
    const server: Tx = invite ? inviteServer(r.key, r.back, r.now) : nonInviteServer(r.key, r.back, r.now);
    server.owner = relay;
    context.server = server;
    core.transactions.addServer(server);
    core.counters.relayed++;
    // RFC 3261 17.2.1: at once, so that the caller stops sending the INVITE again while we look for the callee.
    if (invite) this.#respond(relay, 100, reply(r.m, 100, { via: r.topVia }), r.now);
    this.#execute(relay, start(context, r.now), undefined, r, r.now);
  }

  /** RFC 3261 16.11: an ACK to a 2xx makes no transaction and gets no answer. */
  pass(r: Request): void {
    this.#forwarder.sendStateless(r);
  }

  /** The caller has given up. */
  cancel(relay: Relay, now: number): void {
    this.#execute(relay, cancel(relay.context, now), undefined, relay.source, now);
  }

  onResponse(m: Message, flow: Flow, now: number): void {
    const core = this.#core;
    const key = responseKey(m);
    const tx = core.transactions.find(key);
    // Nobody outside speaks for a phone system: the branch is a secret, and one that became known must not be worth anything.
    if (tx !== undefined && tx.flow.listener.side !== flow.listener.side) {
      core.counters.strayResponses++;
      return;
    }
    if (tx !== undefined) {
      this.#answered = tx.last;
      this.#apply(tx, step(tx, Event.response, now, m.status), now, m);
      return;
    }
    const kind = core.transactions.remains.find(key, now);
    if (kind === RemainsKind.none) {
      // RFC 6026 7.2: a response that belongs to no transaction is dropped.
      if (!core.requests.onResponse(m)) core.counters.strayResponses++;
      return;
    }
    core.counters.retransmissions++;
    // RFC 6026 7.2, 16.7 item 5: a 2xx sent again is passed on again.
    if (kind === RemainsKind.inviteClient && m.status >= 200 && m.status < 300) {
      this.#forwarder.returnStateless(m, core.transactions.remains.text(), flow);
    }
    // RFC 3261 17.1.1.2: who says again that he refuses has not heard our ACK.
    if (kind === RemainsKind.inviteClientRefused && m.status >= 300)
      this.#forwarder.sendAgain(core.transactions.remains.text());
  }

  /** The request of this transaction came again, or its ACK. */
  onRepeated(tx: Tx, r: Request): void {
    // What comes from elsewhere earns nothing for who is answered.
    if (tx.owner !== undefined && r.flow.host === tx.flow.host) tx.owner.allowance += allowanceOf(r, this.#core);
    this.perform(tx, r.event, r.now);
  }

  /** One event for a transaction: a retransmission, an ACK, a dead connection. */
  perform(tx: Tx, event: EventCode, now: number): void {
    this.#apply(tx, step(tx, event, now), now, undefined);
  }

  /** A server is known to be down: what it has not begun to answer goes to another one. */
  serverDown(tx: Tx, now: number): void {
    const relay = tx.owner;
    const branch = relay === undefined ? undefined : branchOf(relay, tx);
    if (relay === undefined || branch === undefined) return;
    this.#execute(relay, onServerDown(relay.context, branch.index, now), undefined, relay.source, now);
  }

  transactionDue(tx: Tx, now: number): void {
    this.#apply(tx, step(tx, Event.timer, now), now, undefined);
  }

  contextDue(context: ResponseContext<Tx>, now: number): void {
    const relay = context.server?.owner;
    if (relay !== undefined) this.#execute(relay, onTimer(context, now), undefined, relay.source, now);
  }

  /** The answer of this proxy itself to a relayed request. */
  #answer(relay: Relay, status: number, source: Source | undefined, now: number): void {
    const toTag = status > 100 ? this.#core.entropy.token() : undefined;
    const text =
      source === undefined
        ? answerFromSent(relay, status, toTag, this.#answered)
        : reply(source.m, status, withVia(source, toTag));
    this.#respond(relay, status, text, now);
  }

  #respond(relay: Relay, status: number, text: string, now: number): void {
    const server = relay.context.server;
    if (server === undefined) return;
    const mask = step(server, Event.respond, now, status, text);
    if ((mask & Effect.pass) !== 0 && this.#mayAnswer(relay, text, false)) this.#core.network.send(server.flow, text);
    if ((mask & (Effect.pass | Effect.send)) !== 0) this.#core.traffic.sent(status);
    this.#apply(server, mask, now, undefined);
  }

  /** Does what a transaction asks for, in the order of `Effect`, then arms, retires or forgets it. */
  #apply(tx: Tx, mask: number, now: number, m: Message | undefined): void {
    const { network, transactions } = this.#core;
    const relay = tx.owner;
    let sent = true;
    if (
      (mask & Effect.send) !== 0 &&
      (relay?.context.server !== tx || this.#mayAnswer(relay, tx.last, tx.state === State.proceeding))
    )
      sent = network.send(tx.flow, tx.last);
    if ((mask & Effect.deliver) !== 0 && m !== undefined && relay !== undefined) this.#deliver(relay, tx, m, now);
    const ack = (mask & Effect.ack) !== 0 && m !== undefined ? buildAck(tx.last, m) : "";
    if (ack !== "") network.send(tx.flow, ack);
    if ((mask & (Effect.timeout | Effect.failed)) !== 0 && relay !== undefined) this.#gaveUp(relay, tx, mask, now);
    // RFC 4320 4.2: what ended in a 408 is not answered any more, not by a 100 either.
    if ((mask & Effect.trying) !== 0 && relay?.context.finished === false) this.#answer(relay, 100, relay.source, now);
    const kind = remainsKind(tx);
    // RFC 3261 17.1.2.2: "completed" absorbs repeated finals; a response without a transaction is dropped just the same.
    if ((mask & Effect.ended) !== 0 || kind === RemainsKind.nonInviteClient) transactions.remove(tx);
    else if (kind === RemainsKind.inviteClientRefused) transactions.retire(tx, kind, packAgain(tx.flow, ack), now);
    else if (kind !== RemainsKind.none) transactions.retire(tx, kind, textOf(tx, kind), now);
    else transactions.arm(tx);
    if (!sent) this.perform(tx, Event.transportError, now);
  }

  /** Is that not too much for who may not live where it goes? What is not sent counts as lost on the way. */
  #mayAnswer(relay: Relay, text: string, isProvisional: boolean): boolean {
    if (relay.allowance === Number.POSITIVE_INFINITY) return true;
    const left = relay.allowance - text.length;
    if (left < (isProvisional ? relay.size : 0)) {
      this.#core.counters.unanswered++;
      return false;
    }
    relay.allowance = left;
    return true;
  }

  #deliver(relay: Relay, tx: Tx, m: Message, now: number): void {
    const branch = branchOf(relay, tx);
    if (branch === undefined) return;
    if (m.status === 503) this.#serverFailed(branch, "503");
    const passed = this.#guardResponse(relay, branch, m);
    this.#execute(relay, onResponse(relay.context, branch.index, passed, now), passed, relay.source, now);
  }

  /** A response as it may cross from the side of `branch` to that of the request. */
  #guardResponse(relay: Relay, branch: Branch<Tx>, m: Message): Message {
    const { backends, config } = this.#core;
    const upstream = relay.context.server;
    if (branch.client === undefined || upstream === undefined) return m;
    const { flow } = branch.client;
    const asks = m.status === 401 || m.status === 407;
    if (backends.isAt(flow)) {
      let answer =
        asks && config.register === "relay" ? onChallenge(m, relay.answers, flow, upstream.flow, this.#core) : m;
      if (relay.registering !== undefined)
        answer = onRegistrarAnswer(relay.registering, answer, relay.answers, this.#core);
      const hides = config.hidesTopology && !backends.isAt(upstream.flow);
      return hides ? hiddenResponse(answer, hidingBetween(flow, upstream.flow, this.#core)) : answer;
    }
    // RFC 3325 5: who is called says as little of himself as who calls.
    const said = strippedResponse(m, CLAIMS);
    // Whoever is called may ask for a password only to learn what the caller's phone answers (attack on the digest).
    if (asks) return refusedResponse(said, 403, "Forbidden");
    // A phone system that follows a redirection itself is not judged again.
    if (isRedirection(m) && !mayRedirect(m, relay.callee, this.#core))
      return refusedResponse(said, 480, "Redirection Refused");
    return relay.vias !== "" && m.has(H.recordRoute) ? shownResponse(said, showingTo(upstream.flow, this.#core)) : said;
  }

  /** A client transaction got no answer or could not send; a server transaction has nobody left to tell. */
  #gaveUp(relay: Relay, tx: Tx, mask: number, now: number): void {
    const branch = branchOf(relay, tx);
    if (branch === undefined) return;
    // Only when it was never heard of there: else the next hop rings already, or the caller has given up.
    const unheard = (mask & Effect.failed) !== 0 && branch.status === 0 && !relay.context.cancelled;
    if (relay.instead?.delete(branch) === true && unheard && relay.source !== undefined) {
      this.#forwarder.streamRefused(tx.flow, now);
      this.#startBranch(relay, branch, relay.source, now);
      return;
    }
    const timeout = (mask & Effect.timeout) !== 0;
    this.#serverFailed(branch, timeout ? "no answer" : "no connection");
    const effects = timeout
      ? onTimeout(relay.context, branch.index, now)
      : onTransportError(relay.context, branch.index, now);
    this.#execute(relay, effects, undefined, relay.source, now);
  }

  /** Does what a response context asks for. `m` is the response at hand, `source` what new branches are made from. */
  #execute(relay: Relay, effects: ProxyEffects, m: Message | undefined, source: Source | undefined, now: number): void {
    for (let i = 0; i < effects.length; i++) this.#executeOne(relay, effects[i], m, source, now);
    if (!relay.context.finished) this.#core.transactions.armContext(relay.context);
  }

  #executeOne(
    relay: Relay,
    effect: ProxyEffect,
    m: Message | undefined,
    source: Source | undefined,
    now: number,
  ): void {
    const { context } = relay;
    switch (effect.kind) {
      case "startBranch":
        if (source !== undefined) this.#startBranch(relay, context.branches[effect.branch], source, now);
        break;
      case "forward":
        if (m !== undefined) this.#respond(relay, m.status, withVias(relay, forwardResponse(m)), now);
        break;
      case "forwardBest":
        this.#respond(relay, context.answered, withVias(relay, bestResponse(context)), now);
        break;
      case "reply":
        this.#answer(relay, effect.status, source, now);
        break;
      case "cancelBranch":
        this.#cancelBranch(context.branches[effect.branch], now);
        break;
      case "dropBranch":
        this.#dropBranch(context.branches[effect.branch]);
        break;
      case "abandon":
        // RFC 4320 4.2: no answer. The server transaction stays to the end of its time, or a retransmission would go out anew.
        break;
      case "done":
        relay.source = undefined;
        this.#core.transactions.disarmContext(context);
        break;
    }
  }

  #startBranch(relay: Relay, branch: Branch<Tx>, source: Source, now: number): void {
    const { network, transactions } = this.#core;
    const out = this.#forwarder.request(source, branch.target, branch.breadth);
    if (out === undefined) {
      this.#execute(relay, onTransportError(relay.context, branch.index, now), undefined, source, now);
      return;
    }
    const { method } = source.m;
    const key = clientKey(out.branch, method);
    const tx: Tx =
      method === "INVITE" ? inviteClient(key, out.flow, out.text, now) : nonInviteClient(key, out.flow, out.text, now);
    tx.owner = relay;
    if (out.instead) {
      relay.source ??= copySource(source);
      relay.instead ??= new Set();
      relay.instead.add(branch);
    }
    branch.branch = out.branch;
    branch.client = tx;
    transactions.addClient(tx);
    transactions.arm(tx);
    if (!network.send(out.flow, out.text)) this.perform(tx, Event.transportError, now);
  }

  /** RFC 3261 9.1: a CANCEL has a transaction of its own, whose answer interests nobody. */
  #cancelBranch(branch: Branch<Tx>, now: number): void {
    const { client } = branch;
    if (client === undefined) return;
    const { network, transactions } = this.#core;
    const text = buildCancel(client.last);
    const tx: Tx = nonInviteClient(clientKey(branch.branch, "CANCEL"), client.flow, text, now);
    transactions.addClient(tx);
    transactions.arm(tx);
    network.send(client.flow, text);
    this.#apply(client, step(client, Event.cancel, now), now, undefined);
  }

  #dropBranch(branch: Branch<Tx>): void {
    const { client } = branch;
    if (client === undefined) return;
    if (client.state === State.calling || client.state === State.trying) this.#serverFailed(branch, "no answer");
    this.#core.transactions.remove(client);
  }

  /** A call attempt tells as much of a server behind us as a probe. */
  #serverFailed(branch: Branch<Tx>, what: string): void {
    const { server } = branch.target;
    if (server !== "") this.#core.backends.callFailed(server, what);
  }
}
