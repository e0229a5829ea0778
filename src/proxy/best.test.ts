import assert from "node:assert/strict";
import { test } from "node:test";
import { bestResponse, rank } from "./best.ts";
import { newContext } from "./context.ts";
import { play, read, response, show, target } from "./play.fixture.ts";
import { onResponse, start } from "./step.ts";

test("16.7.6: which final response is the best", () => {
  const rows: readonly (readonly [string, number[], number])[] = [
    ["6xx before all", [404, 302, 603, 500], 603],
    ["the first of several 6xx", [600, 603], 600],
    ["the lowest class", [500, 404, 302], 302],
    ["the example of the RFC", [503, 407, 501, 404], 407],
    ["401 tells how to go on", [404, 486, 401], 401],
    ["407 tells how to go on", [415, 407, 484], 407],
    ["415 does", [404, 415], 415],
    ["420 does", [486, 420], 420],
    ["484 does", [404, 484], 484],
    ["an answer before silence", [408, 486], 486],
    ["an answer before what a CANCEL made", [487, 480], 480],
    ["5xx but 503", [503, 502], 502],
    ["a tie goes to the first", [486, 404], 486],
  ];
  for (const [name, statuses, want] of rows) {
    const best = statuses.reduce((a, b) => (rank(b) < rank(a) ? b : a));
    assert.equal(best, want, name);
  }
  assert.ok(rank(699) < rank(300) && rank(599) < rank(0));
});

const BASIC = 'WWW-Authenticate: Digest realm="w", nonce="1"';
const PROXY = 'Proxy-Authenticate: Digest realm="p", nonce="2"';
const FOLDED = 'Proxy-Authenticate: Digest realm="q",\r\n nonce="3"';

/** The final response of three branches that answered so, with their own headers. */
function answered(...replies: (readonly [number, string[]])[]): string {
  const ctx = newContext(
    "INVITE",
    replies.map((_, i) => target(`sip:${i}@h`)),
  );
  start(ctx, 0);
  replies.forEach(([status, extra], i) => {
    onResponse(ctx, i, response(status, "INVITE", extra), 1);
  });
  return bestResponse(ctx);
}

test("16.7.7: a challenge that goes up carries those of all other 401 and 407", () => {
  const text = answered([404, []], [401, [BASIC]], [407, [PROXY, FOLDED]]);
  const m = read(text);
  assert.equal(m.status, 401);
  const at = [BASIC, PROXY, FOLDED].map((line) => text.indexOf(`\r\n${line}\r\n`));
  assert.ok(
    at.every((place) => place > 0 && place < m.headersEnd),
    text,
  );
  assert.equal(text.split("Authenticate").length - 1, 3);
  assert.equal(text.split("Via:").length - 1, 1);
});

test("16.7.7: challenges stand before the empty line, the body stays as it was", () => {
  const ctx = newContext("INVITE", [target("sip:0@h"), target("sip:1@h")]);
  start(ctx, 0);
  const head = response(407, "INVITE", [PROXY]).text.replace("Content-Length: 0\r\n\r\n", "");
  onResponse(ctx, 0, read(`${head}Content-Length: 6\r\n\r\n\r\n\r\nAB`), 1);
  assert.equal(show(onResponse(ctx, 1, response(401, "INVITE", [BASIC]), 1)), "best 0, done");
  assert.ok(bestResponse(ctx).endsWith(`Content-Length: 6\r\n${BASIC}\r\n\r\n\r\n\r\nAB`));
});

test("16.7.7: other best responses carry no challenges", () => {
  const text = answered([401, [BASIC]], [603, []], [407, [PROXY]]);
  assert.equal(read(text).status, 603);
  assert.ok(!text.includes("Authenticate"));
});

test("16.7.6: the response that was chosen travels unchanged but for our Via", () => {
  const body = "Content-Length: 0\r\n\r\n";
  const kept = response(404, "INVITE", ["X-Odd:  a\tb ", "to-nobody: \u00e9"]);
  const ctx = newContext("INVITE", [target("sip:0@h"), target("sip:1@h")]);
  start(ctx, 0);
  onResponse(ctx, 0, kept, 1);
  onResponse(ctx, 1, response(500), 1);
  const ours = "Via: SIP/2.0/UDP p.example.org;branch=z9hG4bKours\r\n";
  assert.ok(kept.text.includes(ours) && kept.text.endsWith(body));
  assert.equal(bestResponse(ctx), kept.text.replace(ours, ""));
});

test("nothing of the failures is kept once a 2xx has come", () => {
  const p = play("INVITE", [1000, 1000, 1000]);
  p.tell("start");
  p.tell("0:401");
  p.tell("1:407");
  assert.notEqual(p.ctx.bestText, "");
  p.tell("2:200");
  assert.equal(p.ctx.bestText + p.ctx.challenges, "");
});
