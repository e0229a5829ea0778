import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { codeOr } from "./message.fixture.ts";
import { parseUri, type Uri } from "./uri.ts";
import { sameUri, unescapeUser, uriParam } from "./uri-compare.ts";

function parts(text: string): string {
  const uri = parseUri(text);
  if (isFailure(uri)) return uri.code;
  return [uri.scheme, uri.user, uri.password, uri.host, uri.port, uri.params, uri.headers].join("|");
}

// RFC 3261 19.1.1, 25.1
const uris: [string, string][] = [
  ["sip:alice@atlanta.com", "sip|alice||atlanta.com|0||"],
  ["sip:alice:secretword@atlanta.com;transport=tcp", "sip|alice|secretword|atlanta.com|0|;transport=tcp|"],
  [
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sips|alice||atlanta.com|0||subject=project%20x&priority=urgent",
  ],
  ["sip:+1-212-555-1212:1234@gateway.com;user=phone", "sip|+1-212-555-1212|1234|gateway.com|0|;user=phone|"],
  ["sip:1212@gateway.com", "sip|1212||gateway.com|0||"],
  ["sip:alice@192.0.2.4:5070", "sip|alice||192.0.2.4|5070||"],
  [
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip|||atlanta.com|0|;method=REGISTER|to=alice%40atlanta.com",
  ],
  ["sip:alice;day=tuesday@atlanta.com", "sip|alice;day=tuesday||atlanta.com|0||"],
  ["SIP:Alice@AtLanTa.CoM;Transport=UDP", "sip|Alice||atlanta.com|0|;Transport=UDP|"],
  ["sip:[2001:DB8::1]:5060;lr", "sip|||2001:db8::1|5060|;lr|"],
  ["sip:a@[2001:db8:::192.0.2.1]", "sip|a||2001:db8:::192.0.2.1|0||"],
  ["sip:a?b/c@h", "sip|a?b/c||h|0||"],
  ["sip:%00@h", "sip|%00||h|0||"],
  ["sip:@h", "SIP_BAD_URI"],
  ["sip::pw@h", "SIP_BAD_URI"],
  ["sip:a:@h", "sip|a||h|0||"],
  ["sip:a:b:c@h", "SIP_BAD_URI"],
  ["sip:a@", "SIP_BAD_URI"],
  ["sip:", "SIP_BAD_URI"],
  ["sip", "SIP_BAD_URI"],
  ["", "SIP_BAD_URI"],
  [":x", "SIP_BAD_URI"],
  ["1x:y", "SIP_BAD_URI"],
  ["sip:a@h:", "SIP_BAD_URI"],
  ["sip:a@h:0", "SIP_BAD_URI"],
  ["sip:a@h:65535", "sip|a||h|65535||"],
  ["sip:a@h:65536", "SIP_BAD_URI"],
  ["sip:a@h:5o60", "SIP_BAD_URI"],
  ["sip:a@h;", "SIP_BAD_URI"],
  ["sip:a@h;;x", "SIP_BAD_URI"],
  ["sip:a@h;x=", "SIP_BAD_URI"],
  ["sip:a@h;x=%4", "SIP_BAD_URI"],
  ["sip:a@h;x=%41", "sip|a||h|0|;x=%41|"],
  ["sip:a@h?", "SIP_BAD_URI"],
  ["sip:a@h?x", "SIP_BAD_URI"],
  ["sip:a@h?x=", "sip|a||h|0||x="],
  ["sip:a@h?x=y&", "SIP_BAD_URI"],
  ["sip:a%4@h", "SIP_BAD_URI"],
  ["sip:a%zz@h", "SIP_BAD_URI"],
  ["sip:a b@h", "SIP_BAD_URI"],
  ["sip:a@h ", "SIP_BAD_URI"],
  ["sip:a@h>", "SIP_BAD_URI"],
  ['sip:a"b@h', "SIP_BAD_URI"],
  ["sip:a@h@i", "SIP_BAD_URI"],
  ["sip:a\r\n b@h", "SIP_BAD_URI"],
  ["sip:ü@h", "SIP_BAD_URI"],
  ["sip:2001:db8::1", "SIP_BAD_URI"],
  ["sip:[2001:db8::1", "SIP_BAD_URI"],
  ["sip:[]", "SIP_BAD_URI"],
  ["sip:[1]", "SIP_BAD_URI"],
  ["sip:[fe80::1%25eth0]", "SIP_BAD_URI"],
  ["sip:a@h_1", "sip|a||h_1|0||"],
  ["tel:+1-201-555-0123;ext=7", "tel|+1-201-555-0123|||0|;ext=7|"],
  ["TEL:123", "tel|123|||0||"],
  ["tel:", "SIP_BAD_URI"],
  ["tel:0a*", "tel|0a*|||0||"],
  ["tel:+33[1", "SIP_BAD_URI"],
  ["tel:1@198.51.100.1", "SIP_BAD_URI"],
  ["tel:alice", "SIP_BAD_URI"],
  ["tel:1+2", "SIP_BAD_URI"],
  ["tel:;ext=7", "SIP_BAD_URI"],
  ["http://www.example.com/x?y=z", "http||||0||"],
  ["urn:service:sos", "urn||||0||"],
  ["nobodyKnowsThisScheme:totallyopaquecontent", "nobodyknowsthisscheme||||0||"],
  [`sip:${"a".repeat(600)}@h`, "SIP_URI_TOO_LONG"],
  [`x:${"a".repeat(600)}`, "SIP_URI_TOO_LONG"],
];
for (const [text, expected] of uris)
  test(`RFC 3261 19.1: ${text.slice(0, 60)}`, () => assert.equal(parts(text), expected));

test("a URI in the middle of a text is read as alone, and keeps what was written", () => {
  for (const [text, expected] of uris) {
    const uri = parseUri(`<<${text}>>`, 2, 2 + text.length);
    assert.equal(codeOr(uri) === expected || (!isFailure(uri) && uri.text === text), true, text);
  }
});

const uri = (text: string): Uri => {
  const u = parseUri(text);
  assert.ok(!isFailure(u), text);
  return u;
};

// RFC 3261 19.1.4: its own examples, and what they leave out.
const pairs: [string, string, boolean][] = [
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    true,
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    true,
  ],
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false],
  ["sip:a@h", "sips:a@h", false],
  ["sip:a@h;user=phone", "sip:a@h", false],
  ["sip:a@h;maddr=192.0.2.1", "sip:a@h", false],
  ["sip:a:b@h", "sip:a:c@h", false],
  ["sip:h", "sip:@h".replace("@", ""), true],
  ["tel:1", "tel:1", true],
  ["tel:1", "tel:2", false],
];
for (const [a, b, expected] of pairs) {
  test(`RFC 3261 19.1.4: ${a} ${expected ? "equals" : "differs from"} ${b}`, () => {
    assert.equal(sameUri(uri(a), uri(b)), expected);
    assert.equal(sameUri(uri(b), uri(a)), expected);
  });
}

test("uriParam: flag, value as written, any case, first of several, absent", () => {
  const u = uri("sip:a@h;lr;Transport=TCP;x=%41;x=2");
  assert.deepEqual(
    ["lr", "transport", "x", "l", "tra"].map((name) => uriParam(u, name)),
    ["", "TCP", "%41", undefined, undefined],
  );
});

test("RFC 4475 3.1.1.3: escapes are undone once", () => {
  const cases: [string, string][] = [
    ["%41", "A"],
    ["%25%34%31", "%41"],
    ["a%2", "a%2"],
    ["%zz%41", "%zzA"],
    ["%", "%"],
    ["%%41", "%A"],
    ["%c3%bc", "\xc3\xbc"],
  ];
  for (const [text, expected] of cases) assert.equal(unescapeUser(text), expected);
});
