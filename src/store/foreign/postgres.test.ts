import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isTrouble } from "../../base/index.ts";
import { foreignReader } from "./reader.ts";

/** AuthenticationOk and ReadyForQuery, by PostgreSQL's protocol 3. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
const SHAPE = { name: "subscriber", key: ["username"], needed: ["username"], oneOf: [], optional: [] };

/** What a server may do once it has been asked something. */
const ENDS: readonly (readonly [string, (socket: Socket) => void, rounds?: number])[] = [
  ["resets", (socket) => socket.resetAndDestroy()],
  ["closes", (socket) => socket.end()],
  // Taken for the beginning of a long message: 10 s are waited for the rest.
  ["answers garbage", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), 1],
  ["answers half a message and resets", (socket) => socket.write("T\0\0\0", () => socket.resetAndDestroy())],
];

for (const [name, act, rounds = 2] of ENDS) {
  test(`a server that ${name} in the middle of a question is a trouble, and ends nothing`, {
    timeout: 25_000,
  }, async (t) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(WELCOME);
        socket.once("data", () => act(socket));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const place = {
      engine: "postgres",
      shown: "x",
      host: "127.0.0.1",
      port,
      socket: "",
      user: "u",
      database: "d",
    } as const;
    const reader = foreignReader({ ...place, password: () => "", tls: undefined }, [SHAPE]);
    for (let round = 0; round < rounds; round++) {
      const said = await reader.marker();
      assert.ok(isTrouble(said) && said.code === "ACCOUNTS_UNREACHABLE", JSON.stringify(said));
    }
    reader.close();
    // An error without a listener would come behind the answer.
    await setTimeout(50);
  });
}
