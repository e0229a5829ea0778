/** docs/networks.md, as it is written, on machines of its own: network namespaces with cables between them. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Address } from "../../src/demo/index.ts";
import { H, type Message, parseMessage } from "../../src/sip/index.ts";
import { type Daemon, runProgram, startDaemon } from "../support/child.ts";
import { addUsers, DOMAIN, mustLoad, PASSWORD, scratch } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { cable, type Machine, needsNetworks, newMachine, route, setting } from "./support/networks.ts";
import { openRemote, type RemotePhone } from "./support/remote-phone.ts";

const options = { ...needsNetworks(), timeout: 60_000 };
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/networks.md"), "utf8");
const NUMBER = `sip:0612345678@${DOMAIN}`;
const PUBLIC: Address = { host: "203.0.113.1", port: 5060 };

/** The block of the page that is marked with this word. */
function written(kind: string, mark: string): string {
  const found = new RegExp(`^\`\`\`${kind}${mark === "" ? "" : ` ${mark}`}\n([^]*?)^\`\`\``, "m").exec(PAGE);
  assert.ok(found, `docs/networks.md has no block ${mark}`);
  return found[1];
}

async function startAt(t: TestContext, machine: Machine, toml: string): Promise<Daemon> {
  const file = join(scratch(t), "rempart.toml");
  writeFileSync(file, `state = "state"\n${toml}\n[log]\nlevel = "error"\n`);
  await addUsers(mustLoad(file), ["anna", "bert"]);
  return startDaemon(t, file, machine.within);
}

type Transport = "udp" | "tcp";
function openPhone(
  t: TestContext,
  machine: Machine,
  user: string,
  local: string,
  edge: Address,
  transport: Transport = "udp",
): Promise<RemotePhone> {
  return openRemote(t, machine, {
    name: user,
    user,
    domain: DOMAIN,
    password: PASSWORD,
    edge,
    local,
    transport,
    t1: 100,
  });
}

/** In the place of the PBX, at port 5060 of its machine. */
function openPbx(t: TestContext, machine: Machine, local: string, inside: string, user = "100"): Promise<RemotePhone> {
  const edge = { host: inside, port: 5070 };
  return openRemote(t, machine, { name: "pbx", user, domain: DOMAIN, password: "", edge, local, port: 5060, t1: 100 });
}

/** Both call each other, and each of the two hangs up once each way. */
async function callBothWays(phone: RemotePhone, pbx: RemotePhone, user = "anna"): Promise<void> {
  for (const [caller, callee, uri] of [
    [phone, pbx, NUMBER],
    [pbx, phone, `sip:${user}@${DOMAIN}`],
  ] as const) {
    for (const ends of ["caller", "callee"]) {
      assert.equal(await caller.call(uri), 200, `${uri} answers`);
      await callee.called();
      assert.equal(
        await (ends === "caller" ? caller.endCall() : callee.endCalled()),
        200,
        `${uri}: the ${ends} hangs up`,
      );
    }
  }
}

/** Addresses in the headers that say where to send: all of a message, or those that the next request goes by. */
function placesIn(text: string): { readonly all: string[]; readonly next: string[] } {
  const m = parseMessage(text) as Message;
  const hosts = (h: typeof H.recordRoute | typeof H.contact): string[] =>
    (m.all(h) as { readonly uri?: { readonly host: string } }[]).map((v) => v.uri?.host ?? "");
  const vias = (m.all(H.via) as { readonly sentBy: string }[]).map((v) => v.sentBy.replace(/:\d+$|[[\]]/g, ""));
  const routes = hosts(H.recordRoute);
  const all = [...vias, ...routes, ...hosts(H.contact)];
  // The callee sends along the Record-Routes from the top, the caller from the bottom.
  const edge = m.isRequest ? routes[0] : routes.at(-1);
  return { all, next: [...(m.isRequest ? [vias[0]] : []), ...(edge === undefined ? [] : [edge])] };
}

/** The phone is told nothing of the inside, and each side has an address to send to that it can reach. */
async function assertSides(phone: RemotePhone, pbx: RemotePhone, outside: string, inside: string): Promise<void> {
  const network = /^(10\.0\.0|fd00:)/;
  for (const [who, at] of [
    [phone, outside],
    [pbx, inside],
  ] as const) {
    const heard = await who.heard();
    assert.ok(heard.some((text) => /^Record-Route:/im.test(text)));
    for (const text of heard) {
      const { all, next } = placesIn(text);
      for (const place of next) assert.equal(place, at, text);
      if (who === phone) for (const place of all) assert.doesNotMatch(place, network, text);
    }
  }
}

/** [internet: phone] == wan0 [edge] lan0 == [pbx]. */
function twoNetworks(t: TestContext, inside: "10.0.0." | "fd00::" = "10.0.0.") {
  const [internet, edge, pbx] = ["internet", "edge", "pbx"].map((name) => newMachine(t, name));
  const length = inside === "fd00::" ? 64 : 24;
  cable(
    { machine: edge, name: "wan0", addresses: ["203.0.113.1/24"] },
    { machine: internet, name: "net0", addresses: ["203.0.113.9/24", "203.0.113.10/24"] },
  );
  cable(
    { machine: edge, name: "lan0", addresses: [`${inside}1/${length}`] },
    { machine: pbx, name: "lan0", addresses: [`${inside}11/${length}`] },
  );
  return { internet, edge, pbx };
}

for (const transport of ["udp", "tcp"] as const) {
  test(
    `two networks, a phone on ${transport}: calls both ways, and each side is told what it can reach`,
    options,
    async (t) => {
      const { internet, edge, pbx } = twoNetworks(t);
      await startAt(t, edge, written("toml", "two-networks"));
      const anna = await openPhone(t, internet, "anna", "203.0.113.9", PUBLIC, transport);
      const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.1");
      assert.equal(await anna.register(), 200);
      await callBothWays(anna, asterisk);
      await assertSides(anna, asterisk, PUBLIC.host, "10.0.0.1");
    },
  );
}

test("two networks: no phone reaches the PBX past Rempart", options, async (t) => {
  const { internet, edge, pbx } = twoNetworks(t);
  await startAt(t, edge, written("toml", "two-networks"));
  const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.1");
  route(internet, "10.0.0.0/24", "203.0.113.1");
  const mallory = await openPhone(t, internet, "mallory", "203.0.113.9", { host: "10.0.0.11", port: 5060 });
  await assert.rejects(mallory.call(NUMBER), /no answer/);
  assert.equal(await asterisk.called(), 0);
});

test("another address family inside: a PBX on IPv6 alone, a phone on IPv4", options, async (t) => {
  const { internet, edge, pbx } = twoNetworks(t, "fd00::");
  await startAt(t, edge, written("toml", "other-family"));
  const anna = await openPhone(t, internet, "anna", "203.0.113.9", PUBLIC);
  const bert = await openPhone(t, internet, "bert", "203.0.113.10", PUBLIC, "tcp");
  const asterisk = await openPbx(t, pbx, "fd00::11", "fd00::1");
  for (const phone of [anna, bert]) assert.equal(await phone.register(), 200);
  await callBothWays(anna, asterisk);
  await callBothWays(bert, asterisk, "bert");
  await assertSides(anna, asterisk, PUBLIC.host, "fd00::1");
});

/** Somebody on the public network who writes the PBX's address on his packets. */
async function openForger(t: TestContext, internet: Machine, edge: Address): Promise<RemotePhone> {
  internet.run(["ip", "address", "add", "10.0.0.11/32", "dev", "lo"]);
  route(internet, "10.0.0.0/24", "203.0.113.1");
  const forged = { name: "forger", user: "anna", domain: DOMAIN, password: "", local: "10.0.0.11", port: 5060 };
  return openRemote(t, internet, { ...forged, edge, t1: 20 });
}

const statuses = async (phone: RemotePhone): Promise<number[]> =>
  (await phone.heard()).map((text) => Number(/^SIP\/2\.0 (\d+)/.exec(text)?.[1] ?? 0));
const invites = async (phone: RemotePhone): Promise<number> =>
  (await phone.heard()).filter((text) => text.startsWith("INVITE ")).length;

test("a packet on the public interface that claims to be the PBX's is a stranger's", options, async (t) => {
  const { internet, edge, pbx } = twoNetworks(t);
  await startAt(t, edge, written("toml", "two-networks"));
  const bert = await openPhone(t, internet, "bert", "203.0.113.9", PUBLIC);
  assert.equal(await bert.register(), 200);
  // The true one calls in anybody's name.
  const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.1", "anna");
  assert.equal(await asterisk.call(`sip:bert@${DOMAIN}`), 200);
  const forger = await openForger(t, internet, PUBLIC);
  await assert.rejects(forger.call(`sip:bert@${DOMAIN}`), /no answer/);
  // It did arrive: what answers it goes to whom it claims to come from.
  await until("the PBX hears of it", async () => (await statuses(asterisk)).includes(407));
  assert.equal(await invites(bert), 1);
});

for (const guard of ["sysctl", "nft"] as const) {
  test(`a neighbour who sends to the private address is shut out by ${guard}, as the page says`, options, async (t) => {
    const { internet, edge } = twoNetworks(t);
    // As Debian and Ubuntu come.
    setting(edge, "net.ipv4.conf.wan0.rp_filter", 2);
    await startAt(t, edge, written("toml", "two-networks"));
    assert.equal(await doctorOn(t, edge), "warn");
    const bert = await openPhone(t, internet, "bert", "203.0.113.9", PUBLIC);
    assert.equal(await bert.register(), 200);
    const forger = await openForger(t, internet, { host: "10.0.0.1", port: 5070 });
    await assert.rejects(forger.call(`sip:bert@${DOMAIN}`), /no answer/);
    assert.equal(await invites(bert), 1, "without it he gets in: nothing here would show that the guard guards");
    for (const line of commands(guard)) edge.run(line);
    await assert.rejects(forger.call(`sip:bert@${DOMAIN}`), /no answer/);
    assert.equal(await invites(bert), 1);
    assert.equal(await bert.register(), 200, "phones come in as before");
    assert.equal(await doctorOn(t, edge), "ok");
  });
}

/** How the doctor finds the private side of this machine. */
async function doctorOn(t: TestContext, edge: Machine): Promise<string> {
  const file = join(scratch(t), "rempart.toml");
  writeFileSync(file, written("toml", "two-networks"));
  const { out } = await runProgram(["doctor", "--config", file, "-o", "json"], "", edge.within);
  return (JSON.parse(out) as { name: string; level: string }[]).find((f) => f.name === "private side")?.level ?? "none";
}

/** The page's command lines that begin with this program, as words. */
function commands(program: string): string[][] {
  const lines = PAGE.split("\n").filter((line) => line.startsWith(`${program} `));
  assert.ok(lines.length > 0);
  return lines.map((line) => [...line.replace(/ # .*/, "").matchAll(/'([^']*)'|(\S+)/g)].map((w) => w[1] ?? w[2]));
}

/** [internet: phone] == wan0 [router, 1:1 NAT and switch] == [edge], [pbx]: what a cloud is to its machines. */
function cloud(t: TestContext) {
  const [internet, router, edge, pbx] = ["internet", "router", "edge", "pbx"].map((name) => newMachine(t, name));
  const wan = { machine: router, name: "wan0", addresses: ["198.51.100.1/24"] };
  cable(wan, { machine: internet, name: "net0", addresses: ["198.51.100.7/24"] });
  router.run(["ip", "link", "add", "lan0", "type", "bridge"]);
  for (const [port, machine, at] of [
    ["port1", edge, "10.0.0.5/24"],
    ["port2", pbx, "10.0.0.11/24"],
  ] as const) {
    cable({ machine: router, name: port, addresses: [] }, { machine, name: "eth0", addresses: [at] });
    router.run(["ip", "link", "set", port, "master", "lan0"]);
    route(machine, "default", "10.0.0.254");
  }
  router.run(["ip", "address", "add", "10.0.0.254/24", "dev", "lan0"]);
  router.run(["ip", "link", "set", "lan0", "up"]);
  route(internet, "default", "198.51.100.1");
  setting(router, "net.ipv4.ip_forward", 1);
  const hook = (type: string, name: string, priority: number): string =>
    `add chain ip cloud ${name} { type ${type} hook ${name} priority ${priority}; }`;
  for (const line of [
    "add table ip cloud",
    hook("nat", "prerouting", -100),
    hook("nat", "postrouting", 100),
    hook("filter", "forward", 0),
    "add rule ip cloud prerouting iifname wan0 ip daddr 203.0.113.5 dnat to 10.0.0.5",
    "add rule ip cloud postrouting oifname wan0 ip saddr 10.0.0.5 snat to 203.0.113.5",
    // The cloud's firewall: 5060 and what belongs to it.
    "add rule ip cloud forward iifname wan0 ct state new meta l4proto { udp, tcp } th dport != 5060 drop",
    "add rule ip cloud forward iifname wan0 ip daddr != 10.0.0.5 drop",
  ]) {
    router.run(["nft", line]);
  }
  return { internet, edge, pbx };
}

for (const transport of ["udp", "tcp"] as const) {
  test(
    `behind a cloud's 1:1 NAT, a phone on ${transport}: calls both ways under the advertised address`,
    options,
    async (t) => {
      const { internet, edge, pbx } = cloud(t);
      await startAt(t, edge, written("toml", "cloud-nat"));
      const anna = await openPhone(t, internet, "anna", "198.51.100.7", { host: "203.0.113.5", port: 5060 }, transport);
      const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.5");
      assert.equal(await anna.register(), 200);
      await callBothWays(anna, asterisk);
      await assertSides(anna, asterisk, "203.0.113.5", "10.0.0.5");
    },
  );
}

/** Two providers with strict routers: what comes by one with an address of the other is dropped. */
function twoProviders(t: TestContext) {
  const [a, b, edge, pbx] = ["a", "b", "edge", "pbx"].map((name) => newMachine(t, name));
  for (const [machine, name, net] of [
    [a, "wan0", "203.0.113"],
    [b, "wan1", "198.51.100"],
  ] as const) {
    cable({ machine: edge, name, addresses: [`${net}.1/24`] }, { machine, name: "net0", addresses: [`${net}.9/24`] });
    setting(machine, "net.ipv4.conf.all.rp_filter", 1);
  }
  cable(
    { machine: edge, name: "lan0", addresses: ["10.0.0.1/24"] },
    { machine: pbx, name: "lan0", addresses: ["10.0.0.11/24"] },
  );
  return { a, b, edge, pbx };
}

const OTHER: Address = { host: "198.51.100.1", port: 5060 };
const several = written("toml", "several");
const everywhere = several
  .replace(/\[\[sip\.listen\]\]\ntransport = "(udp|tcp)"\naddress = "198[^[]*/g, "")
  .replaceAll("203.0.113.1", "0.0.0.0");

for (const [name, toml] of [
  ["an address each", several],
  ["0.0.0.0", everywhere],
] as const) {
  test(
    `several public interfaces, ${name}: phones on both, each spoken with from the address it knows`,
    options,
    async (t) => {
      const { a, b, edge, pbx } = twoProviders(t);
      await startAt(t, edge, toml);
      const anna = await openPhone(t, a, "anna", "203.0.113.9", PUBLIC);
      const bert = await openPhone(t, b, "bert", "198.51.100.9", OTHER);
      const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.1");
      for (const phone of [anna, bert]) assert.equal(await phone.register(), 200);
      for (const [from, to, user] of [
        [anna, bert, "bert"],
        [bert, anna, "anna"],
      ] as const) {
        for (const ends of ["caller", "callee"]) {
          assert.equal(await from.call(`sip:${user}@${DOMAIN}`), 200);
          await to.called();
          assert.equal(await (ends === "caller" ? from.endCall() : to.endCalled()), 200);
        }
      }
      await callBothWays(anna, asterisk);
      await callBothWays(bert, asterisk, "bert");
      await assertSides(anna, asterisk, PUBLIC.host, "10.0.0.1");
      await assertSides(bert, asterisk, OTHER.host, "10.0.0.1");
    },
  );

  test(`two ways to one internet, ${name}: what came by the second goes back by it`, options, async (t) => {
    const { a, b, edge, pbx } = twoProviders(t);
    const internet = newMachine(t, "internet");
    for (const [i, machine] of [a, b].entries()) {
      cable(
        { machine, name: "up0", addresses: [`192.0.2.${4 * i + 1}/30`] },
        { machine: internet, name: `net${i}`, addresses: [`192.0.2.${4 * i + 2}/30`] },
      );
      setting(machine, "net.ipv4.ip_forward", 1);
      machine.run(["ip", "address", "add", `${i === 0 ? "203.0.113" : "198.51.100"}.254/24`, "dev", "net0"]);
      route(machine, "default", `192.0.2.${4 * i + 2}`);
    }
    route(internet, "203.0.113.0/24", "192.0.2.1");
    route(internet, "198.51.100.0/24", "192.0.2.5");
    internet.run(["ip", "address", "add", "192.0.2.100/32", "dev", "lo"]);
    route(edge, "default", "203.0.113.254");
    for (const line of commands("ip")) edge.run(line);
    await startAt(t, edge, toml);
    const asterisk = await openPbx(t, pbx, "10.0.0.11", "10.0.0.1");
    for (const [user, at] of [
      ["anna", PUBLIC],
      ["bert", OTHER],
    ] as const) {
      for (const transport of ["udp", "tcp"] as const) {
        const phone = await openPhone(t, internet, user, "192.0.2.100", at, transport);
        assert.equal(await phone.register(), 200, `${user} ${transport}`);
        await callBothWays(phone, asterisk, user);
        await assertSides(phone, asterisk, at.host, "10.0.0.1");
        assert.equal(await phone.unregister(), 200);
      }
    }
  });
}
