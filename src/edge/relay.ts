import type { Flow, Hashed } from "../base/index.ts";
import type { Caller } from "../policy/index.ts";
import type { Branch, ResponseContext, Way } from "../proxy/index.ts";
import type { Message } from "../sip/index.ts";
import type { Transaction } from "../transaction/index.ts";
import type { Given } from "./challenges.ts";
import type { Registering } from "./registering.ts";

/** A transaction of ours; its owner is the relayed request that it is one end of. */
export interface Tx extends Transaction<Relay> {}

/** What a new branch of a request is made from. The request under way is one; forking keeps a copy. */
export interface Source {
  readonly m: Message;
  readonly flow: Flow;
  readonly topVia: string;
  readonly popRoutes: number;
  readonly inDialog: boolean;
  /** It goes to more than one target. */
  readonly forking: boolean;
  /** The other side of its dialog. */
  readonly way: Way | undefined;
  /** It comes from a phone system behind us. */
  readonly inside: boolean;
  readonly caller: Caller;
  /** AOR that the caller has proved to be; empty when nobody proved anything. */
  readonly claimed: string;
}

/** One relayed request: its response context (which holds the server transaction and one client transaction per branch). */
export interface Relay extends Hashed {
  readonly context: ResponseContext<Tx>;
  /** Key in the table of INVITEs under way; empty for none. */
  readonly key: string;
  /** Of the request, once for each target. */
  readonly bytes: number;
  /** Of the request as it came; as much of the allowance is kept for the final answer. */
  readonly size: number;
  /** Bytes that may still go back; Infinity for whom we know. */
  allowance: number;
  /** Kept only while branches may still be started. */
  source: Source | undefined;
  /** A REGISTER for the registrar behind us. */
  readonly registering: Registering | undefined;
  /** The challenge of a phone system that it answers, as far as that is known. */
  readonly answers: Given | undefined;
  /** The user of ours that a phone system calls, whose phone may redirect it; empty for any other request. */
  readonly callee: string;
  /** Via lines of the inside that its responses get back; empty when they travel along. */
  readonly vias: string;
  /** Branches that went by a connection for their size alone (RFC 3261 18.1.1). */
  instead: Set<Branch<Tx>> | undefined;
}

/** The branch that this client transaction serves. */
export function branchOf(relay: Relay, tx: Tx): Branch<Tx> | undefined {
  for (const branch of relay.context.branches) if (branch.client === tx) return branch;
  return undefined;
}

/** What is kept of a request under way for branches that start later. */
export function copySource(s: Source): Source {
  const { m, flow, topVia, popRoutes, inDialog, forking, way, inside, caller, claimed } = s;
  return { m, flow, topVia, popRoutes, inDialog, forking, way, inside, caller, claimed };
}
