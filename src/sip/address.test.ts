import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { addrParam, parseNameAddr, printNameAddr } from "./nameaddr.ts";
import { parseVia, printVia } from "./via.ts";

function address(text: string): string {
  const a = parseNameAddr(text, 0, text.length);
  return isFailure(a) ? a.code : [a.display, a.uri.text, a.tag, a.params].join("|");
}

// RFC 3261 20.10, 20.20, 25.1
const addresses: [string, string][] = [
  ["<sip:a@h>", "|sip:a@h||"],
  ["sip:a@h", "|sip:a@h||"],
  ["sip:a@h;tag=1", "|sip:a@h|1|;tag=1"],
  ["<sip:a@h;x=1>;tag=2;y", "|sip:a@h;x=1|2|;tag=2;y"],
  ['"Bob" <sip:a@h>', "Bob|sip:a@h||"],
  ['"Bob"<sip:a@h>', "Bob|sip:a@h||"],
  ['"B \\"b\\" \\\\" <sip:a@h>', 'B "b" \\|sip:a@h||'],
  ['"<sip:evil@x>;tag=9" <sip:a@h>;tag=1', "<sip:evil@x>;tag=9|sip:a@h|1|;tag=1"],
  ['"a\r\n b" <sip:a@h>', "a b|sip:a@h||"],
  ["Bob <sip:a@h>", "Bob|sip:a@h||"],
  ["Bob<sip:a@h>", "Bob|sip:a@h||"],
  ["The big Bob \t <sip:a@h>", "The big Bob|sip:a@h||"],
  ["J\xc3\xbcrgen <sip:a@h>", "J\xc3\xbcrgen|sip:a@h||"],
  ['"" <sip:a@h>', "|sip:a@h||"],
  ["<tel:+123>;tag=x", "|tel:+123|x|;tag=x"],
  ["tel:+123;tag=x", "|tel:+123|x|;tag=x"],
  ["<sip:a@h> ; Tag = x ; q = 0.3", "|sip:a@h|x|; Tag = x ; q = 0.3"],
  ['<sip:a@h>;x="a;tag=9,";tag=1', '|sip:a@h|1|;x="a;tag=9,";tag=1'],
  ["<sip:a@h>, <sip:b@h>", "|sip:a@h||"],
  ["sip:a@h,sip:b@h", "|sip:a@h||"],
  ["", "SIP_BAD_ADDRESS"],
  ["<>", "SIP_BAD_URI"],
  ["<sip:a@h", "SIP_BAD_URI"],
  ["<sip:a@h>>", "SIP_BAD_ADDRESS"],
  ["< sip:a@h>", "SIP_BAD_URI"],
  ["<sip:a@h >", "SIP_BAD_URI"],
  ['"Bob <sip:a@h>', "SIP_BAD_ADDRESS"],
  ['"Bob" sip:a@h', "SIP_BAD_ADDRESS"],
  ['"Bob" x <sip:a@h>', "SIP_BAD_ADDRESS"],
  ["Bob, Al <sip:a@h>", "SIP_BAD_ADDRESS"],
  ["Bob (x) <sip:a@h>", "SIP_BAD_ADDRESS"],
  ["Bob", "SIP_BAD_ADDRESS"],
  ["bob@h", "SIP_BAD_ADDRESS"],
  ["sip:a@h?x=y", "SIP_BAD_URI"],
  ["sip:a;x@h", "SIP_BAD_ADDRESS"],
  ["<sip:a@h>;", "SIP_BAD_PARAM"],
  ["<sip:a@h>;;x", "SIP_BAD_PARAM"],
  ["<sip:a@h>;x=", "SIP_BAD_PARAM"],
  ['<sip:a@h>;x="', "SIP_BAD_PARAM"],
  ["<sip:a@h>;tag", "SIP_BAD_TAG"],
  ["<sip:a@h>;tag=1;tag=2", "SIP_BAD_TAG"],
  ['<sip:a@h>;tag="1"', "SIP_BAD_TAG"],
  ["<sip:a@h> x", "SIP_BAD_ADDRESS"],
];
for (const [text, expected] of addresses) {
  test(`name-addr ${JSON.stringify(text)}`, () => assert.equal(address(text), expected));
}

test("addrParam: value, flag, quoted, absent; of a value in the middle of a text too", () => {
  const text = 'x, <sip:a@h>;q=0.5;+sip.instance="<urn:uuid:1>";ob, y';
  const a = parseNameAddr(text, 3, text.length);
  assert.ok(!isFailure(a));
  assert.equal(text.slice(a.start, a.end), '<sip:a@h>;q=0.5;+sip.instance="<urn:uuid:1>";ob');
  const wanted = ["q", "+sip.instance", "ob", "o", "y"];
  assert.deepEqual(
    wanted.map((name) => addrParam(a, name)),
    ["0.5", "<urn:uuid:1>", "", undefined, undefined],
  );
  const plain = { ...a, display: "", tag: "", params: a.params };
  assert.equal(addrParam(plain, "q"), "0.5", "an address that somebody else made");
});

test("print∘parse: an address that was printed reads the same", () => {
  for (const [text] of addresses) {
    const a = parseNameAddr(text, 0, text.length);
    if (isFailure(a)) continue;
    const printed = printNameAddr(a);
    assert.equal(address(printed), address(text), printed);
  }
});

function via(text: string): string {
  const v = parseVia(text, 0, text.length);
  if (isFailure(v)) return v.code;
  return [v.transport, v.host, v.port, v.sentBy, v.branch, v.received, v.rport, v.maddr].join("|");
}

// RFC 3261 20.42, RFC 3581 3
const vias: [string, string][] = [
  ["SIP/2.0/UDP h", "UDP|h|0|h|||-1|"],
  ["SIP/2.0/UDP h:5060;branch=z9hG4bK1", "UDP|h|5060|h:5060|z9hG4bK1||-1|"],
  ["sip/2.0/tcp H;Branch=x", "TCP|h|0|H|x||-1|"],
  ["SIP / 2.0 / WSS   h ; branch = x ; rport", "WSS|h|0|h|x||0|"],
  ["SIP/2.0/UDP h : 5061 ;branch=x", "UDP|h|5061|h:5061|x||-1|"],
  [
    "SIP/2.0/UDP [2001:DB8::1]:5060;rport=6;received=192.0.2.1",
    "UDP|2001:db8::1|5060|[2001:DB8::1]:5060||192.0.2.1|6|",
  ],
  ["SIP/2.0/UDP h;received=[2001:db8::2];maddr=[2001:db8::3]", "UDP|h|0|h||2001:db8::2|-1|2001:db8::3"],
  ["SIP/2.0/UDP h;received=2001:db8::2;ttl=1;maddr=224.2.0.1", "UDP|h|0|h||2001:db8::2|-1|224.2.0.1"],
  ['SIP/2.0/UNKNOWN h;x="a,b;c";y', "UNKNOWN|h|0|h|||-1|"],
  ["SIP/2.0/UDP h;branch=1, SIP/2.0/UDP i;branch=2", "UDP|h|0|h|1||-1|"],
  ["", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP", "SIP_BAD_VIA"],
  ["SIP/2.0/ h", "SIP_BAD_VIA"],
  ["SIP/2.1/UDP h", "SIP_BAD_VIA"],
  ["SIP/2.0 UDP h", "SIP_BAD_VIA"],
  ["SIPS/2.0/UDP h", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP ;branch=x", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;;branch=x", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;branch", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;branch=", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;branch=a;branch=b", "SIP_BAD_VIA"],
  ['SIP/2.0/UDP h;branch="a"', "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;rport=x", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;rport;rport=1", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;received=a;received=b", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;maddr=a;maddr=b", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;rport=65536", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;received", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h;maddr", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h:0", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h:65536", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP h h", "SIP_BAD_VIA"],
  ["SIP/2.0/UDP 2001:db8::1", "SIP_BAD_VIA"],
];
for (const [text, expected] of vias) test(`Via ${JSON.stringify(text)}`, () => assert.equal(via(text), expected));

test("print∘parse: a Via that was printed reads the same", () => {
  for (const [text] of vias) {
    const v = parseVia(text, 0, text.length);
    if (!isFailure(v)) assert.equal(via(printVia(v)), via(text));
  }
});
