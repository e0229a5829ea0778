import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readCorpusFile, readManifest } from "../../corpus/manifest.ts";
import { isFailure } from "../base/index.ts";
import { check } from "./check.ts";
import { H } from "./headers/index.ts";
import { read, verdict } from "./message.fixture.ts";
import type { Message } from "./message.ts";

const entries = readManifest();
const corpus = join(import.meta.dirname, "../../corpus");

test("every message of both RFCs has its lines in the manifest", () => {
  const files = ["rfc4475", "rfc5118"].flatMap((set) => readdirSync(join(corpus, set)).map((f) => `${set}/${f}`));
  assert.deepEqual(entries.map((e) => e.file).sort(), files.sort());
  assert.equal(files.filter((f) => f.startsWith("rfc4475/")).length, 49);
  assert.equal(files.filter((f) => f.startsWith("rfc5118/")).length, 12);
});

for (const { file, section, type, parse, udp } of entries) {
  test(`${section} ${file}: ${parse}`, () => {
    const m = read(readCorpusFile(file));
    assert.equal(m.isRequest, type === "request");
    const failure = check(m);
    assert.equal(failure?.code ?? "ok", parse);
    // The status that answers a fault of syntax is the one on the wire; a malformed response is answered by none.
    if (failure !== undefined) assert.deepEqual(failure.reply === 0 ? [] : [failure.reply], udp);
  });
}

const message = (name: string): Message => read(readCorpusFile(name));

test("RFC 4475 3.1.1.1: what wsinv says under its white space", () => {
  const m = message("rfc4475/wsinv.dat");
  const vias = m.all(H.via);
  assert.ok(!isFailure(vias));
  assert.deepEqual(
    vias.map((v) => [v.transport, v.sentBy, v.branch]),
    [
      ["UDP", "192.0.2.2", "390skdjuw"],
      ["TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["UDP", "192.168.255.111", "z9hG4bK30239"],
    ],
  );
  assert.equal(m.need(H.maxForwards), 68);
  assert.deepEqual(m.need(H.cseq), { number: 9, method: "INVITE" });
  assert.equal(m.need(H.to).tag, "1918181833n");
  assert.equal(m.need(H.from).display, 'J Rosenberg \\"');
  assert.equal(m.need(H.from).tag, "98asjd8");
  assert.equal(m.get(H.subject), "");
  assert.equal(m.raw("NewFangledHeader"), "newfangled value\r\n continued newfangled value");
  assert.equal(m.raw("unknownheaderwithunusualvalue"), ";;,,;;,;");
  const contact = m.need(H.contact);
  assert.ok(contact !== "*");
  assert.equal(contact.display, 'Quoted string ""');
  assert.equal(m.bodyEnd - m.bodyStart, 150);
});

test("RFC 4475 3.1.1.2: intmeth", () => {
  const m = message("rfc4475/intmeth.dat");
  assert.equal(m.method, "!interesting-Method0123456789_*+`.%indeed'~");
  const uri = m.requestUri();
  assert.ok(!isFailure(uri));
  assert.equal(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  assert.equal(uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(m.need(H.to).display, "BEL:\x07 NUL:\0 DEL:\x7f");
  assert.equal(m.need(H.from).display, "token1~` token2'+_ token3*%!.-");
  assert.equal(m.need(H.from).tag, "_token~1'+`*%!-.");
});

test("RFC 4475 3.1.1.8: what stands behind Content-Length is not of the message", () => {
  const m = message("rfc4475/dblreq.dat");
  assert.equal(m.bodyEnd, m.bodyStart);
  assert.ok(m.text.slice(m.bodyEnd).includes("INVITE sip:joe@example.com"));
});

test("RFC 4475 3.1.1.9: a user part with a semicolon", () => {
  const uri = message("rfc4475/semiuri.dat").requestUri();
  assert.ok(!isFailure(uri));
  assert.deepEqual([uri.user, uri.host, uri.params], ["user;par=u%40example.net", "example.com", ""]);
});

test("RFC 4475 3.1.2.15: baddn has a bad display name besides its missing end", () => {
  const text = readCorpusFile("rfc4475/baddn.dat");
  assert.equal(verdict(`${text}\r\n`), "SIP_BAD_ADDRESS");
});

test("RFC 4475 3.3.12, 3.3.13: whose parameter unknownparam is", () => {
  const outside = message("rfc4475/cparam01.dat").need(H.contact);
  const inside = message("rfc4475/cparam02.dat").need(H.contact);
  assert.ok(outside !== "*" && inside !== "*");
  assert.deepEqual([outside.uri.params, outside.params], ["", ";unknownparam"]);
  assert.deepEqual([inside.uri.params, inside.params], [";unknownparam", ""]);
});

test("RFC 5118 4.3, 4.4: which digits are the port", () => {
  const port = (file: string): [string, number] => {
    const uri = message(file).requestUri();
    assert.ok(!isFailure(uri));
    return [uri.host, uri.port];
  };
  assert.deepEqual(port("rfc5118/port-ambiguous.dat"), ["2001:db8::10:5070", 0]);
  assert.deepEqual(port("rfc5118/port-unambiguous.dat"), ["2001:db8::10", 5070]);
});

test("RFC 5118 4.5: received with and without brackets is the same address", () => {
  const received = (file: string): string => message(file).need(H.via).received;
  assert.equal(received("rfc5118/via-received-param-with-delim.dat"), "2001:db8::9:255");
  assert.equal(received("rfc5118/via-received-param-no-delim.dat"), "2001:db8::9:255");
});
