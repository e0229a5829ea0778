import { type Flow, isFailure } from "../base/index.ts";
import { forwardResponse, packWay, showVias } from "../proxy/index.ts";
import { parseMessage, type ReplyOptions, reply } from "../sip/index.ts";
import { RemainsKind } from "../transaction/index.ts";
import { wayOf } from "./hop.ts";
import type { Relay, Source, Tx } from "./relay.ts";

/** What is kept of a transaction that only waits for repetitions: the answer to give again, or where a 2xx belongs. */
export function textOf(tx: Tx, kind: RemainsKind): string {
  if (kind !== RemainsKind.inviteClient) return tx.last;
  const relay = tx.owner;
  const upstream = relay?.context.server;
  // Whom we do not know gets no more than he may have (`allowance`), however often the callee says it.
  if (relay === undefined || upstream === undefined || relay.allowance !== Number.POSITIVE_INFINITY) return "";
  const way = packWay(wayOf(upstream.flow));
  return relay.vias === "" ? way : `${way}\n${relay.vias}`;
}

/** An ACK, and where to send it when it is wanted again. */
export function packAgain(flow: Flow, ack: string): string {
  return ack === "" ? "" : `${packWay(wayOf(flow))}\n${ack}`;
}

/** A forwarded response for the inside, whose own Vias did not travel along. */
export function withVias(relay: Relay, text: string): string {
  return relay.vias === "" || text === "" ? text : showVias(text, relay.vias);
}

export function withVia(source: Source, toTag: string | undefined): ReplyOptions {
  return toTag === undefined ? { via: source.topVia } : { via: source.topVia, toTag };
}

/**
 * A response when the request itself is no longer at hand: made from what was sent. An INVITE has been answered 100 at least,
 * and one response serves as the pattern of another; any other request lives in a client transaction, below our own Via, until a final
 * response has come: that is the one at hand then, and `answered` the request. Not from the response: it may have lost the Vias below ours.
 */
export function answerFromSent(relay: Relay, status: number, toTag: string | undefined, answered: string): string {
  const said = relay.context.server?.last ?? "";
  const sent = relay.context.branches[0].client?.last ?? "";
  const pattern = parseMessage(said !== "" ? said : sent !== "" ? sent : answered);
  if (isFailure(pattern)) throw new Error("nothing is left to answer from");
  const text = reply(pattern, status, toTag === undefined ? {} : { toTag });
  if (said !== "") return text;
  const below = parseMessage(text);
  if (isFailure(below)) throw new Error("our own response cannot be read");
  return withVias(relay, forwardResponse(below));
}
