import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { type Credentials, H } from "../sip/index.ts";
import { challenge } from "./challenge.ts";
import { type Answer, answerChallenge } from "./client.ts";
import { request, response } from "./judge.fixture.ts";

const ANSWER: Answer = {
  method: "GET",
  uri: "/dir/index.html",
  user: "Mufasa",
  password: "Circle of Life",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  nc: 1,
};
const NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";

/** The answer to challenge values, read back. */
function answered(values: readonly string[], status: 401 | 407 = 401): Credentials | undefined {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  const line = answerChallenge(response(status, values.map((v) => `${name}: ${v}`).join("\r\n")), ANSWER);
  if (line === undefined) return undefined;
  assert.ok(line.endsWith("\r\n"));
  const c = request([line.trimEnd()]).get(status === 401 ? H.authorization : H.proxyAuthorization);
  assert.ok(c !== undefined && !isFailure(c), line);
  return c;
}

const digestOf = (algorithm: string, more = ""): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}"${more}`;

test("7616 3.9.1: the example's own answers, opaque given back", () => {
  const sha = answered([digestOf("SHA-256", ', opaque="FQhe"'), digestOf("MD5")]);
  assert.equal(sha?.response, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  assert.deepEqual([sha?.opaque, sha?.nc, sha?.qop, sha?.algorithm], ["FQhe", "00000001", "auth", "SHA-256"]);
  assert.equal(answered([digestOf("MD5")])?.response, "8ca523f5e9506fed4657c9700eebdbec");
});

test("8760 2.4: the topmost challenge that is understood; the others are ignored", () => {
  const topmost = answered(['Basic realm="x"', digestOf("AKAv1-MD5"), digestOf("SHA-512-256"), digestOf("MD5")], 407);
  assert.equal(topmost?.algorithm, "SHA-512-256");
  assert.equal(answered([digestOf("MD5").replace("auth, auth-int", "token")]), undefined);
  assert.equal(answered(['Basic realm="x"']), undefined);
});

test("7616 3.3: no algorithm in, none out; auth-int when only that is offered; no qop for an old server", () => {
  const plain = answered([`Digest realm="r", nonce="n", qop="auth"`]);
  assert.deepEqual([plain?.algorithm, plain?.qop], ["", "auth"]);
  assert.equal(answered([`Digest realm="r", nonce="n", qop="auth-int"`])?.qop, "auth-int");
  const old = answered([`Digest realm="r", nonce="n"`]);
  assert.deepEqual([old?.qop, old?.nc, old?.cnonce], ["", "", ""]);
});

test("8760 2.3: our own challenge has one line per algorithm, strongest first, one nonce, qop, and a size that tells nothing", () => {
  const text = challenge(407, "example.org", "n0", false, ["SHA-256", "MD5"]);
  assert.equal(
    text,
    'Proxy-Authenticate: Digest realm="example.org", nonce="n0", algorithm=SHA-256, qop="auth"\r\n' +
      'Proxy-Authenticate: Digest realm="example.org", nonce="n0", algorithm=MD5, qop="auth"\r\n',
  );
  const all = response(401, challenge(401, "example.org", "n0", true, ["SHA-256", "MD5"])).all(H.wwwAuthenticate);
  assert.ok(!isFailure(all));
  assert.deepEqual(
    all.map((c) => [c.algorithm, c.nonce, c.stale]),
    [
      ["SHA-256", "n0", true],
      ["MD5", "n0", true],
    ],
  );
});
