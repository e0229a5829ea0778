import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Softphone } from "../../../src/demo/index.ts";
import { H, Message, parseMessage } from "../../../src/sip/index.ts";
import { until } from "../../support/until.ts";
import type { Asterisk } from "./asterisk.ts";

/** One end of a call, as it wrote down itself what it said and heard. */
export interface End {
  readonly name: string;
  sent(method: string): readonly Message[];
  /** "SIP/2.0": responses. */
  received(method: string): readonly Message[];
}

export function endOf(party: Softphone | Asterisk): End {
  if (!("wire" in party)) {
    const { sent, received } = party;
    return { name: "Asterisk", sent: (m) => sent(m).map(parsed), received: (m) => received(m).map(parsed) };
  }
  const { wire, name } = party;
  const starts = (all: readonly Message[], method: string) => all.filter((m) => m.text.startsWith(`${method} `));
  return { name, sent: (m) => starts(wire.sent, m), received: (m) => starts(wire.received, m) };
}

/**
 * Waits until every request of this method in this call that was not asked for a password has come to the other end as it was
 * sent: dialog, number, what it acknowledges, what it says; and until its 2xx is back. Gives them, without repetitions: `least`
 * of them, since Asterisk may write down later what has long arrived.
 */
export async function passed(
  method: string,
  callId: string,
  from: End,
  to: End,
  least = 1,
): Promise<readonly Message[]> {
  const known = new Map<number, Message>();
  const missing = (): object | undefined => {
    const answers = from.received("SIP/2.0");
    for (const m of from.sent(method)) {
      if (m.need(H.callId) !== callId) continue;
      const own = answers.filter((a) => answersTo(a, m));
      if (own.some((a) => a.status === 401 || a.status === 407)) continue;
      known.set(m.need(H.cseq).number, m);
      if (!own.some((a) => a.status >= 200 && a.status < 300)) return { what: "not answered", ...facts(m) };
      if (!to.received(method).some((other) => isDeepStrictEqual(facts(other), facts(m)))) return facts(m);
    }
    return known.size < least ? { what: `only ${known.size} sent` } : undefined;
  };
  const what = `${method} from ${from.name} is at ${to.name} and answered`;
  await eventually(what, () => missing() === undefined).catch((error: Error) => {
    const there = to.received(method).map(facts);
    assert.fail(`${error.message}: ${JSON.stringify({ missing: missing(), there }, undefined, 1)}`);
  });
  return [...known.values()];
}

/** `until` with the patience that a busy machine needs. */
export function eventually(what: string, holds: () => boolean): Promise<void> {
  return until(what, holds, 30_000);
}

/** What both ends must have alike. */
function facts(m: Message): object {
  return {
    cseq: m.need(H.cseq),
    callId: m.need(H.callId),
    from: m.need(H.from).tag,
    to: m.need(H.to).tag,
    rack: m.get(H.rack),
    type: m.get(H.contentType),
    body: m.text.slice(m.bodyStart, m.bodyEnd),
  };
}

function answersTo(answer: Message, m: Message): boolean {
  const tag = m.need(H.to).tag;
  return (
    isDeepStrictEqual(answer.need(H.cseq), m.need(H.cseq)) &&
    answer.need(H.callId) === m.need(H.callId) &&
    answer.need(H.from).tag === m.need(H.from).tag &&
    (tag === "" || answer.need(H.to).tag === tag)
  );
}

function parsed(text: string): Message {
  const m = parseMessage(text);
  assert.ok(m instanceof Message, text);
  return m;
}
