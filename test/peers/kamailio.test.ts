import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { scratch } from "../support/edge.ts";
import { openRaw } from "../support/raw.ts";
import { until } from "../support/until.ts";
import { MD5, startPeerEdge } from "./support/daemon.ts";
import { freePort, needs, start } from "./support/programs.ts";
import { assertAllWell, registerBySipp, sipp } from "./support/sipp.ts";

const debian = needs("kamailio", "kamailio sip-tester");
const USERS = ["alice-phone", "bob-phone"];

/** Starts Kamailio at `port` and waits until it answers. */
async function startKamailio(t: TestContext, folder: string, port: number, edge: string, phone: string): Promise<void> {
  const config = join(import.meta.dirname, "kamailio.cfg");
  const define = (name: string, at: string): string[] => ["-A", `${name}="sip:${at}"`];
  const words = ["kamailio", "-DD", "-f", config, "-m", "64", "-M", "8", "-l", `udp:127.0.0.1:${port}`];
  const running = start(t, [...words, ...define("EDGE", edge), ...define("PHONE", phone)], folder, "SIGTERM");
  const socket = await openRaw(t, { host: "127.0.0.1", port });
  const via = `Via: SIP/2.0/UDP ${socket.at};branch=z9hG4bKready`;
  const options = `OPTIONS sip:ready SIP/2.0\r\n${via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:ready>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n`;
  await until(
    "Kamailio answers",
    async () => {
      assert.equal(running.child.exitCode, null, running.said());
      socket.send(options);
      return (await socket.next(200)) !== undefined;
    },
    10_000,
  );
}

test("Kamailio as the backend: 100 calls of an own user to a number, with digest", debian, async (t) => {
  const folder = scratch(t);
  const [port, phone] = [await freePort(), await freePort()];
  const edge = await startPeerEdge(
    t,
    USERS,
    `[[backend]]\nname = "kamailio"\nuri = "sip:127.0.0.1:${port}"\n[front]\nregister = "edge"\n${MD5}`,
  );
  await startKamailio(t, folder, port, edge.inside, `127.0.0.1:${phone}`);
  const who = { service: "0612345678", account: "alice-phone", to: edge.udp, port: await freePort() };
  const [answered, called] = await Promise.all([
    sipp(t, folder, { scenario: "callee", port: phone, calls: 100 }),
    sipp(t, folder, { scenario: "user", ...who, calls: 100 }),
  ]);
  assertAllWell("caller", called, 100);
  assertAllWell("callee", answered, 100);
});

for (const role of ["backend", "stranger"] as const) {
  test(`Kamailio as a ${role} brings 100 calls to a registered user`, debian, async (t) => {
    const folder = scratch(t);
    const [port, phone] = [await freePort(), await freePort()];
    const backend =
      role === "backend"
        ? `[[backend]]\nname = "kamailio"\nuri = "sip:127.0.0.1:${port}"\n[front]\nregister = "edge"\n`
        : "";
    const edge = await startPeerEdge(t, USERS, backend + MD5);
    await startKamailio(t, folder, port, role === "backend" ? edge.inside : edge.udp, "127.0.0.1:9");
    await registerBySipp(t, folder, edge.udp, "bob-phone", phone);
    const who = { service: "bob-phone", to: `127.0.0.1:${port}`, port: await freePort() };
    const [answered, called] = await Promise.all([
      sipp(t, folder, { scenario: "callee", port: phone, calls: 100 }),
      sipp(t, folder, { scenario: "stranger", ...who, calls: 100 }),
    ]);
    assertAllWell("caller", called, 100);
    assertAllWell("callee", answered, 100);
  });
}
