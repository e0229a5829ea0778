import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { makeLogger } from "../observe/index.ts";
import { openControlSocket } from "./socket.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-control-`);
const path = `${root}/control.sock`;
const handlers = { echo: async (args: unknown) => args, length: async (args: unknown) => String(args).length };
const server = await openControlSocket(path, handlers, makeLogger("error"));
assert.ok(!isTrouble(server));
after(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

/** Sends it in pieces, and gives the lines that come back, `count` of them. */
function exchange(pieces: readonly string[], count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let heard = "";
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${JSON.stringify(heard.slice(0, 200))}`)));
    socket.on("data", (chunk: string) => {
      heard += chunk;
      const lines = heard.split("\n");
      if (lines.length <= count) return;
      socket.removeAllListeners("close").destroy();
      resolve(lines.slice(0, count));
    });
    for (const piece of pieces) socket.write(piece);
  });
}

test("the socket is this user's alone", () => assert.equal(statSync(path).mode & 0o777, 0o600));

const UNKNOWN = ["", "{}", "[]", "null", "no JSON", '{"command":1}', "{", '{"command":"nothing"}'];
for (const name of ["toString", "constructor", "__proto__", "__defineGetter__", "hasOwnProperty"])
  UNKNOWN.push(`{"command":"${name}","args":"x"}`);
test("what is no command is answered as such, and the next one is served", async () => {
  for (const line of UNKNOWN) {
    const [first, second] = await exchange([`${line}\n{"command":"echo","args":"é"}\n`], 2);
    assert.equal(JSON.parse(first).error.code, "COMMAND_UNKNOWN", line);
    assert.deepEqual(JSON.parse(second), { ok: true, data: "é" });
  }
});

test("a line may come in any pieces, and several in one", async () => {
  const three = ["1", "2", "3"].map((n) => `{"command":"echo","args":${n}}\n`).join("");
  const answers = await exchange([three.slice(0, 5), three.slice(5, 40), three.slice(40)], 3);
  assert.deepEqual(
    answers.map((each) => JSON.parse(each).data),
    [1, 2, 3],
  );
});

test("a long line costs its length once; one without an end is cut off", async () => {
  const began = performance.now();
  const [answer] = await exchange([`{"command":"length","args":"${"x".repeat(60 * 1_048_576)}"}\n`], 1);
  assert.deepEqual(JSON.parse(answer), { ok: true, data: 60 * 1_048_576 });
  assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
  await assert.rejects(exchange(["x".repeat(65 * 1_048_576)], 1), /closed|EPIPE|ECONNRESET/);
});
