import { hostPort, isFailure, type TransportName } from "../base/index.ts";
import type { Message } from "../sip/index.ts";
import { parseMessage } from "../sip/index.ts";
import { type Address, type Fate, type Link, openLink } from "./link.ts";
import type { Trace } from "./trace.ts";

/** A link that speaks messages: it parses, records, and loses or doubles what it is told to. */
export interface Wire {
  readonly transport: TransportName;
  readonly local: Address;
  readonly edge: Address;
  /** "host:port" of our end, IPv6 in brackets. */
  readonly sentBy: string;
  /** RFC 3261 17.1.1.1, in ms; phones on a local network may use less than 500. */
  readonly t1: number;
  /** All that has arrived, in order. */
  readonly received: readonly Message[];
  /** All that was sent, in order, lost messages too. */
  readonly sent: readonly Message[];
  send(text: string): void;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly name: string;
  readonly transport: TransportName;
  readonly local: string;
  readonly edge: Address;
  readonly t1: number;
  readonly trace: Trace | undefined;
  readonly fate: Fate;
  readonly onMessage: (m: Message) => void;
}

/** Opens the wire of one phone. */
export async function openWire(o: WireOptions): Promise<Wire> {
  const received: Message[] = [];
  const sent: Message[] = [];
  const link: Link = await openLink({ transport: o.transport, local: o.local, edge: o.edge, onText });
  function onText(text: string): void {
    const m = parseMessage(text);
    if (isFailure(m)) return;
    const times = o.fate(text, "in");
    o.trace?.add(o.name, "in", m, times === 0);
    for (let i = 0; i < times; i++) {
      received.push(m);
      o.onMessage(m);
    }
  }
  function send(text: string): void {
    const m = parseMessage(text);
    if (isFailure(m)) throw new Error(`a phone wrote what is no message: ${text}`);
    const times = o.fate(text, "out");
    o.trace?.add(o.name, "out", m, times === 0);
    sent.push(m);
    for (let i = 0; i < times; i++) link.send(text);
  }
  const sentBy = hostPort(link.local.host, link.local.port);
  const { transport, local, close } = link;
  return { transport, local, edge: o.edge, sentBy, t1: o.t1, received, sent, send, close };
}
