import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { formatIp, isFailure } from "../base/index.ts";
import { parseUri } from "../sip/index.ts";
import { isTokenShaped, makeToken, readToken, type Way } from "./token.ts";

const keyed =
  (secret: string) =>
  (text: string): string =>
    createHmac("sha256", secret).update(text).digest("base64url");
const mac = keyed("secret");

const caller: Way = { transport: "udp", listener: 0, host: "203.0.113.7", port: 5060, connection: 0, holder: "" };
const callee: Way = { transport: "udp", listener: 1, host: "198.51.100.22", port: 65_535, connection: 0, holder: "" };

const host = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => formatIp({ family: 4, bytes })),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatIp({ family: 6, bytes })),
  fc.constantFrom("::", "::1", "0.0.0.0", "255.255.255.255", "2001:db8::1"),
);
const holder = fc.constantFrom("", "A-_z9");
const way: fc.Arbitrary<Way> = fc
  .record(
    {
      transport: fc.constantFrom("udp", "tcp", "tls", "ws", "wss"),
      listener: fc.nat(4_095),
      host,
      port: fc.integer({ min: 0, max: 65_535 }),
      connection: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 36 - 1 })),
      holder,
    },
    { noNullPrototype: true },
  )
  .map((w) => (w.connection === 0 ? { ...w, holder: "" } : w));

test("for any two ways, each side is led to the other", () => {
  fc.assert(
    fc.property(way, way, fc.string(), (a, b, callId) => {
      const token = makeToken(a, b, callId, "caller", mac);
      assert.deepEqual(readToken(token, callId, "caller", "callee", mac), b);
      assert.deepEqual(readToken(token, callId, "callee", "caller", mac), a);
      assert.ok(isTokenShaped(token));
      // It stands in a URI as it is (RFC 3261 25.1), and holds no address as text that a NAT could rewrite.
      const uri = parseUri(`sip:${token}@p.example.org;lr`);
      assert.ok(!isFailure(uri) && uri.user === token);
      assert.match(token, /^[A-Za-z0-9_-]{34,88}$/);
    }),
  );
});

test("34 characters for two IPv4 peers over UDP", () => {
  assert.equal(makeToken(caller, callee, "c", "1", mac).length, 34);
});

test("a token serves its own dialog only", () => {
  const token = makeToken(caller, callee, "c", "1", mac);
  assert.deepEqual(readToken(token, "c", "1", "2", mac), callee);
  assert.equal(readToken(token, "d", "1", "2", mac), undefined);
  assert.equal(readToken(token, "c", "3", "2", mac), undefined);
  assert.equal(readToken(token, "C", "1", "2", mac), undefined);
  assert.equal(readToken(token, "c", "1", "2", keyed("another secret")), undefined);
  assert.equal(readToken(token, "c", "", "", mac), undefined);
});

test("no changed, cut or lengthened token is believed", () => {
  const token = makeToken(caller, callee, "c", "1", mac);
  for (let i = 0; i < token.length; i++) {
    for (const c of "AZaz09-_.%") {
      if (c === token[i]) continue;
      assert.equal(
        readToken(token.slice(0, i) + c + token.slice(i + 1), "c", "1", "2", mac),
        undefined,
        `${c} at ${i}`,
      );
    }
    assert.equal(readToken(token.slice(0, i), "c", "1", "2", mac), undefined);
    if (i > 0) assert.equal(readToken(token.slice(i), "c", "1", "2", mac), undefined);
  }
  for (const more of ["A", "AAAA", token]) assert.equal(readToken(token + more, "c", "1", "2", mac), undefined);
});

test("any text is read without harm, and no MAC is made for what has not the shape", () => {
  let asked = 0;
  const counting = (text: string): string => {
    asked++;
    return mac(text);
  };
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      const before = asked;
      assert.equal(readToken(text, "c", "1", "2", counting), undefined);
      if (!isTokenShaped(text)) assert.equal(asked, before);
    }),
  );
  for (const text of ["", "alice", "A".repeat(33), "A".repeat(89), "\u00ff".repeat(34), "\u4e00".repeat(34)]) {
    assert.equal(isTokenShaped(text), false, text);
  }
  // The length must be that which the two ways tell of themselves: "A" begins one of IPv4 over UDP, "7" one of IPv6 by a connection.
  assert.equal(isTokenShaped("A".repeat(34)), true);
  assert.equal(isTokenShaped("7".repeat(34)), false);
});

test("a MAC that is too short is a fault of ours, and opens nothing", () => {
  const weak = (): string => "";
  const token = makeToken(caller, callee, "c", "1", mac);
  assert.equal(readToken(token, "c", "1", "2", weak), undefined);
});

test("a way that a token cannot hold is a fault of ours", () => {
  const bad: Partial<Way>[] = [
    { host: "example.org" },
    { host: "203.0.113" },
    { host: "203.0.113.256" },
    { host: "1.2.3.4.5" },
    { port: 65_536 },
    { listener: 4_096 },
    { connection: 2 ** 36 },
    { holder: "AAAAA" },
    { connection: 1, holder: "AAAA" },
    { connection: 1, holder: "AA.AA" },
    { connection: 1, holder: "AAAA\u00ff" },
  ];
  for (const part of bad) assert.throws(() => makeToken({ ...caller, ...part }, callee, "c", "1", mac), RangeError);
});
