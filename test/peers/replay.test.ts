/** What tcpdump captures of real attacks on a daemon: `rempart replay` decides what the daemon has decided, and with another limit something else. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram } from "../support/child.ts";
import { DOMAIN, type Edge, scratch, startEdge } from "../support/edge.ts";
import { rawRequest } from "../support/raw.ts";
import { until } from "../support/until.ts";
import { needs, start } from "./support/programs.ts";

const tcpdump = needs("tcpdump", "tcpdump");
const options =
  tcpdump.skip === false && process.getuid?.() !== 0
    ? { skip: "only root may capture" }
    : { ...tcpdump, timeout: 60_000 };

interface Decided {
  readonly source: string;
  readonly account: string;
  readonly device: string;
  readonly action: string;
}

async function bans(edge: Edge): Promise<string[]> {
  const { bans } = (await edge.command("bans.list")) as { bans: readonly (Decided & { reason: string })[] };
  return bans.map((b) => words(b, b.reason)).sort();
}

function words({ source, account, device, action }: Decided, scenario: string): string {
  return [action, scenario, source, account, device].filter((word) => word !== "").join(" ");
}

/** Sends requests from an address, one after the other; what comes back is not waited for. */
async function send(
  t: TestContext,
  edge: Edge,
  local: string,
  texts: (at: string) => readonly string[],
): Promise<void> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  for (const text of texts(`${local}:${socket.address().port}`)) socket.send(text, edge.udp4.port, edge.udp4.host);
}

async function attack(t: TestContext, edge: Edge): Promise<void> {
  const phone = async (local: string, user: string, password: string | undefined, times: number): Promise<void> => {
    const one = await edge.phone(user, { local, t1: 50, ...(password === undefined ? {} : { password }) });
    for (let i = 0; i < times; i++) await one.register();
  };
  const ends = (at: string, who = `scan@${at}`): string[] => [`From: <sip:${who}>;tag=1`, `To: <sip:x@${DOMAIN}>`];
  const scan = (at: string): string =>
    rawRequest("OPTIONS", `sip:${DOMAIN}`, at, [...ends(at), "User-Agent: friendly-scanner"]);
  await phone("127.0.0.66", "anna", "guessed", 4);
  await phone("127.0.0.80", "anna", undefined, 1);
  await phone("127.0.0.80", "bert", "of last year", 4);
  await send(t, edge, "127.0.0.67", (at) => [scan(at)]);
  await send(t, edge, "127.0.0.69", (at) =>
    ["a", "b", "c"].map((user) => rawRequest("INVITE", `sip:${user}@elsewhere.example`, at, ends(at))),
  );
  await send(t, edge, "127.0.0.70", (at) => {
    const admin = [`From: <sip:admin@${DOMAIN}>;tag=1`, `To: <sip:admin@${DOMAIN}>`, `Contact: <sip:x@${at}>`];
    return [rawRequest("REGISTER", `sip:${DOMAIN}`, at, admin)];
  });
  const line = connect({ host: edge.tcp4.host, port: edge.tcp4.port, localAddress: "127.0.0.68" });
  t.after(() => line.destroy());
  line.write(scan("127.0.0.68:5060").replace("/UDP", "/TCP"));
  await once(line, "data");
}

const DECIDED = [
  "ban scanner 127.0.0.68",
  "ban wrong-password 127.0.0.66",
  "mute decoy 127.0.0.70",
  "mute relay-attempt 127.0.0.69",
  "mute scanner 127.0.0.67",
];

test(
  "of what tcpdump has captured replay decides as the daemon did; another limit finds nobody guessing",
  options,
  async (t) => {
    const folder = scratch(t);
    const edge = await startEdge(t, { users: ["anna", "bert"] }, folder);
    const file = join(folder, "trace.pcap");
    // Others may be at work on this machine's loopback.
    const ports = ["port", String(edge.udp4.port), "or", "port", String(edge.tcp4.port)];
    const dump = start(
      t,
      ["tcpdump", "-i", "lo", "-s", "0", "-U", "-Z", "root", "-w", file, ...ports],
      folder,
      "SIGTERM",
    );
    await until("it captures", () => dump.said().includes("listening on"));
    await attack(t, edge);
    await until("all is decided", async () => (await bans(edge)).length >= DECIDED.length + 1);
    // What the network has not handed over yet.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    dump.child.kill("SIGINT");
    await dump.ended;
    const decided = await bans(edge);
    for (const one of DECIDED) assert.ok(decided.includes(one), `${one} is in ${decided.join(", ")}`);

    const config = join(folder, "rempart.toml");
    const replay = async (...more: string[]) => {
      const done = await runProgram(["replay", file, "--config", config, "-o", "json", ...more]);
      const { judged, servers } = JSON.parse(done.out) as {
        judged: { findings: readonly (Decided & { scenario: string })[] };
        servers: readonly string[];
      };
      return { found: judged.findings.map((f) => words(f, f.scenario)).sort(), servers, code: done.code };
    };
    const { found, servers, code } = await replay();
    assert.deepEqual([found, code], [decided, 1]);
    assert.ok(servers.includes(`127.0.0.1 ${edge.udp4.port}`), servers.join(", "));
    const { found: fewer } = await replay("--set", 'shield.scenarios.wrong-password.limits=["50 in 10 min"]');
    assert.deepEqual(
      fewer,
      decided.filter((one) => !one.includes("wrong-password")),
    );
  },
);
