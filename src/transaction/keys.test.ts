import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { check, type Message, parseMessage } from "../sip/index.ts";
import { Event } from "./effects.ts";
import { clientKey, inviteKey, isAckFor, mergeKey, responseKey, serverKey } from "./keys.ts";
import { flowOf } from "./machines.fixture.ts";
import { step } from "./step.ts";
import { inviteServer } from "./transaction.ts";

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly via?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: string;
  readonly extra?: string;
}

const VIA = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1";
const OLD_VIA = "SIP/2.0/UDP old.example.org";

function parsed(text: string): Message {
  const m = parseMessage(text);
  assert.ok(!isFailure(m));
  assert.equal(check(m), undefined, text);
  return m;
}

function request(p: Parts = {}): Message {
  const method = p.method ?? "INVITE";
  return parsed(
    `${method} ${p.uri ?? "sip:bob@example.org"} SIP/2.0\r\nVia: ${p.via ?? VIA}\r\n${p.extra ?? ""}` +
      `From: ${p.from ?? "<sip:alice@example.org>;tag=f1"}\r\nTo: ${p.to ?? "<sip:bob@example.org>"}\r\n` +
      `Call-ID: ${p.callId ?? "c1@192.0.2.1"}\r\nCSeq: ${p.cseq ?? `7 ${method}`}\r\nMax-Forwards: 70\r\n\r\n`,
  );
}

/** Two requests and whether they are of one transaction. */
const pairs: [clause: string, a: Parts, b: Parts, same: boolean][] = [
  [
    "17.2.3: branch, sent-by and method agree",
    {},
    { uri: "sip:x@y", from: "<sip:z@y>;tag=2", callId: "other", cseq: "9 INVITE" },
    true,
  ],
  ["17.2.3 item 1: another branch", {}, { via: "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa2" }, false],
  ["17.2.3 item 2: another host in sent-by", {}, { via: "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa1" }, false],
  ["17.2.3 item 2: another port in sent-by", {}, { via: "SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKa1" }, false],
  ["17.2.3 item 2: no port in sent-by", {}, { via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa1" }, false],
  ["17.2.3 item 3: another method", {}, { method: "OPTIONS" }, false],
  ["17.2.3 item 3: an ACK belongs to the INVITE", {}, { method: "ACK", to: "<sip:bob@example.org>;tag=t1" }, true],
  ["17.2.3: a CANCEL is a transaction of its own", {}, { method: "CANCEL" }, false],
  ["17.2.3: received and rport do not count", {}, { via: `${VIA};received=203.0.113.5;rport=99` }, true],
  ["17.2.3: only the top Via counts", {}, { via: `${VIA}, SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKzz` }, true],
  [
    "7.3.1: hosts are compared without case",
    { via: "SIP/2.0/UDP PC.example.org;branch=z9hG4bKa1" },
    { via: "SIP/2.0/UDP pc.EXAMPLE.org;branch=z9hG4bKa1" },
    true,
  ],
  ["17.2.3, RFC 2543: the same once more", { via: OLD_VIA }, { via: OLD_VIA }, true],
  [
    "17.2.3, RFC 2543: a branch without the cookie is part of Via",
    { via: `${OLD_VIA};branch=1` },
    { via: `${OLD_VIA};branch=2` },
    false,
  ],
  ["17.2.3, RFC 2543: Request-URI", { via: OLD_VIA }, { via: OLD_VIA, uri: "sip:carol@example.org" }, false],
  ["17.2.3, RFC 2543: From tag", { via: OLD_VIA }, { via: OLD_VIA, from: "<sip:alice@example.org>;tag=f2" }, false],
  ["17.2.3, RFC 2543: Call-ID", { via: OLD_VIA }, { via: OLD_VIA, callId: "c2" }, false],
  ["17.2.3, RFC 2543: CSeq number", { via: OLD_VIA }, { via: OLD_VIA, cseq: "8 INVITE" }, false],
  ["17.2.3, RFC 2543: top Via", { via: OLD_VIA }, { via: "SIP/2.0/UDP new.example.org" }, false],
  ["17.2.3, RFC 2543: top Via, transport", { via: OLD_VIA }, { via: "SIP/2.0/TCP old.example.org" }, false],
  ["17.2.3, RFC 2543: method", { via: OLD_VIA }, { via: OLD_VIA, method: "OPTIONS" }, false],
  [
    "17.2.3, RFC 2543: To tag, not for INVITE",
    { via: OLD_VIA, method: "BYE", to: "<sip:b@e>;tag=1" },
    { via: OLD_VIA, method: "BYE", to: "<sip:b@e>;tag=2" },
    false,
  ],
  [
    "17.2.3, RFC 2543: an ACK finds its INVITE whatever its To tag",
    { via: OLD_VIA },
    { via: OLD_VIA, method: "ACK", to: "<sip:bob@example.org>;tag=t1" },
    true,
  ],
];

for (const [clause, a, b, same] of pairs)
  test(`RFC 3261 ${clause}: ${same ? "same" : "different"}`, () => {
    assert.equal(serverKey(request(a)) === serverKey(request(b)), same);
  });

test("RFC 4475 3.2.1: the bare cookie identifies nothing, so RFC 2543 matching it is, should `check` ever let it pass", () => {
  const bare = (callId: string): Message => {
    const m = parseMessage(request({ callId }).text.replace("branch=z9hG4bKa1", "branch=z9hG4bK"));
    assert.ok(!isFailure(m));
    return m;
  };
  assert.equal(serverKey(bare("c1")), serverKey(bare("c1")));
  assert.notEqual(serverKey(bare("c1")), serverKey(bare("c2")));
});

const ofCancel: [name: string, invite: Parts, cancel: Parts, same: boolean][] = [
  ["same branch and sent-by", {}, { method: "CANCEL" }, true],
  ["another branch", {}, { method: "CANCEL", via: "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa2" }, false],
  ["another sent-by", {}, { method: "CANCEL", via: "SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKa1" }, false],
  ["RFC 2543", { via: OLD_VIA }, { via: OLD_VIA, method: "CANCEL" }, true],
  ["RFC 2543, another CSeq", { via: OLD_VIA }, { via: OLD_VIA, method: "CANCEL", cseq: "8 CANCEL" }, false],
];
for (const [name, invite, cancel, same] of ofCancel)
  test(`RFC 3261 9.2: a CANCEL names its INVITE: ${name}`, () => {
    assert.equal(serverKey(request(invite)) === inviteKey(request(cancel)), same);
  });

const responses: [clause: string, branch: string, method: string, same: boolean][] = [
  ["item 1: the branch of the top Via", "z9hG4bKa1", "INVITE", true],
  ["item 1: another branch", "z9hG4bKa2", "INVITE", false],
  ["item 2: the method of CSeq: a response to the CANCEL is not one to the INVITE", "z9hG4bKa1", "CANCEL", false],
];
for (const [clause, branch, method, same] of responses)
  test(`RFC 3261 17.1.3 ${clause}`, () => {
    const m = parsed(
      `SIP/2.0 200 OK\r\nVia: ${VIA}\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKzz\r\nFrom: <sip:a@e>;tag=1\r\n` +
        "To: <sip:b@e>;tag=2\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\r\n",
    );
    assert.equal(responseKey(m) === clientKey(branch, method), same);
  });

const merges: [name: string, b: Parts, same: boolean][] = [
  [
    "the same request by another way",
    { via: "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKq", uri: "sip:bob@192.0.2.7" },
    true,
  ],
  ["another From tag", { from: "<sip:alice@example.org>;tag=f2" }, false],
  ["another Call-ID", { callId: "c2" }, false],
  ["another CSeq number", { cseq: "8 INVITE" }, false],
  ["another method", { method: "OPTIONS" }, false],
];
for (const [name, b, same] of merges)
  test(`RFC 3261 8.2.2.2: merged requests: ${name}`, () => {
    assert.equal(mergeKey(request()) === mergeKey(request(b)), same);
    if (same) assert.notEqual(serverKey(request()), serverKey(request(b)));
  });

test("keys of clients, of servers and of RFC 2543 servers are never equal", () => {
  const server = serverKey(request());
  const old = serverKey(request({ via: OLD_VIA }));
  const client = clientKey("z9hG4bKa1", "INVITE");
  assert.equal(new Set([server, old, client]).size, 3);
  assert.deepEqual([client.split(" ").length, server.split(" ").length, old[0]], [2, 3, "\n"]);
});

const acks: [name: string, via: string, tag: string, fits: boolean][] = [
  ["with the cookie, any To tag", VIA, "other", true],
  ["RFC 2543, the tag that we sent", OLD_VIA, "ours", true],
  ["RFC 2543, the tag of a 2xx that was forwarded too", OLD_VIA, "other", false],
];
for (const [name, via, tag, fits] of acks)
  test(`RFC 3261 17.2.3: which final an ACK is for: ${name}`, () => {
    const tx = inviteServer(serverKey(request({ via })), flowOf(false), 0);
    const ack = request({ via, method: "ACK", to: `<sip:bob@example.org>;tag=${tag}` });
    assert.equal(isAckFor(tx, ack), true, "before a final");
    const busy =
      "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP x\r\nFrom: <sip:a@e>;tag=1\r\nTo: <sip:bob@example.org>;tag=ours\r\n" +
      "Call-ID: c1\r\nCSeq: 7 INVITE\r\n\r\n";
    step(tx, Event.respond, 1, 486, busy);
    assert.equal(isAckFor(tx, ack), fits);
  });
