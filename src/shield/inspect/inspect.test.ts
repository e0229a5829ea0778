import assert from "node:assert/strict";
import { test } from "node:test";
import { isSippts, isSipvicious, ToolNames } from "./index.ts";

const names = new ToolNames();
for (const [text, tool] of [
  ["friendly-scanner", "friendly-scanner"],
  ["Friendly-Scanner/0.3", "friendly-scanner"],
  ['"sipvicious"', "sipvicious"],
  ["sipcli/v1.8", "sipcli"],
  ["pplsip", "pplsip"],
  ["smap", "smap"],
  ["", ""],
  ["Grandstream GXP2140 1.0.9.14", ""],
  ["Asterisk PBX 18.9.0", ""],
  ["Z 5.5.5 rv2.10.16.6", ""],
  ["OpenSIPS (3.2.0 (x86_64/linux))", ""],
  ["Cisco-SIPGateway/IOS-12.x", ""],
  ["Linphone/5.1", ""],
  ["smapphone 2", ""],
  ["sipsak 0.9.7", ""],
  ["Yealink SIP-T46U 108.86.0.20", ""],
] as const) {
  test(`name of a tool: "${text}"`, () => {
    assert.equal(names.in(text), tool);
    assert.equal(names.in(text), tool, "and from memory");
  });
}

const SMALL71 = "abc123".repeat(12).slice(0, 71);
const HEX32 = "0123456789abcdef".repeat(2);
for (const [what, branch, callId, sipvicious, sippts] of [
  ["svmap", "z9hG4bK-2861193422", "1129428462348129", true, false],
  [
    "a phone with a decimal branch and a Call-ID with its host",
    "z9hG4bK-2861193422",
    "11294284@10.0.0.1",
    false,
    false,
  ],
  ["a phone with a decimal Call-ID", "z9hG4bK776asdhds", "1129428462348129", false, false],
  ["a cookie alone", "z9hG4bK-", "1", false, false],
  ["no Call-ID", "z9hG4bK-1", "", false, false],
  ["sippts", SMALL71, HEX32, false, true],
  ["71 with the cookie", `z9hG4bK${SMALL71.slice(7)}`, HEX32, false, false],
  ["an RFC 2543 branch", "1", HEX32, false, false],
] as const) {
  test(`shape: ${what}`, () => {
    assert.equal(isSipvicious(branch, callId), sipvicious);
    assert.equal(isSippts(branch, callId), sippts);
  });
}
