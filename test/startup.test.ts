/** What `rempart run` says when it cannot start: one line, exit 2, and nothing half started. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram } from "./support/child.ts";
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

test("an empty file is a configuration: defaults", async (t) => {
  const folder = scratch(t);
  const file = join(folder, "rempart.toml");
  writeFileSync(file, "");
  const { code, out } = await runProgram(["config", "show", "--config", file]);
  assert.equal(code, 0);
  assert.match(out, /5060/);
});
