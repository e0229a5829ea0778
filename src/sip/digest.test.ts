import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { parseChallenge, parseCredentials, printChallenge, printCredentials } from "./digest.ts";

const credentials = (text: string): unknown => {
  const c = parseCredentials(text, 0, text.length);
  if (isFailure(c)) return c.code;
  const { start, end, ...rest } = c;
  assert.deepEqual([start, end], [0, text.length]);
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== "" && value !== false));
};

// RFC 7616 3.4, RFC 3261 22.4
const rows: [string, string, unknown][] = [
  [
    "RFC 7616 3.9.1",
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", ' +
      'qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    {
      scheme: "Digest",
      username: "Mufasa",
      realm: "http-auth@example.org",
      uri: "/dir/index.html",
      algorithm: "SHA-256",
      nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
      nc: "00000001",
      cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
      qop: "auth",
      response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
      opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    },
  ],
  [
    "any case, white space and folds",
    'DIGEST\r\n Username = "a" ,\r\n REALM="b"',
    { scheme: "Digest", username: "a", realm: "b" },
  ],
  ["quoted pairs are undone", 'Digest username="a\\"b\\\\c"', { scheme: "Digest", username: 'a"b\\c' }],
  [
    "quoted and unquoted alike",
    'Digest qop="auth", algorithm="MD5", nc="1", nonce=abc',
    { scheme: "Digest", qop: "auth", algorithm: "MD5", nc: "1", nonce: "abc" },
  ],
  ["unknown parameters are passed over", 'Digest x="a,b", y=z, username="a"', { scheme: "Digest", username: "a" }],
  [
    "RFC 7616 3.4: username* is decoded",
    "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe",
    { scheme: "Digest", username: "J\xc3\xa4s\xc3\xb8n Doe" },
  ],
  [
    "RFC 7616 3.4.4: userhash",
    "Digest username=abc, userhash=true",
    { scheme: "Digest", username: "abc", userhash: true },
  ],
  ["another scheme is only named", "NoOneKnowsThisScheme opaque-data=here", { scheme: "NoOneKnowsThisScheme" }],
  ["nothing but the scheme", "Digest", { scheme: "Digest" }],
  ["empty", "", "SIP_BAD_CREDENTIALS"],
  ["no value", "Digest username=", "SIP_BAD_CREDENTIALS"],
  ["no name", 'Digest ="a"', "SIP_BAD_CREDENTIALS"],
  ["quote not closed", 'Digest username="a', "SIP_BAD_CREDENTIALS"],
  ["no comma", 'Digest username="a" realm="b"', "SIP_BAD_CREDENTIALS"],
  ["a comma too many", 'Digest username="a",', "SIP_BAD_CREDENTIALS"],
  ["two commas", 'Digest username="a",,realm="b"', "SIP_BAD_CREDENTIALS"],
  ["a parameter twice", 'Digest username="a",username="b"', "SIP_BAD_CREDENTIALS"],
  ["username in both forms", "Digest username=\"a\",username*=UTF-8''b", "SIP_BAD_CREDENTIALS"],
  ["username* that is none", "Digest username*=latin1'b", "SIP_BAD_CREDENTIALS"],
];
for (const [name, text, expected] of rows) {
  test(`credentials: ${name}`, () => assert.deepEqual(credentials(text), expected));
}

test("print∘parse: credentials that were printed read the same", () => {
  for (const [, text, expected] of rows) {
    const c = parseCredentials(text, 0, text.length);
    if (!isFailure(c)) assert.deepEqual(credentials(printCredentials(c)), expected);
  }
});

test("RFC 7616 3.3: a challenge, printed and read again", () => {
  const text =
    'Digest realm="a\\"b", domain="sip:h", nonce="n", opaque="o", algorithm=SHA-512-256, qop="auth,auth-int", stale=TRUE, x=y';
  const c = parseChallenge(text, 0, text.length);
  assert.ok(!isFailure(c));
  const expected = {
    realm: 'a"b',
    domain: "sip:h",
    nonce: "n",
    opaque: "o",
    algorithm: "SHA-512-256",
    qop: "auth,auth-int",
    stale: true,
  };
  const parts = { ...c };
  assert.deepEqual(parts, { scheme: "Digest", ...expected, start: 0, end: text.length });
  const printed = printChallenge(c);
  assert.deepEqual(parseChallenge(printed, 0, printed.length), {
    scheme: "Digest",
    ...expected,
    start: 0,
    end: printed.length,
  });
});

test("challenges that are none", () => {
  for (const text of ["", "Digest realm", 'Digest realm="', 'Digest realm="a" nonce="b"']) {
    assert.ok(isFailure(parseChallenge(text, 0, text.length)), text);
  }
  const other = parseChallenge('Bearer realm="x"', 0, 16);
  assert.ok(!isFailure(other));
  assert.equal(other.scheme, "Bearer");
});
