/** What `rempart run` says when it cannot start: one line, exit 2, and nothing half started. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram, startDaemon } from "./support/child.ts";
import { listener, scratch, writeConfig } from "./support/edge.ts";

/** The first line of stderr carries what happened; no trace of a program's inside is in any. */
function oneLine(err: string): string {
  assert.doesNotMatch(err, /\n\s+at |node:internal|Error:/);
  return err.split("\n")[0];
}

async function occupy(t: TestContext, transport: "udp" | "tcp"): Promise<number> {
  if (transport === "udp") {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    t.after(() => socket.close());
    return socket.address().port;
  }
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

for (const transport of ["udp", "tcp"] as const) {
  test(`a ${transport} port in use: exit 2, one line that names it`, async (t) => {
    const port = await occupy(t, transport);
    const folder = scratch(t);
    const config = writeConfig(folder, {
      listen: listener("udp", "127.0.0.1:0") + listener(transport, `127.0.0.1:${port}`),
    });
    const { code, out, err } = await runProgram(["run", "--config", config]);
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.ok(oneLine(err).includes(`127.0.0.1:${port}`), err);
    assert.ok(!existsSync(join(folder, "state", "control.sock")), "nothing half started");
  });
}

test("an unknown key: exit 2, one line with path, found and expected", async (t) => {
  const folder = scratch(t);
  const config = writeConfig(folder, { sip: 'domain = "example.org"' });
  const { code, out, err } = await runProgram(["run", "--config", config]);
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.match(err, /^rempart: \S*rempart\.toml: sip\.domain: found an unknown key, expected one of domains,/);
  assert.ok(!existsSync(join(folder, "state")), "no state was made");
});

test("a file that is not there: exit 2", async (t) => {
  const { code, err } = await runProgram(["run", "--config", join(scratch(t), "none.toml")]);
  assert.equal(code, 2);
  assert.match(oneLine(err), /none\.toml/);
});

test("a second daemon on the same state is refused, and the first goes on", async (t) => {
  const config = writeConfig(scratch(t), { listen: listener("udp", "127.0.0.1:0") });
  const first = await startDaemon(t, config);
  const { code, err } = await runProgram(["run", "--config", config]);
  assert.equal(code, 2, err);
  oneLine(err);
  assert.ok(await first.command("status"));
});

test("it runs, and stops cleanly on SIGTERM", async (t) => {
  const folder = scratch(t);
  const config = writeConfig(folder, { listen: listener("udp", "127.0.0.1:0") });
  const daemon = await startDaemon(t, config);
  await daemon.kill("SIGTERM");
  assert.ok(!existsSync(join(folder, "state", "control.sock")));
});

test("commands say when no daemon runs: exit 3", async (t) => {
  const config = writeConfig(scratch(t), { listen: listener("udp", "127.0.0.1:0") });
  const { code, err } = await runProgram(["status", "--config", config]);
  assert.equal(code, 3);
  oneLine(err);
});

test("demo: three ladders, exit 0", async () => {
  const { code, out, err } = await runProgram(["demo"]);
  assert.equal(code, 0, out + err);
  for (const said of ["401 Unauthorized", "lost on purpose", "sent again", "CANCEL", "487", "BYE"]) {
    assert.ok(out.includes(said), said);
  }
});

test("accounts are added without a daemon and with one, and the secret is told once", async (t) => {
  const folder = scratch(t);
  const config = writeConfig(folder, { listen: listener("udp", "127.0.0.1:0") });
  const first = await runProgram(["account", "add", "--config", config, "-o", "json"]);
  assert.equal(first.code, 0, first.err);
  await startDaemon(t, config);
  const second = await runProgram(["account", "add", "reception-desk", "--config", config, "-o", "json"]);
  assert.equal(second.code, 0, second.err);
  const weak = await runProgram(["account", "add", "100", "--config", config]);
  assert.equal(weak.code, 1, "a weak name is a refusal");
  const list = await runProgram(["account", "list", "--config", config, "-o", "json"]);
  assert.match(list.out, /reception-desk/);
  const password = /"password":\s*"([^"]+)"/.exec(second.out)?.[1] ?? "";
  assert.ok(password.length >= 20);
  assert.ok(!list.out.includes(password));
});

test("an empty file is a configuration: defaults", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "rempart.toml");
  writeFileSync(file, "");
  const { code, out } = await runProgram(["config", "show", "--config", file]);
  assert.equal(code, 0);
  assert.match(out, /5060/);
});
