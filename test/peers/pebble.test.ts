/** Certificates from Pebble, the test authority of Let's Encrypt, which refuses a good nonce now and then so that clients learn to ask again. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { newAuthority } from "../support/authority.ts";
import { runProgram, startDaemon } from "../support/child.ts";
import { DOMAIN, listener, scratch, writeConfig } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { freePort, needs, start } from "./support/programs.ts";

const OTHER = "voice.example.org";
const PEBBLE = { ...needs("pebble", "pebble"), timeout: 120_000 };

/** Pebble and its own name server, which says 127.0.0.1 of every name; and the file of a daemon that asks it. */
async function site(t: TestContext, answersAt?: number) {
  const folder = scratch(t);
  const [acme, management, dns, http] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const authority = await newAuthority("Who vouches for Pebble's own name");
  const own = await authority.issue(["localhost"]);
  for (const [name, text] of Object.entries({ "ca.pem": authority.cert, "cert.pem": own.cert, "key.pem": own.key }))
    writeFileSync(join(folder, name), text);
  const pebble = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: "cert.pem",
    privateKey: "key.pem",
    httpPort: http,
    tlsPort: 1,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
  };
  writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble }));
  const unused = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
  const local = ["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${await freePort()}`];
  start(t, ["pebble-challtestsrv", ...unused, ...local], folder);
  const words = ["env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=30", "pebble", "-strict"];
  start(t, [...words, "-config", "pebble.json", "-dnsserver", `127.0.0.1:${dns}`], folder);
  const root = `https://localhost:${management}/roots/0`;
  await until("Pebble answers", async () => (await fetchText(root, authority.cert)) !== "", 15_000);
  const table = `directory = "https://localhost:${acme}/dir"\nlisten = "127.0.0.1:${answersAt ?? http}"\nca = "ca.pem"\nagree_tos = true`;
  const listen = ["udp", "tls"].map((transport) => listener(transport, "127.0.0.1:0")).join("");
  const order = `[tls.acme]\nemail = "admin@example.com"\ndomains = ["${DOMAIN}", "${OTHER}"]\n${table}\n`;
  return { file: writeConfig(folder, { listen: listen + order }), root: await fetchText(root, authority.cert) };
}

/** The body of an answer; "" when there is none. */
function fetchText(url: string, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const asking = request(url, { ca, agent: false }, async (response) => {
      let text = "";
      for await (const part of response) text += part;
      resolve(text);
    });
    asking.on("error", () => resolve(""));
    asking.end();
  });
}

/** What a client that trusts Pebble's root alone is shown; undefined while it trusts nothing of that. */
async function trusted(at: { host: string; port: number }, root: string): Promise<DetailedPeerCertificate | undefined> {
  const socket = connect({ ...at, ca: root, servername: DOMAIN, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const shown = socket.authorized ? socket.getPeerCertificate(true) : undefined;
  socket.destroy();
  return shown;
}

test(
  "Pebble issues for two names; a phone that knows its root trusts what it is shown, and a renewal brings another",
  PEBBLE,
  async (t) => {
    const { file, root } = await site(t);
    const daemon = await startDaemon(t, file);
    const shown = (): Promise<DetailedPeerCertificate | undefined> => trusted(daemon.at("tls"), root);
    await until("what is issued is shown, chain and all", async () => (await shown()) !== undefined, 60_000);
    const first = await shown();
    assert.match(String(first?.issuer.CN), /^Pebble Intermediate CA/);
    for (const name of [DOMAIN, OTHER])
      assert.ok(first?.subjectaltname?.includes(`DNS:${name}`), first?.subjectaltname);
    const renewed = await runProgram(["tls", "renew", "--config", file]);
    assert.equal(renewed.code, 0, renewed.err);
    assert.match(renewed.out, /by Pebble Intermediate CA/);
    const second = await shown();
    assert.ok(second !== undefined && second.serialNumber !== first?.serialNumber, "another certificate, trusted too");
  },
);

test("Pebble finds nobody who answers its question: its words are told", PEBBLE, async (t) => {
  const { file } = await site(t, await freePort());
  const daemon = await startDaemon(t, file);
  await until("the log tells it", () => /ACME_REFUSED/.test(daemon.log()), 60_000);
  assert.match(daemon.log(), /ACME_REFUSED.*connection refused/);
  assert.equal((await runProgram(["status", "--config", file])).code, 1);
});
