import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { type Site, site } from "./cli.fixture.ts";
import { ABSENT, ask } from "./socket.ts";

/** A daemon that answers each line as told; the real one is met in test/. */
async function listen(
  s: Site,
  answer: (line: string, socket: Socket) => void,
): Promise<{ path: string; server: Server }> {
  mkdirSync(s.state);
  const path = `${s.state}/control.sock`;
  const server = createServer((socket) => {
    let waiting = "";
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (chunk: string) => {
      waiting += chunk;
      if (waiting.endsWith("\n")) answer(waiting.slice(0, -1), socket);
    });
  });
  await new Promise<void>((ready) => server.listen(path, ready));
  return { path, server };
}

test("one line out, one line back, however it is cut", async () => {
  const big = "x".repeat(3_000_000);
  let got = "";
  const { path, server } = await listen(site(), (line, socket) => {
    got = line;
    const text = `${JSON.stringify({ ok: true, data: { big } })}\n`;
    socket.write(text.slice(0, 10));
    setImmediate(() => socket.write(text.slice(10)));
  });
  assert.deepEqual(await ask(path, "account.import", { csv: big }), { big });
  assert.deepEqual(JSON.parse(got), { command: "account.import", args: { csv: big } });
  server.close();
});

test("a trouble comes back as one", async () => {
  const error = { code: "ACCOUNT_WEAK", what: "a", safe: "b", next: "c", details: ["d"] };
  const { path, server } = await listen(site(), (_, socket) =>
    socket.write(`${JSON.stringify({ ok: false, error })}\n`),
  );
  assert.deepEqual(await ask(path, "account.add", {}), error);
  server.close();
});

test("a daemon that is gone, dumb, or speaks otherwise", async (t) => {
  const cases: [string, (line: string, socket: Socket) => void, string][] = [
    ["silent", () => {}, "DAEMON_SILENT"],
    ["hangs up", (_, socket) => socket.destroy(), "DAEMON_SILENT"],
    ["no JSON", (_, socket) => socket.write("hello\n"), "DAEMON_GARBLED"],
    ["other JSON", (_, socket) => socket.write('{"ok":false,"error":"no"}\n'), "DAEMON_GARBLED"],
  ];
  for (const [name, answer, code] of cases) {
    await t.test(name, async () => {
      const { path, server } = await listen(site(), answer);
      const result = await ask(path, "status", {}, 100);
      assert.ok(isTrouble(result) && result.code === code, JSON.stringify(result));
      server.close();
    });
  }
  await t.test("never there", async () => assert.equal(await ask("/nowhere/control.sock", "status", {}), ABSENT));
});

test("commands use the daemon where there is one, and the store stays untouched", async () => {
  const s = site();
  const asked: string[] = [];
  const { server } = await listen(s, (line, socket) => {
    asked.push(line);
    socket.write('{"ok":true,"data":{"user":"reception","domain":"pbx.example.org"}}\n');
  });
  const done = await s.call(["account", "remove", "reception"]);
  assert.equal(done.out, "Removed reception@pbx.example.org.\n");
  assert.deepEqual(
    asked.map((line) => JSON.parse(line)),
    [{ command: "account.remove", args: { user: "reception" } }],
  );
  assert.ok(!existsSync(`${s.state}/rempart.db`));
  server.close();
});

test("what strangers wrote does not reach the terminal as it is", async () => {
  const s = site();
  const binding = {
    aor: "a@b",
    contact: "sip:a@c",
    received: "udp:c:1",
    expiresIn: 90,
    userAgent: "\u001b[2Jevil\u0007",
  };
  const { server } = await listen(s, (_, socket) => socket.write(`${JSON.stringify({ ok: true, data: [binding] })}\n`));
  const done = await s.call(["registrations", "list"]);
  assert.match(done.out, /\n(a@b) {3}sip:a@c {2}udp:c:1 {2}1 min 30 s {2}\?\[2Jevil\?\n$/);
  server.close();
});
