/** Phones on every transport call each other with no setting; in-dialog requests keep to the right one both ways. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure, type TransportName } from "../src/base/index.ts";
import { H } from "../src/sip/index.ts";
import { listener, startEdge } from "./support/edge.ts";

const ALL: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];
const LISTEN = ALL.map((transport) => listener(transport, "127.0.0.1:0")).join("");

for (const [from, to] of [
  ["udp", "tls"],
  ["tls", "udp"],
  ["tls", "tls"],
  ["tls", "tcp"],
  ["udp", "wss"],
  ["wss", "udp"],
  ["ws", "tls"],
  ["tcp", "ws"],
] as const) {
  test(`a phone on ${from} calls one on ${to}: requests in the call go both ways, either end hangs up`, async (t) => {
    const edge = await startEdge(t, { users: ["anna", "bert"], listen: LISTEN });
    const anna = await edge.phone("anna", { edge: edge.at(from), transport: from });
    const bert = await edge.phone("bert", { edge: edge.at(to), transport: to });
    for (const phone of [anna, bert]) assert.equal((await phone.register()).status, 200);

    for (const end of ["caller", "callee"]) {
      const call = anna.call(bert.aor);
      const answer = await call.final;
      assert.equal(answer.status, 200);
      // One Record-Route for each side where the sides differ, each naming the transport of its side.
      const shown = [answer.all(H.recordRoute)].flat().map((r) => (isFailure(r) ? "" : paramOf(r.uri.params)));
      assert.deepEqual(shown, from === to ? [PARAM[from]] : [PARAM[to], PARAM[from]]);
      const incoming = bert.calls[bert.calls.length - 1];
      await incoming.confirmed;
      assert.equal((await call.request("INFO")).status, 200);
      assert.equal((await incoming.request("INFO")).status, 200);
      assert.equal((await (end === "caller" ? call : incoming).request("BYE")).status, 200);
      assert.equal(end === "caller" ? incoming.state === "ended" : call.over, true);
    }
    // RFC 3261 18.1.1: each Via names the transport it went over.
    const via = bert.calls[0].invite.need(H.via);
    assert.equal(via.transport, to.toUpperCase());
  });
}

/** RFC 7118 5.2: ws with TLS or without. */
const PARAM = { udp: "", tcp: "tcp", tls: "tls", ws: "ws", wss: "ws" } as const;

function paramOf(params: string): string {
  return /;transport=(\w+)/.exec(params)?.[1] ?? "";
}
