import assert from "node:assert/strict";
import { test } from "node:test";
import type { Uri } from "../sip/index.ts";
import { lines, read } from "./play.fixture.ts";
import { undoStrictRoute } from "./route.ts";
import { makeToken, type Way } from "./token.ts";

const way: Way = { transport: "udp", listener: 0, host: "192.0.2.1", port: 5060, connection: 0, holder: "" };
const TOKEN = makeToken(way, way, "c", "1", () => "m".repeat(12));
const OURS = `sip:${TOKEN}@p2.example.com;lr`;
const ours = (u: Uri): boolean => u.host === "p2.example.com";

function bye(uri: string, ...routes: string[]): string {
  return lines(
    `BYE ${uri} SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    "Max-Forwards: 70",
    ...routes.map((r) => `Route: ${r}`),
    "From: <sip:a@example.org>;tag=1",
    "To: <sip:b@example.org>;tag=2",
    "Call-ID: c",
    "CSeq: 2 BYE",
    "X-Odd:  as it was",
    "Content-Length: 0",
  );
}

const CALLER = "sip:caller@u1.example.com";
const P1 = "<sip:p1.example.com;lr>";

test("16.4, 16.12.1.2: behind a strict router, the last Route is the Request-URI", () => {
  const rows: readonly (readonly [string, string[], string, string[]])[] = [
    ["the example of the RFC", [P1, `<${CALLER}>`], CALLER, [P1]],
    ["in one line", [`${P1}, <${CALLER}>`], CALLER, [P1]],
    ["in one line of three", [`${P1},${P1} , <${CALLER}>`], CALLER, [`${P1},${P1} `]],
    ["nothing else", [`<${CALLER}>`], CALLER, []],
    ["with a name and parameters", [`"Caller" <${CALLER};transport=tcp>;x=1`], `${CALLER};transport=tcp`, []],
  ];
  for (const [name, routes, uri, left] of rows) {
    const undone = undoStrictRoute(read(bye(OURS, ...routes)), ours);
    assert.equal(undone?.message.text, bye(uri, ...left), name);
    assert.equal(undone?.token, TOKEN, name);
  }
});

test("16.4: only a Request-URI that we have placed into a Record-Route", () => {
  const rows: readonly (readonly [string, string, string[]])[] = [
    ["a user of our domain, through its outbound proxy", "sip:bob@p2.example.com", [P1]],
    ["our domain with lr, but no token", "sip:bob@p2.example.com;lr", [P1]],
    ["a token without lr", `sip:${TOKEN}@p2.example.com`, [P1]],
    ["a token of somebody else", `sip:${TOKEN}@p9.example.com;lr`, [P1]],
    ["no Route", OURS, []],
    ["a Route that cannot be read", OURS, ["<sip:"]],
    ["not SIP", "tel:+15551234", [P1]],
  ];
  for (const [name, uri, routes] of rows)
    assert.equal(undoStrictRoute(read(bye(uri, ...routes)), ours), undefined, name);
});
