import { test } from "node:test";
import { DOMAIN } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { startBaresip } from "./support/baresip.ts";
import { MD5, startPeerEdge } from "./support/daemon.ts";
import { needs } from "./support/programs.ts";

const debian = needs("baresip", "baresip-core");

for (const [from, to] of [
  ["udp", "udp"],
  ["tcp", "tcp"],
  ["udp", "tcp"],
  ["tcp", "udp"],
  ["tls", "udp"],
  ["udp", "tls"],
] as const) {
  test(`two baresip phones, ${from} to ${to}: register, call, talk both ways, hang up`, debian, async (t) => {
    const edge = await startPeerEdge(t, ["alice-phone", "bob-phone"], MD5);
    const alice = await startBaresip(t, edge, "alice-phone", from);
    const bob = await startBaresip(t, edge, "bob-phone", to);

    await alice.command("dial", `sip:bob-phone@${DOMAIN}`);
    await bob.event("CALL_INCOMING");
    await alice.event("CALL_RINGING");
    await bob.command("accept");
    await alice.event("CALL_ESTABLISHED");
    await bob.event("CALL_ESTABLISHED");

    for (const phone of [alice, bob]) {
      await until(`${phone.user} sends and hears`, async () => {
        const { sent, received } = await phone.packets();
        return sent > 25 && received > 25;
      });
    }

    // The callee hangs up: its BYE goes back along the Record-Route.
    await bob.command("hangup");
    await alice.event("CALL_CLOSED");
  });
}

test("a baresip phone that declines, and one that is not there", debian, async (t) => {
  const edge = await startPeerEdge(t, ["alice-phone", "bob-phone"], MD5);
  const alice = await startBaresip(t, edge, "alice-phone", "udp");
  await alice.command("dial", `sip:bob-phone@${DOMAIN}`);
  await alice.event("CALL_CLOSED");

  const bob = await startBaresip(t, edge, "bob-phone", "tcp");
  await alice.command("dial", `sip:bob-phone@${DOMAIN}`);
  await bob.event("CALL_INCOMING");
  await bob.command("hangup");
  await alice.event("CALL_CLOSED");

  // And one that gives up: CANCEL reaches the callee.
  await alice.command("dial", `sip:bob-phone@${DOMAIN}`);
  await bob.event("CALL_INCOMING");
  await alice.command("hangup");
  await bob.event("CALL_CLOSED");
});
