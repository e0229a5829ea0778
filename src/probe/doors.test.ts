/** What stands beside SIP over UDP: TLS and its certificates, WebSockets, pages. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp, type ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { type TestContext, test } from "node:test";
import { createServer as createTls, type TlsOptions } from "node:tls";
import { WebSocketServer } from "ws";
import { newAuthority } from "../../test/support/authority.ts";
import { isTrouble } from "../base/index.ts";
import { findTarget, type Probed, type ProbeOptions, probe } from "./index.ts";

async function run(t: TestContext, transports: string, more: Partial<ProbeOptions>): Promise<Probed> {
  const target = await findTarget("sip:localhost:9", transports);
  assert.ok(!isTrouble(target));
  return probe({
    target: { ...target, address: "127.0.0.1" },
    only: [],
    accounts: [],
    number: "",
    rtp: undefined,
    packets: 200,
    rate: 1_000,
    patience: 300,
    services: { manager: [], http: [], https: [] },
    signal: t.signal,
    log: () => {},
    weak: () => undefined,
    ...more,
  });
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What a request becomes in the mouth of a server that says 200 to all. */
function answerTo(text: string): string {
  const kept = text.split("\r\n").filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line));
  return `SIP/2.0 200 OK\r\n${kept.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`;
}

async function startTls(t: TestContext, o: TlsOptions): Promise<number> {
  const server = createTls(o, (socket) => {
    socket.on("error", () => {}).on("data", (bytes) => socket.write(answerTo(bytes.toString("latin1")), "latin1"));
  });
  server.on("tlsClientError", () => {});
  return listen(t, server);
}

test("TLS: versions, chain, name and expiry, each told alone", { timeout: 20_000 }, async (t) => {
  const authority = await newAuthority("probe test");
  const good = await authority.issue(["localhost"], 60);
  const late = await authority.issue(["localhost"], -1);
  const soon = await authority.issue(["localhost"], 5);
  const other = await authority.issue(["other.example.org"], 60);
  for (const [what, options, expected] of [
    ["good but for its authority", good, ["tls-certificate chain"]],
    ["past", late, ["tls-certificate expired"]],
    ["nearly past", soon, ["tls-certificate soon", "tls-certificate chain"]],
    ["another's", other, ["tls-certificate chain", "tls-certificate name"]],
    [
      "old",
      { ...good, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
      ["tls-certificate chain", "tls-old TLSv1", "tls-old TLSv1.1"],
    ],
  ] as const) {
    const port = await startTls(t, options as TlsOptions);
    const result = await run(t, `tls:${port}`, { only: ["tls-old", "tls-certificate"] });
    const told = result.findings.found.map((f) => `${f.rule} ${f.key.split(" ").at(-1)}`);
    for (const each of expected) assert.ok(told.includes(each), `${what}: ${told}`);
    assert.equal(
      told.some((each) => each.startsWith("tls-old")),
      what === "old",
      `${what}: ${told}`,
    );
    assert.ok(result.isHeard, "and it speaks SIP over it");
  }
});

test("SIP over WebSocket is heard as over anything else", { timeout: 20_000 }, async (t) => {
  const web = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(web, "listening");
  t.after(() => web.close());
  web.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => socket.send(answerTo(data.toString("latin1"))));
  });
  const { port } = web.address() as AddressInfo;
  const result = await run(t, `ws:${port}`, { only: ["reachable"] });
  assert.deepEqual(
    result.findings.found.map((f) => f.says),
    ["answers OPTIONS over ws with 200"],
  );
});

test("pages: Asterisk's server, ARI, an administration page; not any other web server", {
  timeout: 20_000,
}, async (t) => {
  const pages: readonly (readonly [rules: readonly string[], answer: (path: string, r: ServerResponse) => void])[] = [
    [[], (_, r) => r.writeHead(200, { Server: "nginx" }).end("<title>Welcome</title>")],
    [["http-exposed"], (_, r) => r.writeHead(404, { Server: "Asterisk/22.1.0" }).end()],
    [["http-exposed"], (path, r) => r.writeHead(path.startsWith("/ari") ? 401 : 404).end()],
    [
      ["admin-exposed"],
      (path, r) => r.writeHead(path.startsWith("/admin") ? 200 : 404).end("<title>FreePBX Administration</title>"),
    ],
    [["admin-exposed"], (_, r) => r.writeHead(200).end(`FreePBX ${"x".repeat(200_000)}`)],
    [[], (_, r) => r.destroy()],
  ];
  for (const [rules, answer] of pages) {
    const port = await listen(
      t,
      createHttp((q, r) => answer(q.url ?? "", r)),
    );
    const services = { manager: [], http: [port], https: [] };
    const result = await run(t, "tcp:9", { only: ["http-exposed", "admin-exposed"], services });
    assert.deepEqual([...new Set(result.findings.found.map((f) => f.rule))], rules);
  }
});
