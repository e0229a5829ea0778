/** What somebody without the password learns: nothing, not even which users exist. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerChallenge } from "../src/auth/index.ts";
import { isFailure } from "../src/base/index.ts";
import type { Softphone } from "../src/demo/index.ts";
import { parseMessage } from "../src/sip/index.ts";
import { DOMAIN, PASSWORD, startEdge } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";

/** The texts a phone received, with what is unguessable or its own masked. */
function masked(phone: Softphone, user: string): string[] {
  return phone.wire.received.map((m) =>
    m.text
      .replaceAll(user, "USER")
      .replace(/nonce="[^"]+"/g, "nonce")
      .replace(/;branch=[^;\r]+/g, ";branch")
      .replace(/;tag=[^;\r]+/g, ";tag")
      .replace(/;rport=\d+/g, ";rport")
      .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
      .replace(/Call-ID: [^\r]+/g, "Call-ID"),
  );
}

for (const transport of ["udp", "tcp"] as const) {
  test(`over ${transport} an unknown user and a wrong password are answered alike, byte for byte`, async (t) => {
    const edge = await startEdge(t, { users: ["anna", "bert"] });
    const link = { edge: transport === "udp" ? edge.udp4 : edge.tcp4, transport, password: "guessed" };
    const known = await edge.phone("anna", link);
    const unknown = await edge.phone("nora", link);
    for (const phone of [known, unknown]) {
      assert.equal((await phone.register()).status, 401);
      assert.equal((await phone.request("MESSAGE", `sip:bert@${DOMAIN}`, "x")).status, 407);
      assert.equal((await phone.call(`sip:bert@${DOMAIN}`).final).status, 407);
      assert.equal((await phone.call(`sip:zora@${DOMAIN}`).final).status, 407);
    }
    const answers = masked(known, "anna");
    assert.equal(answers.length, 8, "a challenge and a refusal for each");
    assert.deepEqual(masked(unknown, "nora"), answers);
  });
}

for (const algorithm of ["MD5", "SHA-256"]) {
  test(`a phone that knows ${algorithm} alone registers with it`, async (t) => {
    const edge = await startEdge(t, { users: ["anna"] });
    const anna = await edge.phone("anna", { algorithms: [algorithm] });
    assert.equal((await anna.register()).status, 200);
    assert.match(anna.wire.sent[1].text, new RegExp(`algorithm=${algorithm},`));
  });
}

test("challenges are offered strongest first, and one nonce serves many requests", async (t) => {
  const edge = await startEdge(t, { users: ["anna"] });
  const anna = await edge.phone("anna");
  await anna.register();
  const offered = [...anna.wire.received[0].text.matchAll(/algorithm=([\w-]+)/g)].map((hit) => hit[1]);
  assert.deepEqual(offered, ["SHA-256", "MD5"]);
  for (let i = 0; i < 3; i++) assert.equal((await anna.register()).status, 200);
  assert.equal(anna.wire.sent.length, 2 + 3, "no further challenge");
});

test("recorded credentials are worth nothing: neither again, nor from another address", async (t) => {
  const edge = await startEdge(t, { users: ["anna"] });
  const anna = await edge.phone("anna");
  await anna.register();
  const recorded = anna.wire.sent[1].text;
  const credentials = /Authorization: ([^\r]+)/.exec(recorded)?.[1] ?? "";
  // The very same credentials under a new Call-ID.
  const thief = await edge.phone("anna", { password: "unknown", algorithms: [] });
  const again = await thief.request("REGISTER", `sip:${DOMAIN}`, "", `Authorization: ${credentials}\r\n`);
  assert.equal(again.status, 401);
  const elsewhere = await edge.phone("anna", { edge: edge.udp6, password: "unknown", algorithms: [] });
  const other = await elsewhere.request("REGISTER", `sip:${DOMAIN}`, "", `Authorization: ${credentials}\r\n`);
  assert.equal(other.status, 401);
});

test("a changed or removed account takes effect at once, without a restart", async (t) => {
  const edge = await startEdge(t, { users: ["anna"] });
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  // The command is answered once the change is stored; whoever asks the signalling thread after it asks one that knows.
  const applied = (): Promise<unknown> => edge.command("status");
  await edge.command("account.passwd", { user: "anna", password: "another fine secret 7", allowWeak: true });
  await applied();
  assert.equal((await anna.register()).status, 401);
  const renewed = await edge.phone("anna", { password: "another fine secret 7" });
  assert.equal((await renewed.register()).status, 200);
  await edge.command("account.remove", { user: "anna" });
  await applied();
  assert.equal((await renewed.register()).status, 401);
});

test("nobody registers for somebody else, though the password is right", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const thief = await edge.phone("bert", { authUser: "anna" });
  assert.equal((await thief.register()).status, 403);
  const anna = await edge.phone("anna");
  assert.equal((await anna.call(`sip:bert@${DOMAIN}`).final).status, 480, "bert is where he was: nowhere");
});

test("nobody calls in somebody else's name", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert", "carl"] });
  const carl = await edge.phone("carl");
  await carl.register();
  const liar = await edge.phone("bert", { authUser: "anna" });
  assert.equal((await liar.call(carl.aor).final).status, 403);
  assert.equal(carl.calls.length, 0);
});

const SIGNED: readonly (readonly [string, (port: number) => string, number])[] = [
  ["the address and port it sends to, as SIPp does", (port) => `sip:127.0.0.1:${port}`, 200],
  ["a name of the machine", () => "sip:LocalHost", 200],
  ["the domain in other letters, with a port", (port) => `sip:PBX.example.org:${port};transport=udp`, 200],
  ["a port of ours that is another's", () => "sip:127.0.0.1:9", 400],
  ["another domain", () => "sip:elsewhere.example", 400],
  ["a user", (port) => `sip:bert@127.0.0.1:${port}`, 400],
];
for (const [name, digestUri, expected] of SIGNED) {
  test(`RFC 8760 2.6 item 6: a REGISTER for the domain whose digest signs ${name}: ${expected}`, async (t) => {
    const edge = await startEdge(t, { users: ["anna"] });
    const raw = await openRaw(t, edge.udp4);
    const lines = [`From: <sip:anna@${DOMAIN}>;tag=1`, `To: <sip:anna@${DOMAIN}>`, `Contact: <sip:anna@${raw.at}>`];
    raw.send(rawRequest("REGISTER", `sip:${DOMAIN}`, raw.at, lines));
    const challenge = parseMessage((await raw.next()) ?? "");
    assert.ok(!isFailure(challenge));
    const uri = digestUri(edge.udp4.port);
    const line = answerChallenge(challenge, {
      method: "REGISTER",
      uri,
      user: "anna",
      password: PASSWORD,
      cnonce: "c",
      nc: 1,
    });
    raw.send(rawRequest("REGISTER", `sip:${DOMAIN}`, raw.at, [...lines, line?.trimEnd() ?? ""]));
    assert.equal(statusOf(await raw.next()), expected);
  });
}
