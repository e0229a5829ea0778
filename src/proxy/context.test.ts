import assert from "node:assert/strict";
import { test } from "node:test";
import { newContext, type Target } from "./context.ts";
import { target } from "./play.fixture.ts";

const uris = (targets: Target[]): string[] => newContext("INVITE", targets).branches.map((b) => b.target.uri);

test("16.6: from the highest q to the lowest, equals in the order given", () => {
  const targets = [target("sip:a@h", 100), target("sip:b@h", 900), target("sip:c@h", 100), target("sip:d@h", 1000)];
  assert.deepEqual(uris(targets), ["sip:d@h", "sip:b@h", "sip:a@h", "sip:c@h"]);
});

test("16.5: a target is in the set once, by the equality of URIs", () => {
  assert.deepEqual(uris([target("sip:a@h"), target("sip:a@h")]), ["sip:a@h"]);
  assert.deepEqual(uris([target("sip:a@H.example"), target("sip:%61@h.example")]), ["sip:a@H.example"]);
  assert.deepEqual(uris([target("sip:a@h", 100), target("sip:a@h", 900)]), ["sip:a@h"]);
  assert.equal(newContext("INVITE", [target("sip:a@h", 100), target("sip:a@h", 900)]).branches[0].target.q, 900);
  assert.deepEqual(uris([target("sip:a@h"), target("sip:A@h")]), ["sip:a@h", "sip:A@h"]);
});

test("two phones with one private address behind two NATs are two targets", () => {
  const one = target("sip:a@192.168.1.2");
  assert.equal(uris([one, { ...one, hop: "udp:203.0.113.7:1024" }]).length, 2);
});

test("branches know their place", () => {
  const ctx = newContext("INVITE", [target("sip:a@h", 100), target("sip:b@h", 900)]);
  assert.deepEqual(
    ctx.branches.map((b) => b.index),
    [0, 1],
  );
});
