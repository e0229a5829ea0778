/** Calls to other domains, which are SIPp on another machine, found by a name server there. The internet is a network namespace. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startDaemon } from "../support/child.ts";
import type { Zone } from "../support/dns-server.ts";
import { addUsers, DOMAIN, mustLoad, PASSWORD, scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { cable, type Machine, needsNetworks, newMachine, route } from "./support/networks.ts";
import { needs, type Running, start } from "./support/programs.ts";
import { openRemote } from "./support/remote-phone.ts";

const networks = needsNetworks();
const options = { ...(networks.skip === false ? needs("sipp", "sip-tester") : networks), timeout: 60_000 };
const PHONE = "203.0.113.9";
const DNS = "203.0.113.53";
const FAR = "203.0.113.20";
/** Of the network, and nobody's. */
const NOBODY = "203.0.113.29";

const TOML = `
[sip]
domains = ["${DOMAIN}"]
${["udp", "tcp"].map((t) => `[[sip.listen]]\ntransport = "${t}"\naddress = "203.0.113.1:5060"\n`).join("")}
[[backend]]
name = "asterisk-1"
uri = "sip:10.0.0.11:5060"
[front]
register = "edge"
[dial]
allow_foreign_domains = true
[dns]
servers = ["${DNS}"]
[log]
level = "error"
`;

/** [internet: phone, name server, other domains] == wan0 [edge] lan0 == [pbx]. */
async function site(t: TestContext, zone: Zone) {
  const [internet, edge, pbx] = ["internet", "edge", "pbx"].map((name) => newMachine(t, name));
  const addresses = [PHONE, DNS, FAR].map((at) => `${at}/24`);
  cable({ machine: edge, name: "wan0", addresses: ["203.0.113.1/24"] }, { machine: internet, name: "net0", addresses });
  cable(
    { machine: edge, name: "lan0", addresses: ["10.0.0.1/24"] },
    { machine: pbx, name: "lan0", addresses: ["10.0.0.11/24"] },
  );
  route(internet, "10.0.0.0/24", "203.0.113.1");
  await remoteDns(t, internet, zone);
  const folder = scratch(t);
  const file = join(folder, "rempart.toml");
  writeFileSync(file, `state = "state"\n${TOML}`);
  await addUsers(mustLoad(file), ["anna"]);
  const daemon = await startDaemon(t, file, edge.within);
  const common = { domain: DOMAIN, t1: 100 };
  const asterisk = await openRemote(t, pbx, {
    ...common,
    name: "pbx",
    user: "100",
    password: "",
    edge: { host: "10.0.0.1", port: 5070 },
    local: "10.0.0.11",
    port: 5060,
  });
  const anna = await openRemote(t, internet, {
    ...common,
    name: "anna",
    user: "anna",
    password: PASSWORD,
    edge: { host: "203.0.113.1", port: 5060 },
    local: PHONE,
  });
  return { internet, daemon, asterisk, anna, folder };
}

async function remoteDns(t: TestContext, machine: Machine, zone: Zone): Promise<void> {
  const host = join(import.meta.dirname, "support/dns-host.ts");
  const [program = "", ...rest] = [...machine.within, process.execPath, host, JSON.stringify({ zone, host: DNS })];
  const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  await once(child, "message");
}

/** SIPp that answers so many calls there, and then ends. */
async function otherDomain(
  t: TestContext,
  { internet, folder }: { readonly internet: Machine; readonly folder: string },
  transport: "udp" | "tcp",
  port: number,
  calls: number,
): Promise<Running> {
  const way = transport === "tcp" ? ["-t", "t1"] : [];
  const own = ["-i", FAR, "-p", String(port), "-m", String(calls), "-nostdin", "-timeout", "40", "-timeout_error"];
  const running = start(t, [...internet.within, "sipp", "-sn", "uas", ...way, ...own], folder);
  await until("SIPp listens", () => internet.run(["ss", "-Hlntu"]).includes(`${FAR}:${port}`));
  return running;
}

test(
  "SRV over UDP, NAPTR to TCP, and the next address after one that is silent: SIPp answers each call",
  options,
  async (t) => {
    const s = await site(t, {
      "SRV _sip._udp.udp.example": ["10 5 5070 far.udp.example"],
      "A far.udp.example": [FAR],
      "NAPTR tcp.example": ["10 10 s SIP+D2T _sip._tcp.tcp.example"],
      "SRV _sip._tcp.tcp.example": ["10 5 5071 far.udp.example"],
      "A two.example": [NOBODY, FAR],
    });
    const udp = await otherDomain(t, s, "udp", 5070, 2);
    const tcp = await otherDomain(t, s, "tcp", 5071, 1);
    for (const uri of ["sip:x@udp.example", "sip:x@tcp.example", "sip:x@two.example:5070"]) {
      assert.equal(await s.anna.call(uri), 200, uri);
      assert.equal(await s.anna.endCall(), 200, uri);
    }
    for (const running of [udp, tcp]) assert.equal(await running.ended, 0, running.said());
    assert.deepEqual(await s.asterisk.heard().then((all) => all.filter((m) => m.startsWith("INVITE"))), []);
  },
);

test("names that lead inside reach the PBX and Rempart itself zero times, over UDP and TCP", options, async (t) => {
  const inside = ["10.0.0.11"];
  const s = await site(t, {
    "A trap.example": inside,
    "SRV _sip._udp.srv.example": ["1 1 5060 trap.example"],
    "NAPTR naptr.example": ["1 1 s SIP+D2T _sip._tcp.naptr.example"],
    "SRV _sip._tcp.naptr.example": ["1 1 5070 trap.example"],
    "A self.example": ["203.0.113.1", "10.0.0.1", "127.0.0.1"],
  });
  for (const uri of [
    "sip:100@trap.example",
    "sip:100@trap.example;transport=tcp",
    "sip:100@srv.example",
    "sip:100@naptr.example",
    "sip:100@self.example:5070",
    "sip:100@self.example",
    "sip:100@10.0.0.11",
  ]) {
    assert.equal(await s.anna.call(uri), 403, uri);
  }
  const heard = await s.asterisk.heard();
  assert.deepEqual(
    heard.filter((m) => !m.startsWith("OPTIONS ")),
    [],
    "but for probes",
  );
  const { counters } = (await s.daemon.command("status")) as { counters: Record<string, number> };
  assert.equal(counters.relayed, 0);
});
