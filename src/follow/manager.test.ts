import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { until } from "../../test/support/until.ts";
import { type Followed, followManager, type ManagerEvent } from "./index.ts";
import { Packets } from "./packets.ts";

interface Scene {
  readonly events: ManagerEvent[];
  /** Codes in order; "" for over. */
  readonly troubles: string[];
  /** What was told, in words. */
  readonly words: string[];
  /** All that was sent. */
  said(): string;
  readonly connections: Socket[];
  readonly followed: Followed;
}

/** A server that does what a test says, which no Asterisk would do: each connection is given to `serve`. */
async function scene(t: TestContext, serve: (socket: Socket, said: () => string) => void): Promise<Scene> {
  let text = "";
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    let mine = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
      mine += part;
      socket.emit("said");
    });
    socket.on("error", () => {});
    serve(socket, () => mine);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [events, troubles, words]: [ManagerEvent[], string[], string[]] = [[], [], []];
  const access = { host: "127.0.0.1", port, user: "watcher", secret: "s3cret" };
  const followed = followManager(
    access,
    (event) => void events.push(event),
    (trouble) => {
      troubles.push(trouble?.code ?? "");
      words.push(trouble?.what ?? "");
    },
  );
  t.after(async () => {
    await followed.stop();
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return { events, troubles, words, said: () => text, connections, followed };
}

const GREETING = "Asterisk Call Manager/9.0.0\r\n";

/** Logs in whoever comes, then writes `then`. */
function asterisk(then: readonly string[]): (socket: Socket, said: () => string) => void {
  return (socket, said) => {
    let step = 0;
    socket.write(GREETING);
    socket.on("said", () => {
      if (step === 0 && said().includes("Action: Challenge")) {
        step = 1;
        socket.write("Response: Success\r\nChallenge: 123456\r\n\r\n");
      } else if (step === 1 && said().includes("Action: Login")) {
        step = 2;
        socket.write("Response: Success\r\nMessage: Authentication accepted\r\n\r\n");
        for (const text of then) socket.write(text);
      }
    });
  };
}

test("it logs in by challenge, never shows the password, and asks for security events only", async (t) => {
  const s = await scene(t, asterisk(["Event: InvalidPassword\r\nAccountID: 100\r\n\r\n"]));
  await until("the event has come", () => s.events.length === 1);
  assert.equal(s.events[0].get("AccountID"), "100");
  assert.match(s.said(), /Events: security,system\r\n/);
  assert.ok(s.said().includes(`Key: ${createHash("md5").update("123456s3cret").digest("hex")}\r\n`));
  assert.doesNotMatch(s.said(), /s3cret/);
  assert.deepEqual(s.troubles, []);
});

test("a connection that is lost is made again, and that is told", async (t) => {
  const s = await scene(t, asterisk(["Event: A\r\n\r\n"]));
  await until("it has logged in", () => s.events.length === 1);
  s.connections[0].destroy();
  await until("it has logged in again", () => s.events.length === 2);
  assert.deepEqual(s.troubles, ["FOLLOW_AMI_CLOSED", ""]);
});

test("a login that is refused is told in words, and not tried again at once", async (t) => {
  const s = await scene(t, (socket, said) => {
    socket.write(GREETING);
    socket.on("said", () => {
      if (said().includes("Action: Login"))
        socket.end("Response: Error\r\nMessage: Authentication failed\u001b[31m\r\n\r\n");
      else socket.write("Response: Success\r\nChallenge: 1\r\n\r\n");
    });
  });
  await until("it is told", () => s.troubles.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  assert.deepEqual([s.troubles, s.connections.length], [["FOLLOW_AMI_REFUSED"], 1]);
  assert.match(s.words[0], /refuses the login of watcher: Authentication failed\?\[31m$/);
});

test("what is no manager interface, and one that closes at once", async (t) => {
  const other = await scene(t, (socket) => void socket.write("SSH-2.0-OpenSSH\r\n"));
  await until("it is told", () => other.troubles.length === 1);
  const endless = await scene(t, (socket) => void socket.write("x".repeat(1_000)));
  await until("it is told", () => endless.troubles.length === 1);
  const closing = await scene(t, (socket) => socket.destroy());
  await until("it is told", () => closing.troubles.length === 1);
  assert.deepEqual([...other.troubles, ...endless.troubles], ["FOLLOW_AMI_STRANGE", "FOLLOW_AMI_STRANGE"]);
  assert.match(closing.troubles[0], /^FOLLOW_AMI_(STRANGE|UNREACHABLE)$/);
});

test("nothing listens there", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const troubles: (string | undefined)[] = [];
  const access = { host: "127.0.0.1", port, user: "a", secret: "b" };
  const followed = followManager(
    access,
    () => {},
    (trouble) => void troubles.push(trouble?.what),
  );
  t.after(() => followed.stop());
  await until("it is told", () => troubles.length === 1);
  assert.match(troubles[0] ?? "", /cannot be reached: ECONNREFUSED/);
});

function packetsOf(...pieces: readonly string[]): Record<string, string>[] {
  const packets = new Packets();
  return pieces.flatMap((piece) => packets.push(Buffer.from(piece, "latin1")).map((p) => Object.fromEntries(p)));
}

test("packets: cut anywhere, bounded, and none that may be a caller's", () => {
  const two = "Event: A\r\nX: 1\r\n\r\nEvent: B\r\n\r\n";
  assert.deepEqual(packetsOf(two), [{ Event: "A", X: "1" }, { Event: "B" }]);
  assert.deepEqual(packetsOf(...two), [{ Event: "A", X: "1" }, { Event: "B" }], "byte by byte");
  const own = "Event: I\r\nAccountID: a\r\nRemoteAddress: forged\r\nSessionID: 1\r\nRemoteAddress: true\r\n\r\n";
  assert.equal(packetsOf(own)[0].RemoteAddress, "true", "what Asterisk has seen stands behind what callers say");
  const cut = "Event: I\r\nAccountID: \r\n\r\nEvent: Forged\r\nX: 1\r\n\r\nSessionID: 1\r\nRemoteAddress: true\r\n\r\n";
  assert.deepEqual(packetsOf(cut, "Event: Next\r\n\r\n"), [{ Event: "Next" }], "the rest of one that was cut");
  const long = `Event: A\r\nX: ${"x".repeat(20_000)}\r\n\r\nEvent: B\r\n\r\n`;
  assert.deepEqual(packetsOf(long), [{ Event: "B" }]);
  const many = `Event: A\r\n${Array.from({ length: 500 }, (_, i) => `F${i}: x\r\n`).join("")}\r\nEvent: B\r\n\r\n`;
  assert.deepEqual(packetsOf(many), [{ Event: "B" }]);
});
