import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, parseIp } from "../base/index.ts";
import { isStun, stunReply } from "./stun.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const hex = (b: Uint8Array | undefined): string | undefined => b && Buffer.from(b).toString("hex");
const ip = (text: string): Ip => {
  const address = parseIp(text);
  assert.ok(address);
  return address;
};

const ID = "b7e7a701bc34d686fa87dfae";
const REQUEST = `00010000 2112a442 ${ID}`;

test("RFC 5769 2.2, 2.3: XOR-MAPPED-ADDRESS of the test vectors", () => {
  const v4 = stunReply(bytes(REQUEST), ip("192.0.2.1"), 32853);
  assert.equal(hex(v4), `0101000c2112a442${ID}002000080001a147e112a643`);
  const v6 = stunReply(bytes(REQUEST), ip("2001:db8:1234:5678:11:2233:4455:6677"), 32853);
  assert.equal(hex(v6), `010100182112a442${ID}002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9`);
});

test("RFC 5389 15: attributes that may be passed over are", () => {
  // SOFTWARE "abc" and FINGERPRINT
  assert.equal(
    stunReply(bytes(`00010010 2112a442 ${ID} 8022000361626300 8028000412345678`), ip("192.0.2.1"), 1)?.[0],
    1,
  );
});

test("RFC 5389 7.3.1: what must be understood and is not is named in 420", () => {
  // PRIORITY (0x0024), USERNAME (0x0006)
  const reply = stunReply(bytes(`00010010 2112a442 ${ID} 0024000400000001 0006000161000000`), ip("192.0.2.1"), 1);
  assert.equal(hex(reply), `011100102112a442${ID}0009000400000414000a000400240006`);
});

const silent: [string, string][] = [
  ["too short", "00010000 2112a442"],
  ["no cookie", `00010000 2112a443 ${ID}`],
  ["a response", `01010000 2112a442 ${ID}`],
  ["an indication", `00110000 2112a442 ${ID}`],
  ["another method", `00030000 2112a442 ${ID}`],
  ["a length that is not its own", `00010004 2112a442 ${ID}`],
  ["a length not in fours", `00010002 2112a442 ${ID} 0000`],
  ["an attribute longer than the rest", `00010004 2112a442 ${ID} 8022ffff`],
];
for (const [name, request] of silent) {
  test(`silence for ${name}`, () => assert.equal(stunReply(bytes(request), ip("192.0.2.1"), 1), undefined));
}

test("no prefix and no flipped bit of a request makes it throw", () => {
  const request = bytes(`00010010 2112a442 ${ID} 0024000400000001 8022000361626300`);
  for (let n = 0; n <= request.length; n++) stunReply(request.subarray(0, n), ip("192.0.2.1"), 1);
  for (let bit = 0; bit < request.length * 8; bit++) {
    const flipped = request.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    stunReply(flipped, ip("::1"), 65535);
  }
});

test("SIP is not STUN", () => {
  for (const text of ["INVITE sip:a@b SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n    ", "\r\n\r\n"]) {
    assert.equal(isStun(Buffer.from(text)), false);
  }
});
