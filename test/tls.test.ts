/** Phones on every transport call each other with no setting; in-dialog requests keep to the right one both ways. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isFailure, type TransportName } from "../src/base/index.ts";
import { H } from "../src/sip/index.ts";
import { newAuthority } from "./support/authority.ts";
import { DOMAIN, listener, PASSWORD, scratch, startEdge } from "./support/edge.ts";
import { sharedEdge } from "./support/shared-edge.ts";
import { until } from "./support/until.ts";

const ALL: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];
const LISTEN = ALL.map((transport) => listener(transport, "127.0.0.1:0")).join("");

const WAYS = [
  ["udp", "tls"],
  ["tls", "udp"],
  ["tls", "tls"],
  ["tls", "tcp"],
  ["udp", "wss"],
  ["wss", "udp"],
  ["ws", "tls"],
  ["tcp", "ws"],
] as const;
const theEdge = sharedEdge({
  users: WAYS.flatMap(([from, to]) => [`anna-${from}-${to}`, `bert-${from}-${to}`]),
  listen: LISTEN,
});

for (const [from, to] of WAYS) {
  test(`a phone on ${from} calls one on ${to}: requests in the call go both ways, either end hangs up`, async () => {
    const edge = await theEdge();
    const anna = await edge.phone(`anna-${from}-${to}`, { edge: edge.at(from), transport: from });
    const bert = await edge.phone(`bert-${from}-${to}`, { edge: edge.at(to), transport: to });
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

/** Another Rempart in the place of the PBX, with a user who is a number to the first. */
async function withSecureBackend(t: TestContext, scheme: "sip" | "sips", peer = "") {
  const inner = await startEdge(t, { domain: "inner.example", listen: listener("tls", "127.0.0.1:0") });
  await inner.command("account.add", {
    user: "0612345678",
    domain: "inner.example",
    password: PASSWORD,
    allowWeak: true,
  });
  const more = { domain: "inner.example", edge: inner.at("tls"), transport: "tls" } as const;
  const carl = await inner.phone("0612345678", more);
  assert.equal((await carl.register()).status, 200);
  const uri = `${scheme}:127.0.0.1:${inner.at("tls").port}${scheme === "sips" ? "" : ";transport=tls"}`;
  const backend = `[[backend]]\nname = "inner"\nuri = "${uri}"\n[front]\nregister = "edge"\n${peer}`;
  const edge = await startEdge(t, { users: ["anna"], listen: LISTEN + backend });
  return { edge, carl, anna: await edge.phone("anna") };
}

for (const scheme of ["sip", "sips"] as const) {
  test(`a backend is reached by TLS, and probed by it: ${scheme} URI`, { timeout: 30_000 }, async (t) => {
    const { edge, carl, anna } = await withSecureBackend(t, scheme);
    assert.equal((await anna.register()).status, 200);
    const call = anna.call(`sip:0612345678@${DOMAIN}`);
    assert.equal((await call.final).status, 200);
    await carl.calls[0].confirmed;
    assert.equal((await carl.calls[0].request("BYE")).status, 200);
    const seen = async (): Promise<string> => {
      const [b] = (await edge.command("backends.list")) as { at: string; up: boolean; last: string }[];
      return `${b.at.split(":")[0]} ${b.up} ${b.last}`;
    };
    await until("a probe was answered", async () => (await seen()) === "tls true 200");
  });
}

test("a backend whose certificate another CA has signed gets no call", { timeout: 30_000 }, async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "ca.pem"), (await newAuthority("somebody else")).cert);
  const rule = `[[tls.peer]]\nname = "inner"\naddress = ["127.0.0.1"]\ncertificate = "none"\nca = "${folder}/ca.pem"\n`;
  const { edge, carl, anna } = await withSecureBackend(t, "sip", rule);
  assert.equal((await anna.register()).status, 200);
  assert.equal((await anna.call(`sip:0612345678@${DOMAIN}`).final).status, 500, "RFC 3261 16.7 item 6: not our 503");
  assert.equal(carl.calls.length, 0);
  await until("the backend is down", async () => {
    const [b] = (await edge.command("backends.list")) as { up: boolean }[];
    return !b.up;
  });
});

/** RFC 7118 5.2: ws with TLS or without. */
const PARAM = { udp: "", tcp: "tcp", tls: "tls", ws: "ws", wss: "ws" } as const;

function paramOf(params: string): string {
  return /;transport=(\w+)/.exec(params)?.[1] ?? "";
}
