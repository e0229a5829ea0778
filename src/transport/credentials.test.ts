import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateFor, certificateNames } from "./credentials.ts";
import { isOriginAllowed } from "./origin.ts";

test("RFC 6066 3: which certificate a name gets", () => {
  const all = [{ names: ["a.example", "127.0.0.1"] }, { names: ["*.example.org"] }, { names: ["pbx.example.org"] }];
  for (const [name, expected] of [
    ["a.example", 0],
    ["A.EXAMPLE", 0],
    ["pbx.example.org", 2],
    ["other.example.org", 1],
    ["deep.other.example.org", -1],
    ["example.org", -1],
    ["localhost", -1],
    ["", -1],
  ] as const) {
    const found = certificateFor(all, name);
    assert.equal(found === undefined ? -1 : all.indexOf(found), expected, name);
  }
});

test("RFC 5922 7.1: names that a certificate speaks for", () => {
  for (const [subject, alternatives, expected] of [
    ["CN=Pbx.Example.org", "", ["pbx.example.org"]],
    [
      "C=FR\nO=X\nCN=a",
      "DNS:B.example, URI:sip:example.org, email:Anna@b.example",
      ["b.example", "example.org", "anna@b.example"],
    ],
    ["CN=pbx.example.org", "URI:http://b.example", []],
    [undefined, undefined, []],
    ["CN=two words", "IP Address:192.0.2.1", ["192.0.2.1"]],
    // Node quotes what could be taken for two names (CVE-2021-44532).
    ["O=x", 'DNS:"evil, DNS:pbx.example.org"', []],
    ["O=CN=fake", "URI:http://b.example", []],
  ] as const) {
    assert.deepEqual(certificateNames(subject, alternatives), expected, `${subject} ${alternatives}`);
  }
});

test("which origins may open a WebSocket", () => {
  const allowed = ["pbx.example.org", "https://phone.example.com:8443"];
  for (const [origin, expected] of [
    [undefined, true],
    ["https://pbx.example.org", true],
    ["http://PBX.example.org:8080", true],
    ["https://phone.example.com:8443", true],
    ["https://phone.example.com", false],
    ["http://phone.example.com:8443", false],
    ["https://evil.example", false],
    ["https://pbx.example.org.evil.example", false],
    ["https://pbx.example.org@evil.example", false],
    ["null", false],
    ["", false],
    ["file://", false],
  ] as const) {
    assert.equal(isOriginAllowed(origin, allowed), expected, String(origin));
  }
  assert.equal(isOriginAllowed("https://evil.example", ["*"]), true);
});
