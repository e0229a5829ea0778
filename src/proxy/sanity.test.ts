import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, read } from "./play.fixture.ts";
import { checkProxyRequire, nextMaxForwards } from "./sanity.ts";

const request = (...extra: string[]): ReturnType<typeof read> =>
  read(
    lines(
      "OPTIONS sip:b@example.org SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
      "From: <sip:a@example.org>;tag=1",
      "To: <sip:b@example.org>",
      "Call-ID: c",
      "CSeq: 1 OPTIONS",
      ...extra,
      "Content-Length: 0",
    ),
  );

test("16.6.3: Max-Forwards, one less or 70", () => {
  const rows = [
    [[], 70],
    [["Max-Forwards: 70"], 69],
    [["Max-Forwards: 255"], 254],
    [["max-forwards : 1"], 0],
    [["Max-Forwards: 0"], -1],
  ] as const;
  for (const [extra, want] of rows) assert.equal(nextMaxForwards(request(...extra)), want, extra.join());
});

test("16.3.5: Unsupported lists the options that we do not know", () => {
  const known = new Set(["path", "outbound"]);
  const rows = [
    [[], undefined],
    [["Proxy-Require: path"], undefined],
    [["Proxy-Require: PATH, outbound"], undefined],
    [["Proxy-Require:"], undefined],
    [["Proxy-Require: foo"], "Unsupported: foo\r\n"],
    [["Proxy-Require: path, foo", "Proxy-Require: outbound,bar"], "Unsupported: foo, bar\r\n"],
    [["Proxy-Require: fo o, <bar>"], "Unsupported: fo, o\r\n"],
    [["Proxy-Require: <bar>"], ""],
  ] as const;
  for (const [extra, want] of rows) assert.equal(checkProxyRequire(request(...extra), known), want, extra.join());
  assert.equal(checkProxyRequire(request("Proxy-Require: path")), "Unsupported: path\r\n");
});
