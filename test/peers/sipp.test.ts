import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openRelay, type RelayFate } from "../support/relay.ts";
import { MD5, type PeerEdge, startPeerEdge } from "./support/daemon.ts";
import { freePort, needs } from "./support/programs.ts";
import { assertAllWell, registerBySipp, type SippOptions, sipp } from "./support/sipp.ts";

const debian = needs("sipp", "sip-tester");

type Party = Omit<SippOptions, "port" | "calls">;

/**
 * The callee registers with digest, then `calls` calls go through the edge; both must be content with all of them.
 * `fate` is that of each phone's line.
 */
async function callThrough(
  t: TestContext,
  caller: Party,
  callee: Party,
  calls: number,
  fate?: RelayFate,
): Promise<PeerEdge> {
  const edge = await startPeerEdge(t, ["alice-phone", "bob-phone"], MD5);
  const line = async (to: string): Promise<string> => {
    if (fate === undefined) return to;
    const [host = "", port] = to.split(":");
    const { address } = await openRelay(t, { host, port: Number(port) }, fate);
    return `${address.host}:${address.port}`;
  };
  const port = await freePort();
  await registerBySipp(t, edge.folder, await line(edge.udp), "bob-phone", port);
  const to = caller.transport === "tcp" ? edge.tcp : await line(edge.udp);
  const who = { service: "bob-phone", account: "alice-phone", to, port: await freePort() };
  const [answered, called] = await Promise.all([
    sipp(t, edge.folder, { ...callee, port, calls }),
    sipp(t, edge.folder, { ...who, ...caller, calls }),
  ]);
  assertAllWell("caller", called, calls);
  assertAllWell("callee", answered, calls);
  return edge;
}

test("SIPp's own uac and uas: 200 calls over UDP", debian, async (t) => {
  await callThrough(t, { scenario: "uac" }, { scenario: "uas" }, 200);
});

test("SIPp's own uac over TCP to its uas over UDP", debian, async (t) => {
  await callThrough(t, { scenario: "uac", transport: "tcp" }, { scenario: "uas" }, 100);
});

test("200 strangers' calls along the Record-Routes; no ACK is lost, nothing is left behind", debian, async (t) => {
  const edge = await callThrough(t, { scenario: "stranger", rate: 100 }, { scenario: "callee" }, 200);
  const status = (await edge.daemon.command("status")) as { counters: Record<string, number> };
  assert.equal(status.counters.strayAcks, 0);
});

test("200 calls of an own user with digest", debian, async (t) => {
  await callThrough(t, { scenario: "user", rate: 100 }, { scenario: "callee" }, 200);
});

test("an own user over TCP with digest to a phone on UDP", debian, async (t) => {
  await callThrough(t, { scenario: "user", transport: "tcp" }, { scenario: "callee" }, 100);
});

test("both phones lose 3 % of the datagrams each way: every call is made and ended", debian, async (t) => {
  let lost = 0;
  const fate: RelayFate = () => {
    if (Math.random() >= 0.03) return 1;
    lost++;
    return 0;
  };
  await callThrough(t, { scenario: "user", badLine: true }, { scenario: "callee", badLine: true }, 100, fate);
  assert.ok(lost > 0, "datagrams were lost");
});
