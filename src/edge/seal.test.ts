import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFailure } from "../base/index.ts";
import { parseUri, type Uri } from "../sip/index.ts";
import { newSeal } from "./seal.ts";

const uriOf = (text: string): Uri => {
  const uri = parseUri(text);
  assert.ok(!isFailure(uri), text);
  return uri;
};
const sealed = (user: string): Uri => uriOf(`sip:${user}@192.0.2.1`);

test("what was closed is opened, alike each time, and is a user part as it stands", () => {
  const seal = newSeal("secret");
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      const bytes = Buffer.from(text, "latin1").toString("latin1");
      const closed = seal.close(bytes);
      assert.ok(closed !== undefined && /^~[\w-]+$/.test(closed));
      assert.equal(closed, seal.close(bytes));
      assert.equal(seal.open(sealed(closed)), bytes);
    }),
  );
});

test("what another secret closed, or somebody changed, is not opened", () => {
  const closed = newSeal("secret").close("sip:100@10.0.0.11") ?? "";
  assert.equal(newSeal("other").open(sealed(closed)), undefined);
  for (let i = 1; i < closed.length - 1; i++) {
    const other = closed[i] === "A" ? "B" : "A";
    const changed = closed.slice(0, i) + other + closed.slice(i + 1);
    assert.equal(newSeal("secret").open(sealed(changed)), undefined, `character ${i}`);
  }
  for (const user of ["", "~", "~AAAA", "anna"])
    assert.equal(newSeal("secret").open(uriOf(`sip:${user || "x"}@h`)), undefined);
});

test("what would be too long for a URI is not closed", () => {
  assert.equal(newSeal("secret").close(`sip:${"x".repeat(400)}@10.0.0.1`), undefined);
});
