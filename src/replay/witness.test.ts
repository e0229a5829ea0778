import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wire } from "../capture/index.ts";
import type { Fact } from "../shield/index.ts";
import { parseMessage } from "../sip/index.ts";
import { Servers } from "./servers.ts";
import type { Site } from "./site.ts";
import { Witness } from "./witness.ts";

const SERVER = "192.0.2.1";
const PHONE = "198.51.100.7";
const START = 1_760_000_000_000;

const SITE: Site = {
  domains: ["pbx.example.org"],
  aliases: [],
  ports: [5_060],
  servers: [SERVER],
  decoys: ["admin"],
  scenarios: new Map(),
  never: [],
  neverHere: [],
  trunks: [{ name: "carrier", addresses: ["203.0.113.5"], transport: "", fromDomain: "" }],
  isRelay: false,
  nonceLife: 60_000,
};

interface Exchange {
  /** "METHOD sip:uri". */
  readonly ask: string;
  readonly from?: string;
  readonly to?: string;
  /** Nonce that is answered. */
  readonly nonce?: string;
  readonly id?: string;
  /** Final status and what it says besides; none: no answer. */
  readonly answer?: string;
  /** Nonce that the answer gives. */
  readonly gives?: string;
  readonly host?: string;
  /** In To: the dialog it belongs to. */
  readonly tag?: string;
  readonly tcp?: true;
  /** Seconds that pass before. */
  readonly after?: number;
}

/** Plays exchanges and gives the facts: kind, "proved", account or detail. */
function play(exchanges: readonly Exchange[], more: Partial<Site> = {}): string[] {
  const facts: Fact[] = [];
  const site = { ...SITE, ...more };
  const witness = new Witness(site, new Servers([SERVER], []), (fact) => facts.push(fact));
  let at = START;
  exchanges.forEach((e, n) => {
    at += 1_000 * (e.after ?? 1);
    const host = e.host ?? PHONE;
    const [method] = e.ask.split(" ");
    const head = `Via: SIP/2.0/UDP ${host};branch=z9hG4bK${e.id ?? ""}${n}\r\nMax-Forwards: 70\r\nFrom: <sip:${e.from ?? "x@elsewhere.example"}>;tag=1\r\nTo: <sip:${e.to ?? "y@pbx.example.org"}>${e.tag ?? ""}\r\nCall-ID: ${e.id ?? n}\r\nCSeq: ${n} ${method}\r\n`;
    const user = (e.from ?? "x").split("@")[0];
    const shown = `Authorization: Digest username="${user}",realm="r",nonce="${e.nonce}",uri="sip:r",response="0"\r\n`;
    const request = `${e.ask} SIP/2.0\r\n${head}${e.nonce === undefined ? "" : shown}Content-Length: 0\r\n\r\n`;
    const ends = { from: host, fromPort: 5_060, to: SERVER, toPort: 5_060 };
    const transport: Wire["transport"] = e.tcp === undefined ? "udp" : "tcp";
    const common = { transport, proved: e.tcp === true, isCut: false, fault: "" };
    witness.take({ ...ends, ...common, at, text: request }, parseMessage(request));
    if (e.answer === undefined) return;
    const stale = e.answer.includes("stale");
    const asks = `WWW-Authenticate: Digest realm="r",nonce="${e.gives}"${stale ? ",stale=true" : ""}\r\n`;
    const text = `SIP/2.0 ${e.answer.slice(0, 3)} x\r\n${head}${e.gives === undefined ? "" : asks}Content-Length: 0\r\n\r\n`;
    const back = { from: SERVER, fromPort: 5_060, to: host, toPort: 5_060 };
    witness.take({ ...back, ...common, at: at + 10, text }, parseMessage(text));
  });
  witness.settle(Number.POSITIVE_INFINITY);
  return facts.map((f) => [f.kind, f.proved ? "proved" : "", f.account || f.detail].filter((w) => w !== "").join(" "));
}

const ANNA = { ask: "REGISTER sip:pbx.example.org", from: "anna@pbx.example.org", to: "anna@pbx.example.org" };
const ADMIN = { ...ANNA, from: "admin@pbx.example.org", to: "admin@pbx.example.org" };
const GIVEN: Exchange = { ...ANNA, answer: "401", gives: "n1" };
const CALL = { ask: "INVITE sip:00442079460000@pbx.example.org" };

const ROWS: readonly (readonly [string, readonly Exchange[], readonly string[], Partial<Site>?])[] = [
  ["a challenge alone is no failure", [GIVEN], []],
  [
    "a nonce given here is answered wrongly",
    [GIVEN, { ...ANNA, nonce: "n1", answer: "401", gives: "n2" }],
    ["wrongPassword proved anna@pbx.example.org"],
  ],
  [
    "403 to a REGISTER is a wrong password",
    [GIVEN, { ...ANNA, nonce: "n1", answer: "403" }],
    ["wrongPassword proved anna@pbx.example.org"],
  ],
  ["it was merely old", [GIVEN, { ...ANNA, nonce: "n1", answer: "401 stale", gives: "n2" }], []],
  ["the file does not show that it was given", [{ ...ANNA, nonce: "n0", answer: "401", gives: "n1" }], []],
  ["it was given too long ago", [GIVEN, { ...ANNA, nonce: "n1", answer: "401", gives: "n2", after: 61 }], []],
  [
    "it was given to somebody else",
    [
      { ...GIVEN, host: "198.51.100.8" },
      { ...ANNA, nonce: "n1", answer: "401", gives: "n2" },
    ],
    ["wrongPassword anna@pbx.example.org"],
  ],
  [
    "it was given to several",
    [GIVEN, { ...GIVEN, host: "198.51.100.8" }, { ...ANNA, nonce: "n1", answer: "401", gives: "n2" }],
    ["wrongPassword anna@pbx.example.org"],
  ],
  [
    "over TCP",
    [
      { ...GIVEN, host: "198.51.100.8" },
      { ...ANNA, tcp: true, nonce: "n1", answer: "401", gives: "n2" },
    ],
    ["wrongPassword proved anna@pbx.example.org"],
  ],
  ["a right password", [GIVEN, { ...ANNA, nonce: "n1", answer: "200" }], ["success proved anna@pbx.example.org"]],
  ["200 without a password speaks for nobody", [{ ...ANNA, answer: "200" }], []],
  [
    "a contact too many, with the right password",
    [GIVEN, { ...ANNA, nonce: "n1", answer: "200" }, { ...ANNA, nonce: "n1", answer: "403" }],
    ["success proved anna@pbx.example.org"],
  ],
  [
    "a call that is forbidden is no wrong password",
    [
      { ...CALL, from: "anna@pbx.example.org", answer: "407", gives: "n1" },
      { ...CALL, from: "anna@pbx.example.org", nonce: "n1", answer: "403" },
    ],
    [],
  ],
  [
    "a phone system says that there is nobody of that name",
    [{ ...ANNA, answer: "404" }],
    ["unknownUser anna@pbx.example.org"],
  ],
  ["a decoy that does not exist", [{ ...ADMIN, answer: "404" }], ["decoy admin@pbx.example.org"]],
  [
    "a decoy's name that never shows a password",
    [{ ...ADMIN, answer: "401", gives: "n1" }],
    ["decoy admin@pbx.example.org"],
  ],
  [
    "one of that name is a user here",
    [
      { ...ADMIN, answer: "401", gives: "n1" },
      { ...ADMIN, nonce: "n1", answer: "200" },
    ],
    ["success proved admin@pbx.example.org"],
  ],
  ["a stranger's number is refused", [{ ...CALL, answer: "403" }], ["relay 00442079460000"]],
  ["another domain", [{ ask: "INVITE sip:a@elsewhere.example", answer: "404" }], ["relay elsewhere.example"]],
  [
    "a name of ours that is none",
    [{ ask: "INVITE sip:5001@pbx.example.org", answer: "404" }],
    ["unknownUser 5001@pbx.example.org"],
  ],
  [
    "the server's own address is ours",
    [{ ask: `INVITE sip:5001@${SERVER}`, answer: "404" }],
    [`unknownUser 5001@pbx.example.org`],
  ],
  [
    "a stranger is asked for a password and goes away",
    [{ ...CALL, answer: "407", gives: "n1" }],
    ["relay 00442079460000"],
  ],
  [
    "a stranger is asked for a password and has it",
    [
      { ...CALL, id: "c", answer: "407", gives: "n1" },
      { ...CALL, id: "c", nonce: "n1", answer: "200" },
    ],
    ["success proved x@elsewhere.example"],
  ],
  ["a stranger's call is taken", [{ ...CALL, answer: "486" }], []],
  ["no answer, no evidence", [CALL, ANNA], []],
  ["within a dialog nobody looks for anything", [{ ...CALL, tag: ";tag=9", answer: "404" }], []],
  ["a carrier is refused", [{ ...CALL, host: "203.0.113.5", answer: "404" }], []],
  [
    "relay: 403 without a password is somebody who does not exist",
    [{ ...ANNA, answer: "403" }],
    ["unknownUser anna@pbx.example.org"],
    { isRelay: true },
  ],
  [
    "a domain is learned from who is registered",
    [
      {
        ...ANNA,
        ask: "REGISTER sip:new.example",
        from: "a@new.example",
        to: "a@new.example",
        answer: "401",
        gives: "n1",
      },
      {
        ...ANNA,
        ask: "REGISTER sip:new.example",
        from: "a@new.example",
        to: "a@new.example",
        nonce: "n1",
        answer: "200",
      },
      { ask: "INVITE sip:5001@new.example", answer: "404" },
      { ask: "INVITE sip:5002@new.example", from: "a@new.example", answer: "403" },
    ],
    ["success proved a@new.example", "unknownUser 5001@new.example"],
  ],
];

for (const [name, exchanges, facts, site] of ROWS) {
  test(name, () => assert.deepEqual(play(exchanges, site), facts));
}

test("who is the server: who is asked by most and answers, then who does not talk with him", () => {
  const wire = (from: string, to: string): Wire => {
    const [host, port] = from.split(" ");
    const [other, at] = to.split(" ");
    const ends = { from: host, fromPort: Number(port), to: other, toPort: Number(at) };
    return { ...ends, at: 0, transport: "udp", proved: false, isCut: false, text: "", fault: "" };
  };
  const ask = parseMessage("OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n");
  const answer = parseMessage("SIP/2.0 401 x\r\nCSeq: 1 OPTIONS\r\n\r\n");
  const decide = (pairs: readonly (readonly [string, string])[], here: readonly string[] = []): string[] => {
    const servers = new Servers([], here);
    for (const [from, to] of pairs) {
      servers.look(wire(from, to), ask);
      servers.look(wire(to, from), answer);
    }
    servers.decide();
    return [...servers.ends];
  };
  const PBX = "10.0.0.1 5060";
  const phones = ["10.1.0.1 5060", "10.1.0.2 5060", "10.1.0.3 5060"].map((p) => [p, PBX] as const);
  assert.deepEqual(decide(phones), [PBX]);
  assert.deepEqual(decide([...phones, [PBX, "10.1.0.1 5060"]]), [PBX], "it calls its phones");
  assert.deepEqual(decide([...phones, ["10.9.0.1 5060", "10.1.0.1 5060"]]), [PBX], "somebody scans its phones");
  assert.deepEqual(decide([...phones, [PBX, "172.16.0.1 5060"]]), [PBX], "it registers with a carrier");
  assert.deepEqual(decide([...phones, ["10.0.0.1 40000", "172.16.0.1 5060"]]), [PBX], "over TCP");
  assert.deepEqual(decide([...phones, ["10.9.0.1 5060", "10.0.0.2 5060"]]), [PBX, "10.0.0.2 5060"], "a second address");
  assert.deepEqual(
    decide([
      ["127.0.0.1 5000", "127.0.0.1 5060"],
      ["127.0.0.1 5001", "127.0.0.1 5060"],
    ]),
    ["127.0.0.1 5060"],
  );
  assert.deepEqual(
    decide([...phones, ["10.1.0.1 5060", "10.0.0.3 5060"]], ["10.0.0.3"])[0],
    "10.0.0.3 5060",
    "this machine",
  );
});
