import { type Failure, type Flow, isFailure, isSecure } from "../base/index.ts";
import { check, H, Message, paramOf, parseMessage, reply, viaWithSource } from "../sip/index.ts";
import { Event, responseKey } from "../transaction/index.ts";
import { type CloseReason, type DoorCounts, TOO_SLOW } from "../transport/index.ts";
import { abandon } from "./abandon.ts";
import { amplified, mayHave, replyWithin } from "./allowance.ts";
import { BrushOff } from "./brush-off.ts";
import type { Core } from "./core.ts";
import { Mirror, type MirrorStatus } from "./mirror.ts";
import { PIPELINE } from "./pipeline.ts";
import type { Tx } from "./relay.ts";
import { Relayer } from "./relayer.ts";
import { Request, type Word } from "./request.ts";
import { statelessTag } from "./tag.ts";
import type { Alarmed } from "./transactions.ts";
import type { Waiter } from "./waiting.ts";

/** Addresses-of-record looked at per tick for bindings that have expired: 100,000 in 10 s. */
const SWEEP = 100;

/**
 * The only place where what the stages say is done. One packet at a time, no promise on the way; an exception is our own
 * fault, costs this packet alone and is counted.
 */
export class Host {
  readonly #core: Core;
  readonly #request = new Request();
  readonly #relayer: Relayer;
  readonly #brushOff: BrushOff;
  /** Told of each fault of our own, with the error; the caller decides how often to log. */
  readonly #onBug: (error: unknown) => void;

  readonly #alarmed: Alarmed = {
    transactionDue: (tx, now) => this.#guard(tx, () => this.#relayer.transactionDue(tx, now)),
    contextDue: (context, now) => this.#guard(context.server, () => this.#relayer.contextDue(context, now)),
  };

  /** Undefined unless phone systems are told who is registered. */
  readonly #mirror: Mirror | undefined;

  constructor(core: Core, onBug: (error: unknown) => void) {
    this.#core = core;
    this.#onBug = onBug;
    this.#relayer = new Relayer(core);
    this.#brushOff = new BrushOff(core);
    // RFC 5626 5.4: the connection of a binding is the only way to it, so it is not closed for being idle.
    core.location.onReach = (flow, reached) => core.network.hold(flow, reached);
    if (core.config.register !== "mirror") return;
    const mirror = new Mirror(core);
    core.changes.onAdd = (aor) => mirror.changed(aor);
    this.#mirror = mirror;
  }

  /** One datagram, or one framed message of a stream. */
  receive(flow: Flow, text: string): void {
    const { counters, gate, clock, busiest } = this.#core;
    counters.packets++;
    // Before anything is read: this is what an attacker costs us.
    const admitted = gate.admits(flow, clock.now());
    if (busiest.watching && flow.listener.side === "public") busiest.count(gate.sourceOf(flow), admitted);
    if (!admitted) {
      if (gate.answer !== "silence")
        this.#guard(undefined, () => this.#brushOff.take(flow, text, gate.answer, clock.now()));
      return;
    }
    // So that a fault before the stages is not laid to the request before.
    this.#request.key = "";
    let m: Message | Failure | undefined;
    try {
      m = parseMessage(text);
      // No reply to what is not SIP: we would only reflect it to whoever the source claims to be.
      if (isFailure(m)) {
        counters.unreadable++;
        if (flow.listener.side === "public") this.#core.facts.add("malformed", flow, undefined, "", m.code);
      } else if (m.isRequest) this.#onRequest(flow, m);
      else this.#onResponse(flow, m);
    } catch (error) {
      this.#tellBug(error);
      const about = m;
      if (about instanceof Message) this.#guard(undefined, () => this.#abandonCallOf(about));
    }
  }

  /** Time has passed: fires what is due. Called every 10 ms. */
  tick(now: number): void {
    const { transactions, location, changes, clock, backends } = this.#core;
    this.#guard(undefined, () => this.#tickOwn(now));
    this.#guard(undefined, () => this.#resume(now));
    this.#guard(undefined, () => this.#brushOff.tick(now));
    transactions.advance(now, this.#alarmed);
    // Not where it is noticed: that may be in the middle of a step of one of these transactions.
    for (const name of backends.takeFallen()) {
      for (const tx of transactions.towardsServer(name)) this.#guard(tx, () => this.#relayer.serverDown(tx, now));
    }
    for (const change of location.sweep(clock.wall(), SWEEP)) changes.add(change);
  }

  /** What we ask by ourselves: probes, and who is registered here. */
  #tickOwn(now: number): void {
    this.#core.busiest.tick(now);
    this.#core.requests.tick(now);
    this.#core.backends.tick(now);
    this.#mirror?.tick(now);
  }

  /** Names that are known by now: what waited for them is judged from the beginning, as if it had just come. */
  #resume(now: number): void {
    const { names, waiting } = this.#core;
    names.tick(now);
    waiting.tick(now);
    for (const name of names.takeDone()) {
      for (const { flow, text } of waiting.take(name)) if (flow.open) this.receive(flow, text);
    }
  }

  /** RFC 3261 9.2: the INVITE is answered 487, by the stage that finds it cancelled. */
  #cancelWaiter(waiter: Waiter, now: number): void {
    const { text } = waiter;
    this.#core.waiting.cancel(waiter, now);
    if (text !== "") this.receive(waiter.flow, text);
  }

  /** A connection is gone: what waited on it fails now, and its bindings lead nowhere any more. */
  flowClosed(flow: Flow, reason: CloseReason = "peer"): void {
    const core = this.#core;
    if (reason === "halfMessage" && flow.listener.side === "public")
      core.facts.add("slow", flow, undefined, "", "half a message");
    for (const change of core.location.closed(flow)) core.changes.add(change);
    for (const tx of core.transactions.onConnection(flow.id)) {
      this.#guard(tx, () => this.#relayer.perform(tx, Event.transportError, core.clock.now()));
    }
  }

  /** How far phone systems know who is registered here. */
  mirrored(): MirrorStatus | undefined {
    return this.#mirror?.status();
  }

  /** A fault met with the call of `tx` must not reach the next one, nor the thread. Not for packets: `receive` has its own. */
  #guard(tx: Tx | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#tellBug(error);
      if (tx !== undefined) this.#guard(undefined, () => abandon(tx, this.#core));
    }
  }

  #tellBug(error: unknown): void {
    this.#core.counters.bugs++;
    this.#onBug(error);
  }

  /** The call that a packet was about when we failed, if it had got so far. */
  #abandonCallOf(m: Message): void {
    const { transactions } = this.#core;
    const { key, relayed } = this.#request;
    if (m.isRequest && key === "") return;
    const tx = m.isRequest ? (relayed?.context.server ?? transactions.find(key)) : transactions.find(responseKey(m));
    if (tx !== undefined) abandon(tx, this.#core);
  }

  /** A stream that cannot be cut into messages; the transport closes it. */
  streamFault(flow: Flow, { code }: Failure): void {
    this.#core.counters.malformed++;
    if (flow.listener.side === "public") this.#core.facts.add("malformed", flow, undefined, "", code);
  }

  /**
   * Somebody did not get in. Only what he has done himself is held against him: whom a crowd of others has pushed out, or an office whose phones
   * all come at once, has done nothing.
   */
  atDoor(what: keyof DoorCounts, from: string, detail: string): void {
    if (what === "halfHandshake" && detail === TOO_SLOW) this.#core.facts.addDoor("slow", from, what);
    else if (what === "plainOnTls" || what === "notWebSocket") this.#core.facts.addDoor("malformed", from, what);
  }

  #onRequest(flow: Flow, m: Message): void {
    const core = this.#core;
    core.counters.requests++;
    core.traffic.request(m.method);
    if (core.busiest.watching) core.busiest.read(m);
    const r = this.#request;
    r.start(flow, m, core.clock.now());
    const fault = check(m);
    if (fault !== undefined) {
      core.counters.malformed++;
      if (flow.listener.side === "public") core.facts.add("malformed", flow, m, "", fault.code);
      this.#refuseMalformed(r, fault.reply);
      return;
    }
    r.topVia = viaWithSource(m, flow.host, flow.port);
    r.back = this.#wayBack(r);
    if (flow.reliable) this.#alias(flow, m);
    this.#perform(r, runStages(r, core));
  }

  /**
   * 400 and its kin go back to where the packet came from, never for an ACK, and not without any Via: nobody could match
   * the answer (RFC 3261 18.1.2). A Via that cannot be read is given back as it came.
   */
  #refuseMalformed(r: Request, status: number): void {
    const via = r.m.get(H.via);
    if (status === 0 || r.m.method === "ACK" || via === undefined) return;
    if (!isFailure(via)) {
      r.topVia = viaWithSource(r.m, r.flow.host, r.flow.port);
      r.back = this.#wayBack(r);
    }
    this.#reply(r, status, "");
  }

  #perform(r: Request, word: Word): void {
    switch (word) {
      case "reply":
        this.#reply(r, r.status, r.headers);
        break;
      case "event":
        if (r.transaction !== undefined) this.#relayer.onRepeated(r.transaction, r);
        break;
      case "resend":
        if (mayHave(r, r.text, this.#core)) this.#core.network.send(r.back, r.text);
        else this.#core.counters.unanswered++;
        break;
      case "cancel":
        this.#reply(r, 200, "");
        if (r.relayed !== undefined) this.#relayer.cancel(r.relayed, r.now);
        if (r.waiter !== undefined) this.#cancelWaiter(r.waiter, r.now);
        break;
      case "wait":
        this.#core.waiting.add(r.waitsFor, r.key, r.flow, r.m.text, r.claimed);
        break;
      case "relay":
        this.#relayer.relay(r);
        break;
      case "pass":
        this.#relayer.pass(r);
        break;
      case "drop":
        break;
      case "next":
        // The last stage always says something; RFC 3261 16.5 calls an empty target set 480.
        this.#reply(r, 480, "");
        break;
    }
  }

  /** An answer of our own, kept nowhere: a retransmitted request gets the same again (docs/decisions/001). */
  #reply(r: Request, status: number, headers: string): void {
    if (status >= 300) this.#core.counters.refused++;
    const { network, traffic } = this.#core;
    traffic.sent(status);
    const toTag = statelessTag(r.m, this.#core.tagSeeds);
    const about = { headers, toTag, via: r.topVia };
    const text = reply(r.m, status, r.reason === "" ? about : { ...about, reason: r.reason });
    if (mayHave(r, text, this.#core)) network.send(r.back, text);
    else this.#replyLess(r, status, headers, toTag);
  }

  /** An answer to who may not live at that address: without what it can do without, or none. */
  #replyLess(r: Request, status: number, headers: string, toTag: string): void {
    const { counters, network } = this.#core;
    const text = replyWithin(r.m, status, headers, { toTag, via: r.topVia }, amplified(r.size));
    if (text === "") counters.unanswered++;
    else network.send(r.back, text);
  }

  /**
   * RFC 3261 18.2.2 and RFC 3581 4. Without rport the answer goes to the port in Via, but only when Via names the address
   * the packet came from: else a NAT is between us, and only the source is reachable.
   */
  #wayBack(r: Request): Flow {
    const { flow } = r;
    const via = r.m.need(H.via);
    const port = via.port === 0 ? 5060 : via.port;
    if (flow.reliable || via.rport >= 0 || port === flow.port || via.host !== flow.host) return flow;
    return this.#core.network.way("udp", flow.host, port, flow.listener.index) ?? flow;
  }

  /** RFC 5923 5: whoever says `alias` wants requests to its address on this connection too. */
  #alias(flow: Flow, m: Message): void {
    const via = m.need(H.via);
    const params = m.text.indexOf(";", via.start);
    if (params < 0 || params >= via.end || paramOf(m.text, "alias", params, via.end) === undefined) return;
    // RFC 3261 18.2.2: the port of a Via without one follows from the transport.
    const usual = isSecure(flow.transport) ? 5061 : 5060;
    this.#core.network.alias(flow, flow.host, via.port === 0 ? usual : via.port);
  }

  #onResponse(flow: Flow, m: Message): void {
    const { counters, traffic } = this.#core;
    counters.responses++;
    traffic.received(m.status);
    if (check(m) !== undefined) {
      counters.malformed++;
      return;
    }
    this.#relayer.onResponse(m, flow, this.#core.clock.now());
  }
}

function runStages(r: Request, core: Core): Word {
  for (let i = 0; i < PIPELINE.length; i++) {
    const word = PIPELINE[i](r, core);
    if (word !== "next") return word;
  }
  return "next";
}
