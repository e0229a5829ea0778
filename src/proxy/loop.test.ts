import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../sip/index.ts";
import { isLoop, loopBranch, loopHash } from "./loop.ts";
import { lines, read } from "./play.fixture.ts";

interface Parts {
  method?: string;
  uri?: string;
  vias?: string[];
  routes?: string[];
  callId?: string;
  cseq?: number;
}

const PHONE = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKphone";

function request(o: Parts = {}): Message {
  const method = o.method ?? "INVITE";
  return read(
    lines(
      `${method} ${o.uri ?? "sip:b@example.org"} SIP/2.0`,
      ...(o.vias ?? [PHONE]).map((v) => `Via: ${v}`),
      ...(o.routes ?? []).map((r) => `Route: ${r}`),
      "Max-Forwards: 70",
      "From: <sip:a@example.org>;tag=1",
      "To: <sip:b@example.org>",
      `Call-ID: ${o.callId ?? "c"}`,
      `CSeq: ${o.cseq ?? 1} ${method}`,
      "Content-Length: 0",
    ),
  );
}

const ours = (sentBy: string): boolean => sentBy === "p.example.org:5060";
const via = (branch: string): string => `SIP/2.0/UDP p.example.org:5060;branch=${branch}`;

test("RFC 5393 4.2.1: the second part varies with all that decides the way, and with the call; not with the method", () => {
  const plain = loopHash(request());
  assert.match(plain, /^[0-9a-f]{8}$/);
  assert.equal(loopHash(request({ method: "CANCEL" })), plain);
  assert.equal(loopHash(request({ vias: [via("z9hG4bKx"), PHONE] })), plain);
  const hashes = [
    plain,
    loopHash(request({ uri: "sip:c@example.org" })),
    loopHash(request({ callId: "d" })),
    loopHash(request({ cseq: 2 })),
    loopHash(request({ routes: ["<sip:x;lr>"] })),
    loopHash(request({ routes: ["<sip:y;lr>"] })),
    loopHash(request({ routes: ["<sip:x;lr>", "<sip:y;lr>"] })),
    loopHash(request({ routes: ["<sip:x;lr>,<sip:z;lr>"] })),
    loopHash(request({ routes: ["<sip:x;lr>", "<sip:z;lr>"] })),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
});

test("RFC 5393 4.2.2: loop, spiral, or neither", () => {
  const forked = loopBranch("unique", request());
  assert.match(forked, /^z9hG4bKunique\.[0-9a-f]{8}$/);
  const elsewhere = loopBranch("unique", request({ uri: "sip:c@example.org" }));
  const rows: readonly (readonly [string, string[], string])[] = [
    ["from a phone", [PHONE], "none"],
    ["ours alone", [via(forked)], "loop"],
    ["a second part without its mark", [via(forked.replace(".", ""))], "spiral"],
    ["straight back", [via(forked), PHONE], "loop"],
    ["by way of others", [PHONE, "SIP/2.0/TCP q.example.org;branch=z9hG4bKq", via(forked)], "loop"],
    ["in one line", [`${PHONE}, ${via(forked)}`], "loop"],
    ["with another target then", [via(elsewhere), PHONE], "spiral"],
    ["first elsewhere, then round", [via(elsewhere), via(forked)], "loop"],
    ["not forked then", [via("z9hG4bKunique"), PHONE], "spiral"],
    ["a branch shorter than a second part", [via("x"), PHONE], "spiral"],
    ["another's Via with our second part", [PHONE.replace("z9hG4bKphone", forked)], "none"],
    ["others' odd branches", [`${PHONE};foo;bar="a;b=.,",SIP/2.0/UDP q`], "none"],
  ];
  for (const [name, vias, want] of rows) assert.equal(isLoop(request({ vias }), ours), want, name);
});

test("a loop through a proxy that gives the Request-URI back is found at its first return", () => {
  const first = request();
  const back = request({ vias: ["SIP/2.0/UDP q;branch=z9hG4bKq", via(loopBranch("a", first)), PHONE] });
  assert.equal(isLoop(back, ours), "loop");
  assert.equal(isLoop(request({ vias: [via(loopBranch("a", first)), PHONE], cseq: 2 }), ours), "spiral");
});
