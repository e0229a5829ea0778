/**
 * Lists and countries by IPv6. The loopback has but one address of it, so this file runs itself once more in a network of its own, in which a whole
 * block is local.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DOMAIN, type Edge, listener, scratch, startEdge } from "./support/edge.ts";
import { inCountry, writeMmdb } from "./support/mmdb.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const INSIDE = "REMPART_TEST_IPV6";
const SETUP =
  "ip link set lo up && ip -6 route add local 2001:db8::/32 dev lo && echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind";

if (process.env[INSIDE] === undefined) {
  const able = spawnSync("unshare", ["-rn", "sh", "-c", SETUP]).status === 0;
  test("lists and countries by IPv6, in a network of its own", {
    skip: !able && "no right to make one, or no ip",
  }, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const inner = [
      "-rn",
      "sh",
      "-c",
      `${SETUP} && exec "$0" --test-timeout=30000 "$1"`,
      process.execPath,
      import.meta.filename,
    ];
    const done = spawnSync("unshare", inner, { env: { ...env, [INSIDE]: "1" }, encoding: "utf8", timeout: 50_000 });
    assert.equal(done.status, 0, done.stdout + done.stderr);
    assert.match(done.stdout, /pass 2\n/, done.stdout);
  });
} else {
  test("IPv6: a listed block is dropped and counted, the /64 of an office with standing is not", listed);
  test("IPv6: a country is dropped and counted, standing spares", denied);
}

const SILENCE = 400;
const OFFICE = "2001:db8:1:2::80";

async function start(t: TestContext, folder: string, shield: string): Promise<Edge> {
  const listen = `${listener("udp", "127.0.0.1:0")}${listener("udp", "[::1]:0")}${shield}`;
  return startEdge(t, { users: ["anna"], top: 'mode = "enforce"', listen }, folder);
}

async function ask(t: TestContext, edge: Edge, local: string, ms = 5_000): Promise<number> {
  const socket = createSocket("udp6").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  const at = `[${local}]:${socket.address().port}`;
  socket.send(
    rawRequest("OPTIONS", `sip:${DOMAIN}`, at, [`From: <sip:a@${at}>;tag=1`, `To: <sip:100@${DOMAIN}>`]),
    edge.udp6.port,
    edge.udp6.host,
  );
  const answer = await Promise.race([
    once(socket, "message").then(([bytes]) => bytes as Buffer),
    new Promise<undefined>((none) => setTimeout(none, ms, undefined).unref()),
  ]);
  return answer === undefined ? 0 : statusOf(answer.toString("latin1"));
}

interface View {
  readonly lists: readonly { readonly entries: number; readonly hits: number }[];
  readonly country: { readonly hits: Readonly<Record<string, number>> } | null;
}
const view = async (edge: Edge): Promise<View> => (await edge.command("lists.show")) as View;

async function listed(t: TestContext): Promise<void> {
  const folder = scratch(t);
  const file = join(folder, "bad.txt");
  writeFileSync(file, "2001:db8:66::/48\n2001:db8:77:1::9\n");
  const edge = await start(t, folder, '[[shield.list]]\nname = "bad"\nfile = "bad.txt"\n');
  const anna = await edge.phone("anna", { local: OFFICE, edge: edge.udp6 });
  assert.equal((await anna.register()).status, 200);
  for (const [local, status] of [
    ["2001:db8:66:ffff::1", 0],
    ["2001:db8:67::1", 200],
    ["2001:db8:77:1::1", 0],
    ["2001:db8:77:2::9", 200],
  ] as const) {
    assert.equal(await ask(t, edge, local, status === 0 ? SILENCE : undefined), status, local);
  }
  await until("it is counted", async () => (await view(edge)).lists[0].hits === 2);
  writeFileSync(file, "2001:db8:1::/48\n");
  await until("it is read again", async () => (await view(edge)).lists[0].entries === 1);
  assert.equal(await ask(t, edge, "2001:db8:1:3::80", SILENCE), 0);
  assert.equal(
    await ask(t, edge, "2001:db8:1:2::81"),
    200,
    "of the /64 in which an account was used with its password",
  );
}

async function denied(t: TestContext): Promise<void> {
  const folder = scratch(t);
  const file = join(folder, "countries.mmdb");
  writeFileSync(file, writeMmdb({ "2001:db8:66::/48": inCountry("FR"), "2001:db8:67::/48": inCountry("ES") }));
  const edge = await start(t, folder, '[shield.country]\nfile = "countries.mmdb"\ndeny = ["FR"]\nunknown = "allow"\n');
  assert.equal(await ask(t, edge, "2001:db8:66::1", SILENCE), 0);
  assert.equal(await ask(t, edge, "2001:db8:67::1"), 200);
  const anna = await edge.phone("anna", { local: OFFICE, edge: edge.udp6 });
  assert.equal((await anna.register()).status, 200);
  await until("it is counted", async () => (await view(edge)).country?.hits.FR === 1);
  writeFileSync(file, writeMmdb({ "2001:db8::/33": inCountry("FR") }));
  await until("another file is in force", async () => (await ask(t, edge, "2001:db8:1:3::80", SILENCE)) === 0);
  assert.equal(await ask(t, edge, OFFICE), 200);
}
