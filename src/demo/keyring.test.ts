import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "../sip/index.ts";
import { newKeyring } from "./keyring.ts";

const challenge = (status: 401 | 407, method: string, realm: string) => {
  const name = status === 401 ? "WWW" : "Proxy";
  const m = parseMessage(
    [
      `SIP/2.0 ${status} No`,
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
      "From: <sip:a@example.org>;tag=1",
      "To: <sip:a@example.org>;tag=2",
      "Call-ID: 1",
      `CSeq: 1 ${method}`,
      `${name}-Authenticate: Digest realm="${realm}", nonce="n"`,
      "Content-Length: 0\r\n\r\n",
    ].join("\r\n"),
  );
  assert.ok("status" in m);
  return m;
};

/** Header names and realms of credentials. */
const held = (lines: string): readonly string[] =>
  [...lines.matchAll(/^([\w-]+): .*realm="(\w+)"/gm)].map((hit) => `${hit[1]} ${hit[2]}`);

test("RFC 3261 22.2, 22.3: registrar, proxy and who is called each get the answer to their own challenge", () => {
  const keyring = newKeyring({ user: "a", password: "p", algorithms: ["MD5"] });
  keyring.learn(challenge(401, "REGISTER", "registrar"));
  keyring.learn(challenge(407, "INVITE", "proxy"));
  keyring.learn(challenge(401, "INVITE", "callee"));
  assert.deepEqual(held(keyring.lines("REGISTER", "sip:x")), ["Authorization registrar"]);
  assert.deepEqual(held(keyring.lines("INVITE", "sip:x")), ["Proxy-Authorization proxy", "Authorization callee"]);
  keyring.forget();
  assert.equal(keyring.lines("REGISTER", "sip:x") + keyring.lines("INVITE", "sip:x"), "");
});
