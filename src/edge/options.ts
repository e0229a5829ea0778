import { type Flow, hostPort, type TransportName } from "../base/index.ts";
import type { Entropy } from "../ports/index.ts";
import type { Core } from "./core.ts";

/** Milliseconds until an operator who asks is told that there is no answer. */
const PATIENCE = 4_000;

/** What came of it. */
export interface ProbeAnswer {
  /** 0 for none. */
  readonly status: number;
  /** What went wrong; empty when there was an answer. */
  readonly fault: string;
}

/** Where it goes. */
interface Place {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
}

/** Asks any server once whether it lives; `done` is told its answer, or what kept it from coming. */
export function probe({ transport, host, port }: Place, core: Core, done: (answer: ProbeAnswer) => void): void {
  const { network, requests, entropy, config } = core;
  const flow = network.way(transport, host, port, -1);
  if (flow === undefined) {
    done({ status: 0, fault: `no ${transport} listener reaches it` });
    return;
  }
  const write = (via: string): string => optionsText(flow, via, entropy, config.domains[0]);
  requests.ask(flow, PATIENCE, write, (answer) => {
    const silence = flow.open ? "no answer" : "no connection";
    done(answer === undefined ? { status: 0, fault: silence } : { status: answer.status, fault: "" });
  });
  network.flush();
}

/** RFC 3261 11: a request of our own that asks a server whether it lives. */
export function optionsText(flow: Flow, via: string, entropy: Entropy, domain: string): string {
  const to = `sip:${hostPort(flow.host, flow.port)}${flow.transport === "udp" ? "" : `;transport=${flow.transport}`}`;
  return [
    `OPTIONS ${to} SIP/2.0`,
    `Via: ${via}`,
    "Max-Forwards: 70",
    `From: <sip:${domain}>;tag=${entropy.token()}`,
    `To: <${to}>`,
    `Call-ID: ${entropy.token()}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0\r\n\r\n",
  ].join("\r\n");
}
