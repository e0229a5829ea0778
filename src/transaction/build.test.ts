import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { check, type Message, parseMessage } from "../sip/index.ts";
import { buildAck, buildCancel } from "./build.ts";
import { inviteKey, serverKey } from "./keys.ts";

function parsed(text: string): Message {
  const m = parseMessage(text);
  assert.ok(!isFailure(m));
  assert.equal(check(m), undefined);
  return m;
}

/** The example of RFC 3261 17.1.1.3, with what a request has besides. */
const INVITE =
  "INVITE sip:bob@biloxi.com SIP/2.0\r\n" +
  "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKkjshdyff\r\n" +
  "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbelow\r\n" +
  "Route: <sip:p1.example.org;lr>, <sip:p2.example.org;lr>\r\n" +
  "To: Bob <sip:bob@biloxi.com>\r\n" +
  'From: "A, lice" <sip:alice@atlanta.com>;tag=88sja8x\r\n' +
  "Max-Forwards: 69\r\n" +
  "Call-ID: 987asjd97y7atg\r\n" +
  "Route: <sip:p3.example.org;lr>\r\n" +
  "CSeq: 986759 INVITE\r\n" +
  "Require: 100rel\r\n" +
  "Proxy-Require: foo\r\n" +
  "Contact: <sip:alice@pc33.atlanta.com>\r\n" +
  "Content-Type: application/sdp\r\n" +
  "Content-Length: 4\r\n\r\nv=0\n";

const BUSY =
  "SIP/2.0 486 Busy Here\r\n" +
  "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKkjshdyff;received=192.0.2.4\r\n" +
  "To: Bob <sip:bob@biloxi.com>;tag=99sa0xk\r\n" +
  'From: "A, lice" <sip:alice@atlanta.com>;tag=88sja8x\r\n' +
  "Call-ID: 987asjd97y7atg\r\nCSeq: 986759 INVITE\r\nContent-Length: 0\r\n\r\n";

const HOP =
  "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKkjshdyff\r\n" +
  "Route: <sip:p1.example.org;lr>\r\nRoute: <sip:p2.example.org;lr>\r\nRoute: <sip:p3.example.org;lr>\r\n" +
  'From: "A, lice" <sip:alice@atlanta.com>;tag=88sja8x\r\n';

test("RFC 3261 17.1.1.3: the ACK: R-URI, top Via, Route, From, Call-ID, CSeq number of the INVITE; To of the response; no body", () => {
  const ack = buildAck(INVITE, parsed(BUSY));
  assert.equal(
    ack,
    `ACK sip:bob@biloxi.com SIP/2.0\r\n${HOP}To: Bob <sip:bob@biloxi.com>;tag=99sa0xk\r\nCall-ID: 987asjd97y7atg\r\n` +
      "CSeq: 986759 ACK\r\nMax-Forwards: 69\r\nContent-Length: 0\r\n\r\n",
  );
  assert.equal(check(parsed(ack)), undefined);
  assert.equal(serverKey(parsed(ack)), serverKey(parsed(INVITE)), "it matches the INVITE's server transaction");
});

test("an ACK built from the message, or from an earlier ACK, is the same", () => {
  const ack = buildAck(INVITE, parsed(BUSY));
  assert.equal(buildAck(parsed(INVITE), parsed(BUSY)), ack);
  assert.equal(buildAck(ack, parsed(BUSY)), ack);
});

test("RFC 3261 9.1: the CANCEL: R-URI, top Via, Route, From, To, Call-ID, CSeq number of the INVITE; no Require, no body", () => {
  const cancel = buildCancel(INVITE);
  assert.equal(
    cancel,
    `CANCEL sip:bob@biloxi.com SIP/2.0\r\n${HOP}To: Bob <sip:bob@biloxi.com>\r\nCall-ID: 987asjd97y7atg\r\n` +
      "CSeq: 986759 CANCEL\r\nMax-Forwards: 69\r\nContent-Length: 0\r\n\r\n",
  );
  assert.equal(inviteKey(parsed(cancel)), serverKey(parsed(INVITE)), "it names the INVITE's server transaction");
  assert.notEqual(serverKey(parsed(cancel)), serverKey(parsed(INVITE)));
});

test("RFC 3261 9.1: a CANCEL of a request in a dialog keeps the To tag", () => {
  const inDialog = INVITE.replace("To: Bob <sip:bob@biloxi.com>", "To: Bob <sip:bob@biloxi.com>;tag=9");
  assert.match(buildCancel(inDialog), /\r\nTo: Bob <sip:bob@biloxi.com>;tag=9\r\n/);
});

test("RFC 3326 2: a CANCEL carries the Reason it is given", () => {
  const reason = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n';
  assert.ok(parsed(buildCancel(INVITE, reason)).text.includes(`\r\n${reason}`));
});

test("RFC 3261 8.1.1.6: Max-Forwards is 70 where the request has none", () => {
  const old = INVITE.replace("Max-Forwards: 69\r\n", "");
  assert.match(buildCancel(old), /\r\nMax-Forwards: 70\r\n/);
});

test("a text that is no request is a fault of ours", () => {
  assert.throws(() => buildCancel(BUSY), /not a request/);
  assert.throws(() => buildAck("", parsed(BUSY)), /not a request/);
});
