import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { H } from "../sip/index.ts";
import {
  type Attempt,
  account,
  attempt,
  authorization,
  LIFETIME,
  NOW,
  REALM,
  request,
  SOURCE,
  verifier,
} from "./judge.fixture.ts";
import { credentialsFor, judge } from "./judge.ts";
import { makeNonce } from "./nonce.ts";
import { responseOf } from "./verify.ts";

const swap = (from: string | RegExp, to: string) => (line: string) => line.replace(from, to);

const cases: [string, Attempt, string][] = [
  ["7616 3.4.1 MD5", { algorithms: ["MD5"] }, "ok"],
  ["7616 3.4.1 SHA-256", { algorithms: ["SHA-256"] }, "ok"],
  ["7616 3.4.1 SHA-512-256", { algorithms: ["SHA-512-256"] }, "ok"],
  ["8760 2.4 the topmost of three", { algorithms: ["SHA-512-256", "SHA-256", "MD5"] }, "ok"],
  ["7616 3.4 algorithm absent means MD5", { change: swap(", algorithm=MD5", "") }, "ok"],
  ["7616 3.4 algorithm and qop in quotes and other case", { change: swap("algorithm=MD5", 'algorithm="md5"') }, "ok"],
  ["wrong password", { password: "guess" }, "wrong"],
  ["another user's name", { user: "bert" }, "wrong"],
  ["the name in other case", { user: "Anna" }, "wrong"],
  ["the response for another method", { digestMethod: "INVITE" }, "wrong"],
  ["empty response", { change: swap(/response="\w+"/, 'response=""') }, "wrong"],
  ["response cut short", { change: swap(/(response="\w{16})\w+"/, '$1"') }, "wrong"],
  [
    "8760 2.2 response in upper case",
    { change: (l) => l.replace(/response="\w+"/, (r) => `response="${r.slice(10, -1).toUpperCase()}"`) },
    "wrong",
  ],
  ["an MD5 response called SHA-256", { change: swap("algorithm=MD5", "algorithm=SHA-256") }, "wrong"],
  ["stale nonce, right password", { at: LIFETIME + 1 }, "stale"],
  ["stale nonce, wrong password", { at: LIFETIME + 1, password: "guess" }, "wrong"],
  ["a nonce of somebody else's", { nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" }, "foreign"],
  ["a nonce of somebody else's, wrong password", { nonce: "dcd98b71", password: "guess" }, "foreign"],
  ["our nonce for another source", { source: "203.0.113.8" }, "foreign"],
  ["our nonce for another source, wrong password", { source: "203.0.113.8", password: "guess" }, "foreign"],
  ["7616 3.3 -sess was not offered", { change: swap("algorithm=MD5", "algorithm=MD5-sess") }, "foreign"],
  ["RFC 2069: no qop", { change: swap(/, qop=auth, nc=\w+/, "") }, "foreign"],
  ["auth-int was not offered", { change: swap("qop=auth", "qop=auth-int") }, "foreign"],
  ["userhash was not offered", { change: (l) => `${l}, userhash=true` }, "foreign"],
  ["nc of 7 digits", { change: swap("nc=00000001", "nc=0000001") }, "malformed"],
  ["nc of 9 digits", { change: swap("nc=00000001", "nc=000000001") }, "malformed"],
  ["nc that is no number", { change: swap("nc=00000001", "nc=0000000g") }, "malformed"],
  ["nc absent", { change: swap(", nc=00000001", "") }, "malformed"],
  ["cnonce absent", { change: swap(', cnonce="0a4f113b"', "") }, "malformed"],
  ["nc of 0", { nc: 0 }, "stale"],
  ["another scheme", { change: swap("Digest", "Basic") }, "none"],
  ["another realm", { change: swap('realm="example.org"', 'realm="other"') }, "none"],
  [
    "RFC 4475 3.3.7 a scheme nobody knows",
    { change: () => "Authorization: NoOneKnowsThisScheme opaque-data=here" },
    "none",
  ],
  ["broken credentials", { change: () => 'Authorization: Digest username="' }, "none"],
];
for (const [name, a, expected] of cases) test(name, () => assert.equal(attempt(verifier(), account(), a), expected));

const uris: [string, string, string][] = [
  ["sip:example.org", "sip:example.org", "ok"],
  ["sip:example.org:5060", "sip:example.org", "ok"],
  ["sip:EXAMPLE.org;transport=tcp", "sip:example.org;lr", "ok"],
  ["sip:%61nna@example.org", "sip:anna@example.org", "ok"],
  ["sip:192.0.2.1:5070", "sip:example.org", "ok"],
  ["sip:example.org", "sip:pbx.local;transport=tcp", "ok"],
  ["sip:%61nna@192.0.2.1", "sip:anna@example.org", "ok"],
  ["sip:example.org:5070", "sip:example.org", "ok"],
  ["sip:example.org:5090", "sip:example.org", "malformed"],
  ["sip:192.0.2.1:5090", "sip:example.org", "malformed"],
  ["sip:192.0.2.2", "sip:example.org", "malformed"],
  ["sip:192.0.2.1", "sip:example.net", "malformed"],
  ["sip:100@192.0.2.1", "sip:0900@example.org", "malformed"],
  ["sip:192.0.2.1", "sip:anna@example.org", "malformed"],
  ["sips:192.0.2.1", "sip:example.org", "malformed"],
  ["sip:100@example.org", "sip:0900@example.org", "malformed"],
  ["sip:example.org", "sip:anna@example.org", "malformed"],
  ["sip:example.net", "sip:example.org", "malformed"],
  ["sips:example.org", "sip:example.org", "malformed"],
  ["example.org", "sip:example.org", "malformed"],
  ["", "sip:example.org", "malformed"],
];
for (const [digestUri, requestUri, expected] of uris) {
  test(`8760 2.6 item 6: digest uri "${digestUri}" for ${requestUri}`, () => {
    assert.equal(attempt(verifier(), account(), { digestUri, requestUri }), expected);
  });
}

test("domains by turns, and a uri that is not ASCII", () => {
  for (const requestUri of [
    "sip:example.org",
    "sip:b.example",
    "sip:example.org",
    "sip:c.example;x=1",
    "sip:b.example",
  ])
    for (const algorithms of [["MD5"], ["SHA-256"], ["SHA-512-256"]] as const)
      assert.equal(attempt(verifier(), account(), { requestUri, algorithms }), "ok");
  assert.equal(attempt(verifier(), account(), { cnonce: "caf\u00e9" }), "ok");
});

test("8760 3: an algorithm that is not offered is not taken", () => {
  assert.equal(attempt(verifier(["SHA-256"]), account(), { algorithms: ["MD5"] }), "foreign");
  assert.equal(attempt(verifier(["SHA-256"]), account(), { algorithms: ["SHA-256"] }), "ok");
});

test("an unknown user, a wrong password and a missing hash end alike", () => {
  for (const a of [{}, { password: "guess" }, { at: LIFETIME + 1 }, { algorithms: ["SHA-512-256"] }] as Attempt[])
    assert.equal(attempt(verifier(), undefined, a), "wrong");
  const old = account("anna", "right", false);
  assert.equal(attempt(verifier(), old, { algorithms: ["SHA-512-256"] }), "wrong");
});

test("the stand-in for unknown users opens nothing", () => {
  const zeros: ReturnType<typeof account> = {
    user: "x",
    domain: REALM,
    ha1: { md5: "0".repeat(32), sha256: "0".repeat(64) },
  };
  const v = verifier();
  // With an account that really has that hash, the very same response is right.
  const line = authorization(v, { user: "x" });
  const forged = standInResponse(line);
  const m = request([forged]);
  const c = credentialsFor(m, H.authorization, REALM);
  assert.ok(c);
  assert.equal(judge(v, c, m, undefined, REALM, SOURCE, NOW), "wrong");
  assert.equal(judge(v, c, m, zeros, REALM, SOURCE, NOW), "ok");
});

test("nc: the same request again is ok, another with the same count is asked anew", () => {
  const v = verifier();
  const nonce = makeNonce(v.keys, NOW, SOURCE, REALM, 5);
  assert.equal(attempt(v, account(), { nonce, extra: ["Contact: <sip:a@10.0.0.5>"] }), "ok");
  assert.equal(attempt(v, account(), { nonce, extra: ["Contact: <sip:a@10.0.0.5>"] }), "ok", "retransmission");
  assert.equal(attempt(v, account(), { nonce, extra: ["Contact: <sip:evil@10.9.9.9>"] }), "stale", "replay");
  assert.equal(attempt(v, account(), { nonce, nc: 2, extra: ["Contact: <sip:b@10.0.0.5>"] }), "ok");
});

test("wrong passwords leave no trace in the counts", () => {
  const v = verifier();
  const nonce = makeNonce(v.keys, NOW, SOURCE, REALM, 5);
  assert.equal(attempt(v, account(), { nonce, password: "guess" }), "wrong");
  assert.equal(attempt(v, account(), { nonce }), "ok");
});

test("22.3 credentials for several realms: ours is found", () => {
  const v = verifier();
  const other = authorization(v, { change: swap('realm="example.org"', 'realm="other"') });
  const m = request([other, authorization(v, {})]);
  assert.equal(credentialsFor(m, H.authorization, REALM)?.realm, REALM);
  assert.equal(credentialsFor(request([]), H.authorization, REALM), undefined);
  assert.equal(credentialsFor(m, H.proxyAuthorization, REALM), undefined);
});

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });

test("property: any user and password that a phone can type opens its account, and no other password does", () => {
  const algorithm = fc.constantFrom("MD5" as const, "SHA-256" as const, "SHA-512-256" as const);
  const noControls = text.filter((t) => !/[\p{Cc}\p{Cs}]/u.test(t));
  fc.assert(
    fc.property(noControls, noControls, noControls, algorithm, (user, password, guess, a) => {
      const wire = Buffer.from(user.normalize("NFC"), "utf8").toString("latin1");
      const known = { ...account(user, password), user: wire };
      assert.equal(attempt(verifier(), known, { user, password, algorithms: [a] }), "ok");
      fc.pre(guess.normalize("NFC") !== password.normalize("NFC"));
      assert.equal(attempt(verifier(), known, { user, password: guess, algorithms: [a] }), "wrong");
    }),
    { numRuns: 60 },
  );
});

test("property: whatever is changed in a right answer, it is never ok and never an exception", () => {
  // SHA-256: without its name the default, MD5, would not do.
  const line = authorization(verifier(), { algorithms: ["SHA-256"] });
  const start = line.indexOf("Digest");
  fc.assert(
    fc.property(fc.integer({ min: start, max: line.length - 1 }), fc.integer({ min: 33, max: 126 }), (at, code) => {
      const changed = line.slice(0, at) + String.fromCharCode(code) + line.slice(at + 1);
      // Names and the scheme may be spelled in any case, so letters of other case change nothing there.
      fc.pre(changed.toLowerCase() !== line.toLowerCase());
      assert.notEqual(attempt(verifier(), account(), { change: () => changed }), "ok", changed);
    }),
    { numRuns: 500 },
  );
});

/** The line with the response that the stand-in hash would give. */
function standInResponse(line: string): string {
  const part = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(line)?.[1] ?? "";
  const response = responseOf(
    "MD5",
    "0".repeat(32),
    part(" nonce"),
    part(" nc"),
    part("cnonce"),
    "auth",
    `REGISTER:${part(" uri")}`,
  );
  return line.replace(/response="\w+"/, `response="${response}"`);
}
