import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Algorithm, digest, readAlgorithm, sameSecret, strongestFirst } from "./hash.ts";
import { VECTORS } from "./vectors.fixture.ts";
import { ha1, responseOf } from "./verify.ts";

for (const v of VECTORS) {
  test(`vector ${v.id}`, () => {
    const algorithm = v.algorithm ?? "MD5";
    const h = ha1(algorithm, v.username, v.realm, v.password);
    const body = v.qop === "auth-int" ? `:${digest(algorithm, v.body ?? "")}` : "";
    const a2 = `${v.method}:${v.uri}${body}`;
    const response = responseOf(algorithm, h, v.nonce, v.nc ?? "", v.cnonce ?? "", v.qop ?? "", a2);
    assert.equal(response, v.computed);
  });
}

test("RFC 8760 2.6 item 7: the hash of an empty body is that of the empty string", () => {
  assert.equal(digest("SHA-256", ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("RFC 7616 4: user and password are hashed as UTF-8 in Normalization Form C", () => {
  // Composed and decomposed spelling of the same name.
  assert.equal(ha1("SHA-256", "J\u00e4s\u00f8n", "r", "p\u00e9"), ha1("SHA-256", "Ja\u0308s\u00f8n", "r", "pe\u0301"));
});

test("wire text is hashed byte by byte", () => {
  const wire = Buffer.from("J\u00e4s\u00f8n", "utf8").toString("latin1");
  assert.equal(digest("MD5", `${wire}:r:p`), ha1("MD5", "J\u00e4s\u00f8n", "r", "p"));
});

const names: [string, Algorithm | undefined][] = [
  ["", "MD5"],
  ["MD5", "MD5"],
  ["md5", "MD5"],
  ["sha-256", "SHA-256"],
  ["SHA-512-256", "SHA-512-256"],
  ["MD5-sess", undefined],
  ["SHA-256-sess", undefined],
  ["AKAv1-MD5", undefined],
];
test("RFC 7616 3.3 algorithm: names in any case, MD5 when absent, no -sess", () => {
  for (const [name, expected] of names) assert.equal(readAlgorithm(name), expected, name);
});

test("RFC 8760 2.3: strongest first, whatever the order of the configuration", () => {
  assert.deepEqual(strongestFirst(["md5", "SHA-512-256", "nonsense", "SHA-256"]), ["SHA-512-256", "SHA-256", "MD5"]);
  assert.deepEqual(strongestFirst(["MD5"]), ["MD5"]);
});

test("property: sameSecret is equality", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "0") });
  fc.assert(fc.property(text, text, (a, b) => assert.equal(sameSecret(a, b), a === b)));
});
